// A scenario of one's own: a LAN of whole peers in one process and in virtual time. They find each
// other by beacon, connect, ping, are parted and healed, crash and come back. The same seed gives the
// same digest.
//
//   SimulatedSwarm --peers 200 --seed 7
//   SimulatedSwarm --scenario gossip-quiet --peers 100      any of `psic-node sim list`

import ArgumentParser
import Logging
import PeerKit
import Scenarios

@main
struct SimulatedSwarm: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulate a LAN of peers; print a report and the hash of all events.")

    @Option(help: "Number of peers.") var peers = 200
    @Option(help: "Seed: the same seed gives the same trace.") var seed: UInt64 = 1
    @Option(help: "Another scenario than the LAN.") var scenario: String?

    func run() throws {
        var chosen: any Scenario.Type = OfficeLAN.self
        if let scenario {
            guard let named = Scenarios.named(scenario) else {
                throw ValidationError("there is no scenario '\(scenario)'")
            }
            chosen = named
        }
        let report = try ScenarioRunner.run(chosen, peers: peers, seed: seed)
        for line in report.lines { print(line) }
    }
}

/// An office whose network falls in two for a while.
enum OfficeLAN: Scenario {
    static let name = "office-lan"
    static let summary = "Peers that meet by beacon, are parted, and crash."
    static let conditions: NetworkConditions = {
        var conditions = NetworkConditions.lan
        // Of the datagrams: beacons must be repeated.
        conditions.link.loss = 0.05
        return conditions
    }()

    struct Member: Sendable {
        var place: SimulatedNode
        var node: PeerNode
        var identity: PeerIdentity
    }

    static func play(on stage: Stage) async throws {
        let simulation = stage.simulation
        var members: [Member] = []
        for number in 0..<stage.peers {
            members.append(try await start(simulation.node("peer-\(number)"), as: nil))
        }
        try await simulation.sleep(for: .seconds(10))
        await note(members, "early", on: stage)

        // Two halves, with a tenth of the peers down.
        let places = members.map(\.place)
        let half = members.count / 2
        simulation.partition([Array(places[..<half]), Array(places[half...])])
        for index in stride(from: 0, to: members.count, by: 10) {
            members[index].place.crash()
            await members[index].node.stop()
        }
        try await simulation.sleep(for: .seconds(10))
        simulation.heal()
        for index in stride(from: 0, to: members.count, by: 10) {
            members[index] = try await start(
                members[index].place.restart(), as: members[index].identity)
        }
        try await simulation.sleep(for: .seconds(10))
        await note(members, "late", on: stage)
        for member in members { await member.node.stop() }
    }

    private static func start(
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

    /// Notes how the peers are connected, and whether each reaches a neighbour.
    private static func note(_ members: [Member], _ name: String, on stage: Stage) async {
        var connections = 0
        var isolated = 0
        var answered = 0
        for member in members {
            let neighbours = await member.node.connectedPeers
            connections += neighbours.count
            guard let first = neighbours.first else {
                isolated += 1
                continue
            }
            if (try? await member.node.ping(first).first) != nil { answered += 1 }
        }
        await stage.note(
            "\(name) connections", Double(connections) / Double(members.count), .perPeer)
        await stage.note("\(name) isolated", Double(isolated), .count, .atMost(0))
        await stage.note("\(name) pings answered", answered, of: members.count - isolated)
    }
}
