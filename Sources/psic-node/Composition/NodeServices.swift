import FedLearn
import PeerKit

/// The services of one node; what its settings do not want is absent.
struct NodeServices: Sendable {
    let lan: LANDiscovery?
    let addressBook: AddressBook?
    let peerExchange: PeerExchange?
    let gossip: GossipSub?
    let joining: Joining
    let federation: FederatedLearning?

    /// The services that `settings` want.
    init(_ settings: NodeSettings, training: FederationTask?) {
        lan = settings.isLANEnabled ? LANDiscovery(.init(settings)) : nil
        let book = settings.hasAddressBook ? AddressBook() : nil
        let exchange = settings.exchangesPeers ? book.map { PeerExchange(addressBook: $0) } : nil
        addressBook = book
        peerExchange = exchange
        gossip = settings.hasTopics ? GossipSub() : nil
        let sources: [(any PeerSource)?] = [book, exchange]
        joining = Joining(.init(settings), sources: sources.compactMap(\.self))
        federation = training.map { FederatedLearning(task: $0) }
    }

    /// All of them, in the order in which they start: who listens to events before who causes them.
    var all: [any PeerService] {
        let list: [(any PeerService)?] = [
            addressBook, peerExchange, gossip, federation, joining, lan,
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

extension Joining.Configuration {
    fileprivate init(_ settings: NodeSettings) {
        self.init()
        peers = settings.peers
        target = settings.targetPeers
        maximumConnections = settings.lowWater
    }
}
