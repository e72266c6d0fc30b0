import Logging
import PeerKit

/// What a peer of a swarm is made of.
public struct SwarmRecipe: Sendable {
    /// The services of a peer that scenarios talk to.
    struct Services: Sendable {
        var kademlia: Kademlia?
        var gossip: GossipSub?
        var book: AddressBook?
        var saboteur: GossipSaboteur?
        var others: [any PeerService] = []

        var all: [any PeerService] {
            var list: [any PeerService] = []
            if let book { list.append(book) }
            if let kademlia { list.append(kademlia) }
            if let gossip { list.append(gossip) }
            if let saboteur { list.append(saboteur) }
            return list + others
        }
    }

    /// Whether such peers mean well.
    public var isHonest = true
    /// Changes the node's settings.
    var configure: @Sendable (inout PeerNodeConfiguration) -> Void = { _ in }
    /// Makes the services of one run.
    var services: @Sendable (SimulatedNode) -> Services

    /// Peers with the given services.
    init(isHonest: Bool = true, services: @escaping @Sendable (SimulatedNode) -> Services) {
        self.isHonest = isHonest
        self.services = services
    }
}

extension SwarmRecipe {
    /// The protocol of the swarm's own hash table.
    static let tableProtocol: ProtocolID = "/psic/sim/kad/1.0.0"
    /// What the swarm talks about.
    static let topic = "sim"

    /// Peers that do nothing but serve echo.
    static let bare = SwarmRecipe { _ in Services() }

    /// Peers of a distributed hash table.
    static let lookups = SwarmRecipe { _ in Services(kademlia: Kademlia(tableSettings)) }

    /// Peers that pass messages on.
    static func gossip(_ verifier: SharedVerifier) -> SwarmRecipe {
        SwarmRecipe { _ in Services(gossip: GossipSub(gossipSettings(verifier))) }
    }

    /// Peers with all of it: hash table, gossip, address book, peer exchange, joining.
    static func whole(_ verifier: SharedVerifier) -> SwarmRecipe {
        SwarmRecipe { _ in
            let book = AddressBook()
            let exchange = PeerExchange(addressBook: book)
            return Services(
                kademlia: Kademlia(tableSettings), gossip: GossipSub(gossipSettings(verifier)),
                book: book, others: [exchange, Joining(sources: [book, exchange])])
        }
    }

    static var tableSettings: Kademlia.Configuration {
        var settings = Kademlia.Configuration()
        settings.protocolID = tableProtocol
        settings.mode = .server
        return settings
    }

    static func gossipSettings(_ verifier: SharedVerifier) -> GossipSub.Configuration {
        var settings = GossipSub.Configuration()
        settings.verifier = verifier
        return settings
    }
}
