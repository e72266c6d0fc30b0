@testable import FedLearn

/// Messages of every kind with small and extreme numbers.
enum RandomMessages {
    static func next(using generator: inout SeededGenerator) -> RoundMessage {
        let round = number([0, 0, 0, 1, 1, 2, 3, RoundLimits.maximumRounds], &generator)
        let ballot = number([0, 1, 2, 3, 4, 9, Int(Int32.max)], &generator)
        switch generator.nextInteger(below: 11) {
        case 0: return .hello(completed: round)
        case 1: return .update(update(round, &generator))
        case 2:
            let digests = (0..<generator.nextInteger(below: 3)).map { _ in
                update(round, &generator).digest
            }
            return .need(round: round, digests)
        case 3: return .prepare(round: round, ballot: ballot)
        case 4:
            return .promise(
                round: round, ballot: ballot,
                accepted: generator.nextInteger(below: 2) == 0
                    ? nil
                    : AcceptedSelection(
                        ballot: number([0, 1, 5], &generator), selection: selection(&generator)))
        case 5: return .propose(round: round, ballot: ballot, selection(&generator))
        case 6: return .accepted(round: round, ballot: ballot)
        case 7:
            return .refused(
                round: round, ballot: ballot,
                promised: number([0, 1, 5, Int(Int32.max)], &generator))
        case 8: return .decided(round: round, selection(&generator))
        case 9: return .catchUpRequest(completed: round)
        default:
            let parameters = (0..<3).map { _ in Float(generator.nextInteger(below: 3)) }
            let completed = number([0, 1, 2, 3, 4], &generator)
            let hash = ModelParameters.hash(of: parameters)
            return .catchUp(
                ModelState(
                    completed: completed, parameters: parameters,
                    history: (0..<completed).map {
                        RoundRecord(round: $0, counted: [0, 2], modelHash: hash)
                    }))
        }
    }

    static func update(_ round: Int, _ generator: inout SeededGenerator) -> RoundUpdate {
        let values: [Float] = [0, 1, -1, .nan, .infinity, .leastNonzeroMagnitude]
        let member = generator.nextInteger(below: 6)
        let exampleCount = number([0, 1, 287, RoundLimits.maximumExamples], &generator)
        let meanLoss = values[generator.nextInteger(below: 6)]
        let length = generator.nextInteger(below: 5)
        if generator.nextInteger(below: 4) == 0 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            return RoundUpdate(
                round: round, member: member, exampleCount: exampleCount, meanLoss: meanLoss,
                change: .compressed(bytes))
        }
        return RoundUpdate(
            round: round, member: member, exampleCount: exampleCount, meanLoss: meanLoss,
            delta: (0..<length).map { _ in values[generator.nextInteger(below: 6)] })
    }

    static func selection(_ generator: inout SeededGenerator) -> Selection {
        var entries: [Selection.Entry] = []
        for member in 0..<6 where generator.nextInteger(below: 2) == 0 {
            let digest = ContentHash(hashing: [UInt8(generator.nextInteger(below: 4))])
            entries.append(.init(member: member, digest: digest))
        }
        // Each member stands at most once.
        return Selection(entries) ?? Selection([])!
    }

    private static func number(_ choices: [Int], _ generator: inout SeededGenerator) -> Int {
        choices[generator.nextInteger(below: choices.count)]
    }
}
