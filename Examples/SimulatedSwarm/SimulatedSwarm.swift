// Hundreds of whole peers in one process, in virtual time: they find each other by beacon, connect,
// ping, are parted and healed, crash and come back. The same seed gives the same trace.
//
//   SimulatedSwarm --peers 200 --seed 7

import ArgumentParser
import Logging
import PeerKit

@main
struct SimulatedSwarm: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulate a LAN of peers; print a report and the hash of all events.")

    @Option(help: "Number of peers, 2 to 2000.") var peers = 200
    @Option(help: "Seed: the same seed gives the same trace.") var seed: UInt64 = 1
    @Option(help: "Virtual seconds to run after the start.") var seconds = 30
    @Option(help: "Datagrams lost, 0 to 1.") var loss = 0.05

    func validate() throws {
        guard (2...2000).contains(peers) else {
            throw ValidationError("--peers must be between 2 and 2000")
        }
        guard (1...3600).contains(seconds) else {
            throw ValidationError("--seconds must be between 1 and 3600")
        }
        guard (0...1).contains(loss) else { throw ValidationError("--loss must be within 0...1") }
    }

    func run() throws {
        var conditions = NetworkConditions.lan
        conditions.link.loss = loss
        let (peers, seconds, seed) = (peers, seconds, seed)
        let report = try Simulation.run(seed: seed, conditions: conditions) { simulation in
            try await Swarm(simulation: simulation, count: peers).live(for: .seconds(seconds))
        }
        print(report)
    }
}

/// The peers and what is done to them.
struct Swarm {
    let simulation: Simulation
    let count: Int

    struct Member: Sendable {
        var place: SimulatedNode
        var node: PeerNode
        var identity: PeerIdentity
    }

    func live(for time: Duration) async throws -> String {
        var members: [Member] = []
        for number in 0..<count {
            members.append(try await start(simulation.node("peer-\(number)"), as: nil))
        }
        try await simulation.sleep(for: time / 3)
        let early = await connections(of: members)
        let roundTrips = await ping(members)

        // A third of the time in two halves, with a tenth of the peers down.
        let places = members.map(\.place)
        simulation.partition([Array(places[..<(count / 2)]), Array(places[(count / 2)...])])
        for index in stride(from: 0, to: count, by: 10) {
            members[index].place.crash()
            await members[index].node.stop()
        }
        try await simulation.sleep(for: time / 3)
        simulation.heal()
        for index in stride(from: 0, to: count, by: 10) {
            members[index] = try await start(
                members[index].place.restart(), as: members[index].identity)
        }
        try await simulation.sleep(for: time / 3)

        let late = await connections(of: members)
        let isolated = late.filter { $0 == 0 }.count
        for member in members { await member.node.stop() }
        let statistics = simulation.statistics
        return """
            peers \(count)
            virtual-time \(simulation.now)
            connections-before mean \(mean(early)) min \(early.min() ?? 0) max \(early.max() ?? 0)
            connections-after mean \(mean(late)) min \(late.min() ?? 0) max \(late.max() ?? 0)
            isolated-after \(isolated)
            pings \(roundTrips.count) median \(median(roundTrips))
            \(statistics)
            trace \(simulation.traceHex)
            """
    }

    private func start(
        _ place: SimulatedNode, as known: PeerIdentity?
    ) async throws -> Member {
        var discovery = LANDiscovery.Configuration()
        discovery.maximumConnections = 6
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [
            Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
        ]
        settings.log = Logger(label: "swarm") { _ in SwiftLogNoOpLogHandler() }
        var generator = RuntimeGenerator(place.runtime.random)
        let identity = known ?? .generate(using: &generator)
        let node = try await PeerNode(
            identity: identity, runtime: place.runtime, configuration: settings
        ) { LANDiscovery(discovery) }
        try await node.start()
        return Member(place: place, node: node, identity: identity)
    }

    private func connections(of members: [Member]) async -> [Int] {
        var counts: [Int] = []
        for member in members { counts.append(await member.node.connectedPeers.count) }
        return counts
    }

    /// Every peer pings one neighbour.
    private func ping(_ members: [Member]) async -> [Duration] {
        var times: [Duration] = []
        for member in members {
            guard let neighbour = await member.node.connectedPeers.first,
                let time = try? await member.node.ping(neighbour).first
            else { continue }
            times.append(time)
        }
        return times
    }

    private func mean(_ values: [Int]) -> Double {
        (Double(values.reduce(0, +)) / Double(max(1, values.count)) * 10).rounded() / 10
    }

    private func median(_ values: [Duration]) -> Duration {
        values.isEmpty ? .zero : values.sorted()[values.count / 2]
    }
}
