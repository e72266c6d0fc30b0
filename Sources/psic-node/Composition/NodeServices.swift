import FedLearn
import PeerKit

/// The services of one node; what its settings do not want is absent.
struct NodeServices: Sendable {
    var lan: LANDiscovery?
    var federation: FederatedLearning?

    /// All of them, in the order in which they start.
    var all: [any PeerService] {
        let list: [(any PeerService)?] = [lan, federation]
        return list.compactMap(\.self)
    }
}

/// A node at work, as the control protocol and the HTTP endpoints see it.
struct RunningNode: Sendable {
    let node: PeerNode
    let services: NodeServices
    /// Its network in LAN discovery; absent when that is off.
    let network: String?
    let started: Instant

    /// A node that has just begun to listen.
    init(node: PeerNode, services: NodeServices, network: String?) {
        self.node = node
        self.services = services
        self.network = network
        started = node.runtime.clock.now
    }
}
