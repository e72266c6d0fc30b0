import ArgumentParser
import Logging
import PeerKit

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a simulated LAN of whole peers and count the jobs it takes.")
    @Option(help: "Number of peers.") var peers = 100
    @Option(help: "Virtual seconds.") var seconds = 10
    @Option(help: "Seed.") var seed: UInt64 = 7

    func run() throws {
        let (peers, seconds) = (peers, seconds)
        let before = (wallSeconds(), cpuSeconds())
        let statistics = try Simulation.run(seed: seed) { simulation in
            var nodes: [PeerNode] = []
            for number in 0..<peers {
                nodes.append(try await Self.start(simulation.node("peer-\(number)")))
            }
            try await simulation.sleep(for: .seconds(seconds))
            for node in nodes { await node.stop() }
            return simulation.statistics
        }
        let after = (wallSeconds(), cpuSeconds())
        try report([
            "measure": "simulator", "peers": peers, "virtual_s": seconds,
            "jobs": statistics.jobs, "timers": statistics.timers,
            "seconds": after.0 - before.0, "cpu_s": after.1 - before.1,
            "jobs_per_s": Double(statistics.jobs) / (after.0 - before.0),
            "jobs_per_cpu_s": Double(statistics.jobs) / (after.1 - before.1),
        ])
    }

    private static func start(_ place: SimulatedNode) async throws -> PeerNode {
        var discovery = LANDiscovery.Configuration()
        discovery.maximumConnections = 6
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [
            Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
        ]
        settings.log = Logger(label: "swarm") { _ in SwiftLogNoOpLogHandler() }
        var generator = RuntimeGenerator(place.runtime.random)
        let node = try await PeerNode(
            identity: .generate(using: &generator), runtime: place.runtime, configuration: settings
        ) { LANDiscovery(discovery) }
        try await node.start()
        return node
    }
}
