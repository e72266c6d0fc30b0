import Testing

@testable import FedLearn

@Suite("Compression of a task") struct UpdateCompressionTests {
    static var layout: ParameterLayout { MLP(layerSizes: [16, 8, 4]).layout }

    static func update(_ seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<layout.count).map { _ in Float(generator.nextNormal()) }
    }

    @Test("its text is read as it was written", arguments: UpdateCompression.examples)
    func roundTrips(text: String) throws {
        #expect(try UpdateCompression(parsing: text).description == text)
    }

    @Test(
        "other texts are refused",
        arguments: [
            "", "gzip", "all", "all+", "+bytes", "mask:0+bytes", "mask:101+bytes", "largest:+bytes",
            "mask:4.8+bytes", "all+steps:0", "all+steps:128", "all+steps:x", "rank:0", "rank:257",
            "rank:", "all+bytes+bytes", "None",
        ])
    func refuses(text: String) {
        #expect(throws: CompressionError.self) { try UpdateCompression(parsing: text) }
    }

    @Test(
        "what a member sends is accepted, in its round and form only",
        arguments: UpdateCompression.examples)
    func accepts(text: String) throws {
        let compression = try UpdateCompression(parsing: text)
        var sender = UpdateSender(compression: compression, seed: 5, layout: Self.layout)
        let values = Self.update(1)
        let bytes = try sender.compress(values, round: 3, member: 1)
        let sent = RoundUpdate(
            round: 3, member: 1, exampleCount: 1, meanLoss: 0,
            change: bytes.map { .compressed($0) } ?? .dense(values))
        let dimension = Self.layout.count
        #expect(compression.accepts(sent, seed: 5, dimension: dimension))
        #expect(!compression.accepts(sent, seed: 5, dimension: dimension - 1))
        for other in try UpdateCompression.examples.map(UpdateCompression.init(parsing:))
        where other != compression {
            #expect(!other.accepts(sent, seed: 5, dimension: dimension), "\(other)")
        }
        if case .selecting(.mask, _) = compression, let bytes {
            // Yesterday's mask, and another task's.
            let late = RoundUpdate(
                round: 4, member: 1, exampleCount: 1, meanLoss: 0, change: .compressed(bytes))
            #expect(!compression.accepts(late, seed: 5, dimension: dimension))
            #expect(!compression.accepts(sent, seed: 6, dimension: dimension))
        }
        let noise = RoundUpdate(
            round: 3, member: 1, exampleCount: 1, meanLoss: 0, change: .compressed([1, 2, 3]))
        #expect(!compression.accepts(noise, seed: 5, dimension: dimension))
    }

    @Test("a member that was restarted sends the same bits", arguments: UpdateCompression.examples)
    func repeats(text: String) throws {
        let compression = try UpdateCompression(parsing: text)
        var sender = UpdateSender(compression: compression, seed: 5, layout: Self.layout)
        for round in 0..<4 {
            var twin = UpdateSender(compression: compression, seed: 5, layout: Self.layout)
            let isResumed = twin.resume(owing: sender.owed.residual)
            #expect(isResumed)
            let update = Self.update(UInt64(round))
            let first = try sender.compress(update, round: round, member: 2)
            #expect(try twin.compress(update, round: round, member: 2) == first)
            // Training again in one round is no second debt.
            #expect(try sender.compress(update, round: round, member: 2) == first)
            sender.conclude(round: round, counted: true)
        }
    }

    @Test("what did not count is not owed")
    func forgets() throws {
        let compression = try UpdateCompression(parsing: "largest:10+bytes")
        var sender = UpdateSender(compression: compression, seed: 5, layout: Self.layout)
        _ = try sender.compress(Self.update(1), round: 0, member: 2)
        sender.conclude(round: 0, counted: true)
        #expect(sender.owed.residual.contains { $0 != 0 })
        _ = try sender.compress(Self.update(2), round: 1, member: 2)
        sender.conclude(round: 1, counted: false)
        #expect(sender.owed.residual.allSatisfy { $0 == 0 })
    }

    @Test("what is owed is kept in a form that is read back, and no other")
    func owedUpdate() throws {
        let owed = OwedUpdate(completed: 7, residual: [1, -2, 0])
        #expect(try OwedUpdate(decoding: owed.encoded, dimension: 3) == owed)
        #expect(throws: WireError.self) {
            _ = try OwedUpdate(decoding: owed.encoded, dimension: 2)
        }
        for length in 0..<owed.encoded.count {
            #expect(throws: WireError.self) {
                _ = try OwedUpdate(decoding: Array(owed.encoded.prefix(length)), dimension: 3)
            }
        }
    }
}
