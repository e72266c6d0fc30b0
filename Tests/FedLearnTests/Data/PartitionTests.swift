import Testing

@testable import FedLearn

@Suite("Partition") struct PartitionTests {
    private static let schemes: [Partition] = [
        .iid, .dirichlet(concentration: 0.3), .dirichlet(concentration: 0.001),
        .dirichlet(concentration: 1000), .labels(perMember: 2), .labels(perMember: 1),
    ]

    @Test(
        "every row goes to exactly one member and no member is empty", arguments: schemes,
        [1, 2, 5, 40])
    func coversRowsOnce(partition: Partition, memberCount: Int) throws {
        let labels = try Digits.load().training.labels
        for seed in 1...5 as ClosedRange<UInt64> {
            let shares = try partition.shares(of: labels, memberCount: memberCount, seed: seed)
            #expect(shares.count == memberCount)
            #expect(shares.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
            #expect(shares.flatMap { $0 }.sorted() == Array(labels.indices))
        }
    }

    @Test("as many members as rows leaves one row each", arguments: schemes)
    func oneRowEach(partition: Partition) throws {
        let shares = try partition.shares(of: [0, 1, 0, 1, 2], memberCount: 5, seed: 1)
        #expect(shares.allSatisfy { $0.count == 1 })
        #expect(throws: PartitionError.moreMembersThanExamples(members: 6, examples: 5)) {
            _ = try partition.shares(of: [0, 1, 0, 1, 2], memberCount: 6, seed: 1)
        }
    }

    @Test("equal seeds give equal shares, other seeds others", arguments: schemes)
    func isDeterministic(partition: Partition) throws {
        let labels = try Digits.load().training.labels
        let first = try partition.shares(of: labels, memberCount: 5, seed: 1)
        #expect(try partition.shares(of: labels, memberCount: 5, seed: 1) == first)
        #expect(try partition.shares(of: labels, memberCount: 5, seed: 2) != first)
    }

    @Test("IID shares differ by at most one row")
    func iidIsEven() throws {
        let labels = try Digits.load().training.labels
        let sizes = try Partition.iid.shares(of: labels, memberCount: 5, seed: 1).map(\.count)
        #expect(sizes == [287, 287, 287, 286, 286])
    }

    @Test("a small concentration skews the classes, a large one does not")
    func concentrationSkews() throws {
        let labels = try Digits.load().training.labels
        func largestClassShare(_ concentration: Double) throws -> Double {
            let shares = try Partition.dirichlet(concentration: concentration)
                .shares(of: labels, memberCount: 5, seed: 3)
            let ratios = shares.map { rows in
                let counts = (0..<10).map { label in rows.count { labels[$0] == label } }
                return Double(counts.max() ?? 0) / Double(rows.count)
            }
            return ratios.reduce(0, +) / 5
        }
        #expect(try largestClassShare(0.1) > 0.3)
        #expect(try largestClassShare(1000) < 0.15)
    }

    @Test(
        "by labels, each member has few classes, and shares of about one size",
        arguments: [1, 2, 5])
    func fewLabels(perMember: Int) throws {
        let labels = try Digits.load().training.labels
        let shares = try Partition.labels(perMember: perMember)
            .shares(of: labels, memberCount: 10, seed: 4)
        for rows in shares {
            // A piece is about as long as a class, so it touches at most three.
            #expect(Set(rows.map { labels[$0] }).count <= 3 * perMember)
            #expect(abs(rows.count - 143) <= perMember)
        }
    }

    @Test(
        "text form round-trips", arguments: ["iid", "dirichlet:0.3", "dirichlet:10.0", "labels:2"])
    func textRoundTrips(text: String) throws {
        #expect(try Partition(parsing: text).description == text)
    }

    @Test(
        "other texts are refused with a reason",
        arguments: [
            ("", PartitionError.unknownForm("")), ("IID", .unknownForm("IID")),
            ("dirichlet", .unknownForm("dirichlet")), ("dirichlet:", .invalidConcentration("")),
            ("dirichlet:0", .invalidConcentration("0")),
            ("dirichlet:-1", .invalidConcentration("-1")),
            ("dirichlet:nan", .invalidConcentration("nan")),
            ("dirichlet:inf", .invalidConcentration("inf")),
            ("dirichlet:0.3x", .invalidConcentration("0.3x")),
            ("labels:0", .invalidClassCount("0")), ("labels:two", .invalidClassCount("two")),
            ("labels:10000", .invalidClassCount("10000")), ("labels", .unknownForm("labels")),
        ])
    func refusesOtherTexts(text: String, error: PartitionError) {
        #expect(throws: error) { _ = try Partition(parsing: text) }
    }
}
