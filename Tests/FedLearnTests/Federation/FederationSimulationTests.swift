import FedLearn
import Logging
import PeerKit
import Testing

/// Whole peers (discovery, handshakes, streams, storage, training) in virtual time.
@Suite("Federated learning among simulated peers") struct FederationSimulationTests {
    /// The members of one task, each on a simulated machine of its own.
    struct Network: Sendable {
        struct Member: Sendable {
            var place: SimulatedNode
            var identity: PeerIdentity
            var node: PeerNode
            var learning: FederatedLearning
        }

        let simulation: Simulation
        let task: FederationTask
        var members: [Member] = []

        /// Members' own training, by index; the others train their share of the digits.
        var own: [Int: any TrainingTask] = [:]

        init(
            _ simulation: Simulation, count: Int, rounds: Int, rule: RuleChoice = .weightedMean,
            compression: UpdateCompression = .none, server: ServerStepChoice = .plain,
            own: (@Sendable (FederationTask) throws -> [Int: any TrainingTask])? = nil
        ) async throws {
            self.simulation = simulation
            var places: [(SimulatedNode, PeerIdentity)] = []
            for number in 0..<count {
                let place = simulation.node("peer-\(number)", computeTime: .milliseconds(200))
                var generator = RuntimeGenerator(place.runtime.random)
                places.append((place, .generate(using: &generator)))
            }
            task = try FederationTask(
                name: "simulated", members: places.map { $0.1.peerID.description },
                rounds: rounds, model: .softmax, seed: 3,
                training: Hyperparameters(learningRate: 0.5, batchSize: 32, localEpochs: 1),
                timeouts: RoundTimeouts(
                    collect: .seconds(5), grace: .seconds(1), formation: .seconds(5),
                    suspicion: .seconds(5)),
                rule: rule, compression: compression, server: server)
            self.own = try own?(task) ?? [:]
            for (place, identity) in places { members.append(try await start(place, identity)) }
        }

        func start(_ place: SimulatedNode, _ identity: PeerIdentity) async throws -> Member {
            let index = task.members.firstIndex(of: identity.peerID.description)
            let learning = FederatedLearning(
                task: task, training: index.flatMap { own[$0] })
            var settings = PeerNodeConfiguration()
            settings.listenAddresses = [
                Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
            ]
            settings.log = Logger(label: "simulated") { _ in SwiftLogNoOpLogHandler() }
            let node = try await PeerNode(
                identity: identity, runtime: place.runtime, configuration: settings
            ) {
                LANDiscovery()
                learning
            }
            try await node.start()
            return Member(place: place, identity: identity, node: node, learning: learning)
        }

        /// Kills a member's process.
        func kill(_ index: Int) async {
            members[index].place.crash()
            await members[index].node.stop()
        }

        mutating func restart(_ index: Int) async throws {
            members[index] = try await start(
                members[index].place.restart(), members[index].identity)
        }

        /// Waits until a member has completed `rounds`, a virtual hour at most.
        func wait(for index: Int, toComplete rounds: Int) async throws -> FederationStatus {
            for _ in 0..<36_000 {
                let status = await members[index].learning.status
                if status.round >= rounds { return status }
                try await simulation.sleep(for: .milliseconds(100))
            }
            throw TimedOut()
        }

        func stop() async { for member in members { await member.node.stop() } }
    }

    @Test(arguments: Simulation.seeds(1...2))
    func allEndOnTheSameModel(seed: UInt64) throws {
        try Simulation.run(seed: seed) { simulation in
            let network = try await Network(simulation, count: 4, rounds: 4)
            var hashes: Set<String> = []
            for index in 0..<4 {
                let status = try await network.wait(for: index, toComplete: 4)
                hashes.insert(status.modelHash)
                #expect(status.history.last?.counted.count == 4)
            }
            #expect(hashes.count == 1)
            await network.stop()
        }
    }

    @Test(arguments: Simulation.seeds(1...3))
    func aKilledMemberIsMissedAndCatchesUp(seed: UInt64) throws {
        try Simulation.run(seed: seed) { simulation in
            var network = try await Network(simulation, count: 5, rounds: 8)
            let victim = Int(seed) % 5
            let witness = (victim + 1) % 5
            _ = try await network.wait(for: witness, toComplete: 2)
            await network.kill(victim)
            let midway = try await network.wait(for: witness, toComplete: 5)
            let missing = network.members[victim].identity.peerID.description
            #expect(midway.missing == [missing])
            #expect(midway.history.last?.counted.contains(missing) == false)
            try await network.restart(victim)
            var hashes: Set<String> = []
            for index in 0..<5 {
                hashes.insert(try await network.wait(for: index, toComplete: 8).modelHash)
            }
            #expect(hashes.count == 1)
            await network.stop()
        }
    }

    @Test(arguments: Simulation.seeds(1...2))
    func whoWasAwayTakesOverWhatRuleAndOptimiserRemember(seed: UInt64) throws {
        try Simulation.run(seed: seed) { simulation in
            var network = try await Network(
                simulation, count: 5, rounds: 8,
                rule: RuleChoice("anchoredMean", maximumFaults: 1),
                compression: UpdateCompression(parsing: "mask:48+bytes"), server: .fedAvgM)
            let victim = Int(seed) % 5
            let witness = (victim + 1) % 5
            _ = try await network.wait(for: witness, toComplete: 2)
            await network.kill(victim)
            _ = try await network.wait(for: witness, toComplete: 5)
            try await network.restart(victim)
            var hashes: Set<String> = []
            for index in 0..<5 {
                hashes.insert(try await network.wait(for: index, toComplete: 8).modelHash)
            }
            #expect(hashes.count == 1)
            let parameters = try #require(await network.members[victim].learning.model).values
            // The hash is of more than the parameters.
            #expect(!hashes.contains(ModelParameters.hash(of: parameters).description))
            await network.stop()
        }
    }

    /// Sends NaN, whatever it has learned.
    struct Poisoner: TrainingTask {
        let name = "poisoner"
        let model: SoftmaxRegression
        var layout: ParameterLayout { model.layout }
        func initialParameters(seed: UInt64) -> ModelParameters {
            model.initialParameters(seed: seed)
        }
        func evaluate(_ parameters: ModelParameters) -> Evaluation {
            Evaluation(score: 0, exampleCount: 0)
        }
        mutating func train(
            from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
        ) throws(TrainingError) -> TrainingResult {
            var delta = [Float](repeating: 0, count: layout.count)
            delta[round % delta.count] = .nan
            return TrainingResult(delta: delta, exampleCount: 100, meanLoss: 0)
        }
    }

    @Test func aSenderOfNaNIsNamedAndTheModelStaysFinite() throws {
        try Simulation.run(seed: 4) { simulation in
            let network = try await Network(simulation, count: 4, rounds: 3) { _ in
                [2: Poisoner(model: SoftmaxRegression(featureCount: 64, classCount: 10))]
            }
            let honest = network.members.indices.filter {
                network.members[$0].identity.peerID.description != network.task.members[2]
            }
            for index in honest {
                let status = try await network.wait(for: index, toComplete: 3)
                let named = status.history.flatMap { $0.rejected ?? [] }
                #expect(!named.isEmpty)
                #expect(
                    named.allSatisfy {
                        $0.peerID == network.task.members[2] && $0.reason == .nonFinite
                    })
                #expect(status.history.allSatisfy { !$0.counted.contains(network.task.members[2]) })
                let model = try #require(await network.members[index].learning.model)
                #expect(model.values.allSatisfy { $0.isFinite })
            }
            await network.stop()
        }
    }

    @Test func aMinorityWaitsAndGoesOnWhenItIsHealed() throws {
        try Simulation.run(seed: 5) { simulation in
            let network = try await Network(simulation, count: 5, rounds: 6)
            _ = try await network.wait(for: 0, toComplete: 1)
            let places = network.members.map(\.place)
            simulation.partition([Array(places[..<2]), Array(places[2...])])
            _ = try await network.wait(for: 4, toComplete: 6)
            #expect(await network.members[0].learning.status.round < 6)
            simulation.heal()
            let healed = try await network.wait(for: 0, toComplete: 6)
            #expect(healed.modelHash == (await network.members[4].learning.status.modelHash))
            await network.stop()
        }
    }

    @Test func sameSeedSameTrace() throws {
        func trace(_ seed: UInt64) throws -> String {
            try Simulation.run(seed: seed) { simulation in
                let network = try await Network(simulation, count: 3, rounds: 2)
                for index in 0..<3 { _ = try await network.wait(for: index, toComplete: 2) }
                await network.stop()
                return simulation.traceHex
            }
        }
        let first = try trace(11)
        #expect(try trace(11) == first)
        #expect(try trace(12) != first)
    }
}
