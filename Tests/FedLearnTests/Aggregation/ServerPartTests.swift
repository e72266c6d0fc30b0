import Testing

@testable import FedLearn

@Suite("The server's part, at every member") struct ServerPartTests {
    static let parts: [ServerPart] =
        RuleChoice.names.compactMap { name in
            // Bulyan needs 4 f + 3, Krum 2 f + 3, both more behind buckets of two.
            (try? RuleChoice(name, maximumFaults: 1)).map {
                ServerPart(rule: $0, rounds: 8, seed: 3)
            }
        } + ServerStepChoice.allCases.map { ServerPart(step: $0, rounds: 8, seed: 3) }

    static func updates(round: Int, count: Int = 15) -> [Contribution] {
        var generator = SeededGenerator(seeds: 7, UInt64(round))
        return (0..<count).map { member in
            Contribution(
                member: member, exampleCount: 10 + member,
                values: (0..<5).map { _ in Float(generator.nextNormal()) + 1 })
        }
    }

    @Test(
        "whoever goes on from the bytes of a model goes on as who never stopped", arguments: parts)
    func resumes(part: ServerPart) throws {
        var model = SharedModel(parameters: [0, 1, 2, 3, 4])
        var restarted = model
        for round in 0..<8 {
            let updates = Self.updates(round: round)
            model = try #require(try part.complete(round: round, updates, from: model).model)
            // The order of arrival is another, and the memory has been bytes.
            let again = try part.complete(
                round: round, updates.reversed(),
                from: SharedModel(parameters: restarted.parameters, memory: restarted.memory))
            restarted = try #require(again.model)
            #expect(restarted == model)
            #expect(part.accepts(model))
            let limit = ServerMemory.maximumBytes(parameterCount: 5)
            #expect(model.memory.count <= limit)
        }
        #expect(model.parameters.allSatisfy { $0.isFinite })
    }

    @Test("the rules and steps that remember do, and their memory is in the hash")
    func remembers() throws {
        let anchored = ServerPart(
            rule: try RuleChoice("anchoredMean", maximumFaults: 2), step: .fedAvgM, rounds: 8,
            seed: 3)
        let start = SharedModel(parameters: [0, 1, 2, 3, 4])
        let model = try #require(
            try anchored.complete(round: 0, Self.updates(round: 0), from: start).model)
        #expect(!model.memory.isEmpty)
        #expect(model.hash != SharedModel(parameters: model.parameters).hash)
        #expect(start.hash == ModelParameters.hash(of: start.parameters))
        let clipped = ServerPart(
            rule: try RuleChoice("nnm+centeredClipping", maximumFaults: 2), rounds: 8, seed: 3)
        let centred = try clipped.complete(round: 0, Self.updates(round: 0), from: start).model
        #expect(centred?.memory.isEmpty == false)
        let plain = try ServerPart(rounds: 8, seed: 3)
            .complete(round: 0, Self.updates(round: 0), from: start).model
        #expect(plain?.memory.isEmpty == true)
    }

    @Test("a memory of another rule, length or form is refused, and none traps")
    func refusesForeignMemories() throws {
        let anchored = ServerPart(
            rule: try RuleChoice("anchoredMean", maximumFaults: 2), step: .fedAdam, rounds: 8,
            seed: 3)
        let start = SharedModel(parameters: [0, 1, 2, 3, 4])
        let model = try #require(
            try anchored.complete(round: 0, Self.updates(round: 0), from: start).model)
        #expect(!ServerPart(rounds: 8, seed: 3).accepts(model))
        #expect(!anchored.accepts(SharedModel(parameters: [0, 1], memory: model.memory)))
        #expect(throws: WireError.self) {
            try ServerPart(rounds: 8, seed: 3).complete(
                round: 1, Self.updates(round: 1), from: model)
        }
        for length in 0..<model.memory.count {
            #expect(
                length == 0
                    || !anchored.accepts(
                        SharedModel(
                            parameters: model.parameters,
                            memory: Array(model.memory.prefix(length))))
            )
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var bytes = model.memory
            for _ in 0...generator.nextInteger(below: 4) {
                bytes[generator.nextInteger(below: bytes.count)] = UInt8(
                    truncatingIfNeeded: generator.next())
            }
            guard let memory = try? ServerMemory(decoding: bytes, dimension: 5) else { continue }
            #expect(memory.encoded == bytes)
        }
        // A roster ten times the limit.
        var huge = WireWriter()
        huge.byte(1)
        huge.byte(1)
        huge.varint(10 * RoundLimits.maximumMembers)
        huge.append([UInt8](repeating: 0, count: 100_000))
        #expect(throws: WireError.outOfRange) {
            _ = try ServerMemory(decoding: huge.bytes, dimension: 5)
        }
    }

    @Test("a sender of NaN is named, and the model stays finite")
    func namesPoison() throws {
        var updates = Self.updates(round: 0)
        updates[4] = Contribution(
            member: 4, exampleCount: 1, values: [.nan, 0, 0, 0, 0])
        let part = ServerPart(
            rule: try RuleChoice("krum", maximumFaults: 1), rounds: 8, seed: 3)
        let outcome = try part.complete(
            round: 0, updates, from: SharedModel(parameters: [0, 1, 2, 3, 4]))
        #expect(outcome.rejected == [Rejection(member: 4, reason: .nonFinite)])
        #expect(outcome.model?.parameters.allSatisfy { $0.isFinite } == true)
    }

    @Test("a rule that has no result leaves the model, and says why")
    func noResult() throws {
        let part = ServerPart(
            rule: try RuleChoice("bulyan", maximumFaults: 4), rounds: 8, seed: 3)
        let outcome = try part.complete(
            round: 0, Self.updates(round: 0), from: SharedModel(parameters: [0, 1, 2, 3, 4]))
        #expect(outcome.model == nil)
        #expect(outcome.failure == .tooFewContributions(have: 15, need: 19))
    }

    @Test("every name makes the rule of that name; others are refused with the list")
    func names() throws {
        for name in RuleChoice.names {
            #expect(try RuleChoice(name, maximumFaults: 1).rule(seed: 1).name.isEmpty == false)
        }
        for name in ["krum", "anchoredMean", "nnm+median", "median", "geometricMedian"] {
            #expect(try RuleChoice(name, maximumFaults: 1).rule(seed: 1).name == name)
        }
        #expect(throws: RuleChoiceError.unknownRule("Krum")) {
            try RuleChoice("Krum", maximumFaults: 1)
        }
        #expect(throws: RuleChoiceError.unknownRule("nnm+anchoredMean")) {
            try RuleChoice("nnm+anchoredMean", maximumFaults: 1)
        }
        #expect(throws: RuleChoiceError.impossibleFaults(-1)) {
            try RuleChoice("krum", maximumFaults: -1)
        }
        let krum = try RuleChoice("krum", maximumFaults: 2)
        #expect(throws: AggregationError.self) { try krum.check(memberCount: 6) }
        try krum.check(memberCount: 7)
    }
}
