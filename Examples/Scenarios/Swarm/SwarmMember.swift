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
    /// What it is made of.
    let recipe: SwarmRecipe
    /// The services of the run that scenarios talk to.
    var services: SwarmRecipe.Services

    /// Its ID.
    public var id: PeerID { identity.peerID }
    /// Where it listens.
    public var address: Multiaddr { Swarm.address(of: place).withPeerID(id) }
    /// Whether it runs.
    public var isUp: Bool { place.isRunning }
    /// Whether it means well.
    public var isHonest: Bool { recipe.isHonest }
}
