import FedLearn
import Logging
import PeerKit

/// What an agent learns: a line through measurements that never leave it.
struct LineFit: TrainingTask {
    let name = "line-fit"
    /// The agent's own measurements.
    let points: [(x: Float, y: Float)]

    /// Two parameters that all members name alike.
    var layout: ParameterLayout {
        var layout = ParameterLayout()
        layout.append("slope", shape: [1])
        layout.append("offset", shape: [1])
        return layout
    }

    func initialParameters(seed: UInt64) -> ModelParameters {
        ModelParameters(layout: layout, values: [0, 0])
    }

    /// Twenty steps down the gradient of the mean squared error over the agent's own points.
    mutating func train(
        from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
    ) throws(TrainingError) -> TrainingResult {
        var (slope, offset) = (parameters.values[0], parameters.values[1])
        for _ in 0..<20 {
            if isCancelled() { throw .cancelled }
            let errors = points.map { slope * $0.x + offset - $0.y }
            let rate = 0.4 / Float(points.count)
            slope -= rate * zip(errors, points).reduce(0) { $0 + $1.0 * $1.1.x }
            offset -= rate * errors.reduce(0, +)
        }
        return TrainingResult(
            delta: [slope - parameters.values[0], offset - parameters.values[1]],
            exampleCount: points.count, meanLoss: meanSquare(slope, offset))
    }

    /// More is better: the mean squared error with a minus.
    func evaluate(_ parameters: ModelParameters) -> Evaluation {
        let error = meanSquare(parameters.values[0], parameters.values[1])
        return Evaluation(score: -Double(error), exampleCount: points.count)
    }

    private func meanSquare(_ slope: Float, _ offset: Float) -> Float {
        let errors = points.map { slope * $0.x + offset - $0.y }
        return errors.reduce(0) { $0 + $1 * $1 } / Float(points.count)
    }
}

/// Four agents on simulated machines, each with another part of y = 3x − 1, find each other and fit one
/// line. On real machines the runtime is `.live(home:)`; nothing else changes.
@main enum CustomTask {
    static func main() throws {
        print(try Simulation.run(seed: 1) { simulation in try await fit(simulation) })
    }

    static func fit(_ simulation: Simulation) async throws -> String {
        let members = (0..<4).map { number in
            let place = simulation.node("agent-\(number)")
            var generator = RuntimeGenerator(place.runtime.random)
            return (place, PeerIdentity.generate(using: &generator))
        }
        let task = try FederationTask(
            name: "line", members: members.map { $0.1.peerID.description }, rounds: 40,
            model: .custom, rule: RuleChoice("geometricMedian", maximumFaults: 1))
        var agents: [(node: PeerNode, learning: FederatedLearning)] = []
        for (number, (place, identity)) in members.enumerated() {
            let points = (0..<40).map { index in
                let x = Float(number) / 2 - 1 + Float(index) / 80
                return (x: x, y: 3 * x - 1)
            }
            let learning = FederatedLearning(task: task, training: LineFit(points: points))
            var settings = PeerNodeConfiguration()
            settings.log = Logger(label: "agent") { _ in SwiftLogNoOpLogHandler() }
            settings.listenAddresses = [
                Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
            ]
            let node = try await PeerNode(
                identity: identity, runtime: place.runtime, configuration: settings
            ) { [LANDiscovery(), learning] as [any PeerService] }
            try await node.start()
            agents.append((node, learning))
        }
        while await agents[0].learning.status.phase != "finished" {
            try await simulation.sleep(for: .milliseconds(100))
        }
        let line = await agents[0].learning.model?.values ?? []
        for agent in agents { await agent.node.stop() }
        return "after 40 rounds y = \(line[0]) x + \(line[1])"
    }
}
