import PeerKit
import Testing

@testable import FedLearn

@Suite("Federated learning end to end") struct FederationEndToEndTests {
    /// Five machines in memory that train for real; messages are delivered in a seeded order.
    private struct Federation {
        let model = MLP(layerSizes: [64, 64, 10])
        let shares: [Dataset]
        let test: Dataset
        let seed: UInt64
        var machines: [FederationMachine]
        var mailbox: [(from: Int, to: Int, RoundMessage)] = []
        var generator: SeededGenerator

        init(seed: UInt64, rounds: Int) throws {
            let (training, test) = try Digits.load()
            self.test = test
            self.seed = seed
            shares = try Partition.iid.shares(of: training.labels, memberCount: 5, seed: seed)
                .map { training.selecting(rows: $0) }
            let start = model.initialParameters(seed: seed).values
            machines = (0..<5).map {
                FederationMachine(
                    memberCount: 5, me: $0, rounds: rounds, timeouts: RoundTimeouts(),
                    model: ModelState(completed: 0, parameters: start, history: []))
            }
            generator = SeededGenerator(seed: seed)
        }

        mutating func run() throws {
            let now = Instant.zero
            for member in 0..<5 { try perform(machines[member].start(at: now), by: member) }
            for member in 0..<5 {
                for other in 0..<5 where other != member {
                    try perform(machines[member].reached(other, at: now), by: member)
                }
            }
            while !mailbox.isEmpty {
                // Any link may be next, but a link keeps its order.
                let pick = mailbox[generator.nextInteger(below: mailbox.count)]
                guard
                    let index = mailbox.firstIndex(where: {
                        $0.from == pick.from && $0.to == pick.to
                    })
                else { return }
                let next = mailbox.remove(at: index)
                try perform(
                    machines[next.to].receive(next.2, from: next.from, at: now), by: next.to)
            }
        }

        private mutating func perform(
            _ actions: [FederationMachine.Action], by member: Int
        ) throws {
            for action in actions {
                switch action {
                case .send(let message, let receiver): mailbox.append((member, receiver, message))
                case .train(let round, let parameters):
                    let result = try Trainer.train(
                        model, from: ModelParameters(layout: model.layout, values: parameters),
                        on: shares[member], with: Hyperparameters(),
                        seed: seed &* 1_000_003 &+ UInt64(round * 64 + member))
                    let update = RoundUpdate(
                        round: round, member: member, exampleCount: result.exampleCount,
                        meanLoss: result.meanLoss, delta: result.delta)
                    try perform(machines[member].trained(update, at: .zero), by: member)
                case .aggregate(let round, let updates):
                    let contributions = try updates.map {
                        Contribution(
                            member: $0.member, exampleCount: $0.exampleCount,
                            values: try $0.values(dimension: model.parameterCount))
                    }
                    let outcome = try ServerPart(rounds: 20, seed: seed).complete(
                        round: round, contributions, from: machines[member].model.shared)
                    try perform(
                        machines[member].aggregated(outcome, round: round, at: .zero), by: member)
                case .persist, .save, .completed, .caughtUp, .finished: break
                }
            }
        }
    }

    @Test("five members reach 0.95 on the digits in twenty rounds and end on the same model")
    func learnsTogether() throws {
        var federation = try Federation(seed: 1, rounds: 20)
        try federation.run()
        #expect(federation.machines.allSatisfy { $0.phase == .finished })
        let hashes = Set(federation.machines.map { ModelParameters.hash(of: $0.model.parameters) })
        #expect(hashes.count == 1)
        let parameters = federation.machines[0].model.parameters
        let accuracy = federation.model.accuracy(on: federation.test, at: parameters)
        #expect(accuracy >= 0.95, "accuracy \(accuracy)")
        #expect(federation.machines[0].model.history.allSatisfy { $0.counted == [0, 1, 2, 3, 4] })
    }
}
