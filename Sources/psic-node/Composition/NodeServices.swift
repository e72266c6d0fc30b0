import FedLearn
import PeerKit

/// The services of one node; what its settings do not want is absent.
struct NodeServices: Sendable {
    let lan: LANDiscovery?
    let mdns: MulticastDNS?
    let rotation: KeyRotation
    let addressBook: AddressBook?
    let peerExchange: PeerExchange?
    let kademlia: Kademlia?
    let gossip: GossipSub?
    let joining: Joining
    let liveness: Liveness?
    let federation: FederatedLearning?

    /// The services that `settings` want.
    ///
    /// - Parameter history: How the node has come to its key.
    init(
        _ settings: NodeSettings, training: FederationTask?, history: KeyRing.History = .init()
    ) {
        mdns = settings.isMDNSEnabled ? MulticastDNS() : nil
        var keys = KeyRotation.Configuration()
        keys.history = history
        keys.period = settings.keyPeriod
        rotation = KeyRotation(keys)
        lan = settings.isLANEnabled ? LANDiscovery(.init(settings)) : nil
        let book = settings.hasAddressBook ? AddressBook() : nil
        let exchange = settings.exchangesPeers ? book.map { PeerExchange(addressBook: $0) } : nil
        let table = settings.isDHTEnabled ? Kademlia(.init(settings)) : nil
        addressBook = book
        peerExchange = exchange
        kademlia = table
        gossip = settings.hasTopics ? GossipSub() : nil
        let sources: [(any PeerSource)?] = [book, exchange, table.map(DHTWalk.init)]
        joining = Joining(.init(settings), sources: sources.compactMap(\.self))
        liveness = settings.isLivenessEnabled ? Liveness() : nil
        federation = training.map { FederatedLearning(task: $0) }
    }

    /// All of them, in the order in which they start: who listens to events before who causes them.
    var all: [any PeerService] {
        let list: [(any PeerService)?] = [
            addressBook, peerExchange, rotation, kademlia, gossip, federation, liveness, joining,
            lan, mdns,
        ]
        return list.compactMap(\.self)
    }
}

extension LANDiscovery.Configuration {
    fileprivate init(_ settings: NodeSettings) {
        self.init()
        network = settings.network
        port = settings.lanPort
        maximumConnections = settings.lowWater
    }
}

extension KademliaConfiguration {
    fileprivate init(_ settings: NodeSettings) {
        self.init()
        protocolID = settings.dhtPrefix + "/kad/1.0.0"
        bootstrapPeers = settings.peers
        mode =
            switch settings.dhtMode {
            case .server: .server
            case .client: .client
            case .automatic: .automatic
            }
    }
}

extension Joining.Configuration {
    fileprivate init(_ settings: NodeSettings) {
        self.init()
        peers = settings.peers
        target = settings.targetPeers
        maximumConnections = settings.lowWater
    }
}

/// Walks through the DHT as a source of peers: whoever is near a random place.
struct DHTWalk: PeerSource {
    let name = "dht"
    let table: Kademlia

    init(_ table: Kademlia) { self.table = table }

    func findSome(_ count: Int) async throws -> [KnownPeer] {
        var generator = SystemRandomNumberGenerator()
        let place = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let found = try await table.closestPeers(to: place)
        return found.peers.prefix(count).map { KnownPeer(id: $0.id, addresses: $0.addresses) }
    }
}
