@testable import PeerKit

/// Peers of one distributed hash table in a simulation.
struct SimulatedTable: Sendable {
    /// One peer with its service and where it runs.
    struct Member: Sendable {
        var place: SimulatedNode
        var node: PeerNode
        var table: Kademlia

        var id: PeerID { node.peerID }
    }

    let simulation: Simulation
    private(set) var members: [Member] = []

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Adds `count` peers, each of which joins by one that is there already.
    mutating func grow(
        by count: Int, name: String = "peer",
        configure: @Sendable (inout Kademlia.Configuration) -> Void = { _ in }
    ) async throws {
        for _ in 0..<count {
            let number = members.count
            let member = try await Self.start(
                simulation.node("\(name)\(number)"), configure: configure)
            // Spread, so that not all know one peer only.
            if number > 0 {
                let known = members[number * 7919 % number]
                try await member.node.connect(to: try await known.node.address)
            }
            members.append(member)
        }
    }

    /// Starts one peer that knows nobody.
    static func start(
        _ place: SimulatedNode, identity: PeerIdentity? = nil,
        configure: @Sendable (inout Kademlia.Configuration) -> Void = { _ in }
    ) async throws -> Member {
        var settings = Kademlia.Configuration()
        configure(&settings)
        let table = Kademlia(settings)
        let node = try await SimulatedPeers.start(place, identity: identity, services: [table])
        return Member(place: place, node: node, table: table)
    }

    /// Counts one that was started by itself.
    mutating func add(_ member: Member) { members.append(member) }

    /// Lets everybody find their place.
    func settle(_ time: Duration = .seconds(60)) async throws {
        try await simulation.sleep(for: time)
    }

    /// Stops everybody, and checks that nothing is left.
    func stop() async throws {
        for member in members where member.place.isRunning {
            await member.node.stop()
            try member.node.requireNothingLeft()
        }
    }
}
