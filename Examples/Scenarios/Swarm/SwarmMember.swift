import PeerKit

/// A peer of a swarm: where it runs, who it is, and the services in it.
public struct SwarmMember: Sendable {
    /// Its number in the swarm, from 0.
    public let number: Int
    /// The run of its machine.
    public internal(set) var place: SimulatedNode
    /// The node of that run.
    public internal(set) var node: PeerNode
    /// Who it is; the same in every run.
    public let identity: PeerIdentity

    /// Its ID.
    public var id: PeerID { identity.peerID }
    /// Where it listens.
    public var address: Multiaddr {
        Multiaddr(ip: IPEndpoint(address: place.address, port: Swarm.port), transport: .tcp)
            .withPeerID(id)
    }
}
