import PeerKit

/// `peers`: the peers that the node knows.
struct ListPeers: ControlMethod, Equatable {
    static let name = "peers"
    typealias Answer = PeerList
}

/// `connect`: connect to a multiaddr, or to a peer by its ID.
struct ConnectPeer: ControlMethod, Equatable {
    static let name = "connect"
    typealias Answer = ConnectedPeer

    var target: String
}

/// `peer.disconnect`: close every connection with a peer.
struct DisconnectPeer: ControlMethod, Equatable {
    static let name = "peer.disconnect"
    typealias Answer = DisconnectedPeer

    var peer: String
}

/// The answer to `peers`.
struct PeerList: Codable, Equatable, Sendable {
    var peers: [PeerEntry]
}

/// The answer to `connect`.
struct ConnectedPeer: Codable, Equatable, Sendable {
    var peerID: String
}

/// The answer to `peer.disconnect`.
struct DisconnectedPeer: Codable, Equatable, Sendable {
    var peerID: String
    /// Connections that were closed.
    var connections: Int
}

/// Peers and the connections with them.
struct PeerMethods: ControlArea {
    let running: RunningNode

    func register(in registry: inout ControlRegistry) {
        let node = running.node
        registry.answer(ListPeers.self) { _ in
            PeerList(
                peers: await node.snapshots().map {
                    PeerEntry($0, standing: node.standing(of: $0.id))
                })
        }
        registry.answer(ConnectPeer.self) { method in
            let peer = try await node.connect(to: try Target(method.target))
            return ConnectedPeer(peerID: peer.description)
        }
        registry.answer(DisconnectPeer.self) { method in
            let peer = try Target.peer(method.peer)
            let count = await node.connections(with: peer).count
            await node.disconnect(peer)
            return DisconnectedPeer(peerID: peer.description, connections: count)
        }
    }
}
