import FoundationEssentials
import Testing

@testable import FedLearn

@Suite("Federation task") struct FederationTaskTests {
    private func task(
        members: [String] = ["b", "a"], rounds: Int = 20, seed: UInt64 = 1,
        training: Hyperparameters = Hyperparameters()
    ) throws(FederationTaskError) -> FederationTask {
        try FederationTask(
            name: "digits", members: members, rounds: rounds, seed: seed, training: training)
    }

    @Test("JSON round-trips, and members are in order")
    func roundTrips() throws {
        let task = try task()
        #expect(task.members == ["a", "b"])
        #expect(try FederationTask(json: task.json) == task)
        #expect(try FederationTask(json: task.json).id == task.id)
    }

    @Test("the ID is pinned: it must not depend on how JSON is laid out")
    func idIsPinned() throws {
        #expect(
            try task().id.description
                == "87fb1fd5fb308488c6c974ef96ed09f1a1d46ef66a953941b4313a372de2ed88")
    }

    @Test("every field changes the ID")
    func idCoversFields() throws {
        let base = try task()
        var variants = [base]
        func vary(_ change: (inout FederationTask) -> Void) {
            var copy = base
            change(&copy)
            variants.append(copy)
        }
        vary { $0.name = "others" }
        vary { $0.members = ["a", "c"] }
        vary { $0.members = ["ab"] }
        vary { $0.rounds = 21 }
        vary { $0.model = .softmax }
        vary { $0.partition = .dirichlet(concentration: 0.3) }
        vary { $0.partition = .dirichlet(concentration: 0.4) }
        vary { $0.seed = 2 }
        vary { $0.training.learningRate = 0.2 }
        vary { $0.training.batchSize = 17 }
        vary { $0.training.localEpochs = 3 }
        vary { $0.collectMilliseconds += 1 }
        vary { $0.graceMilliseconds += 1 }
        vary { $0.formationMilliseconds += 1 }
        vary { $0.suspicionMilliseconds += 1 }
        vary { $0.pauseMilliseconds += 1 }
        vary { $0.rule = "median" }
        vary { $0.maximumFaults = 1 }
        vary { $0.compression = .lowRank(rank: 2) }
        vary { $0.compression = .selecting(.all, .bytes) }
        vary { $0.server = .fedAvgM }
        vary { $0.model = .custom }
        #expect(Set(variants.map(\.id)).count == variants.count)
    }

    @Test("a definition from before there were rules is one with the plain ones")
    func readsOldDefinitions() throws {
        let task = try task()
        var fields = try JSONDecoder().decode([String: AnyField].self, from: Data(task.json))
        for name in ["rule", "maximumFaults", "compression", "server"] {
            #expect(fields.removeValue(forKey: name) != nil)
        }
        let old = try JSONEncoder().encode(fields)
        #expect(try FederationTask(json: Array(old)).id == task.id)
    }

    @Test("rules that do not exist or that so few members cannot satisfy are refused")
    func refusesRules() throws {
        let three = ["a", "b", "c"]
        for (name, faults, members) in [("krum", 1, three), ("anchoredMean", 2, three)] {
            let rule = try RuleChoice(name, maximumFaults: faults)
            #expect(throws: FederationTaskError.self) {
                try FederationTask(name: "x", members: members, rounds: 1, rule: rule)
            }
        }
        let rule = try RuleChoice("anchoredMean", maximumFaults: 1)
        var task = try FederationTask(name: "x", members: three, rounds: 1, rule: rule)
        #expect(try FederationTask(json: task.json) == task)
        task.rule = "majority"
        #expect(throws: FederationTaskError.self) { try FederationTask(json: task.json) }
    }

    @Test("impossible definitions are refused with the field's name")
    func refusesImpossible() {
        func expect(_ word: String, _ body: () throws(FederationTaskError) -> FederationTask) {
            let error = #expect(throws: FederationTaskError.self) { _ = try body() }
            #expect(
                error?.description.contains(word) == true, "\(word): \(String(describing: error))")
        }
        expect("members") { () throws(FederationTaskError) in try task(members: []) }
        expect("twice") { () throws(FederationTaskError) in try task(members: ["a", "a"]) }
        expect("member") { () throws(FederationTaskError) in try task(members: ["a", ""]) }
        expect("rounds") { () throws(FederationTaskError) in try task(rounds: 0) }
        expect("learningRate") { () throws(FederationTaskError) in
            try task(training: Hyperparameters(learningRate: .nan))
        }
        expect("batchSize") { () throws(FederationTaskError) in
            try task(training: Hyperparameters(batchSize: 0))
        }
        expect("localEpochs") { () throws(FederationTaskError) in
            try task(training: Hyperparameters(localEpochs: 0))
        }
        expect("not a task") { () throws(FederationTaskError) in
            try FederationTask(json: Array("{".utf8))
        }
    }
}

/// Any JSON value.
private enum AnyField: Codable {
    case text(String), number(Double), list([AnyField]), object([String: AnyField])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let list = try? container.decode([AnyField].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: AnyField].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}
