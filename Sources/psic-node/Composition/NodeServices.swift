import FedLearn
import PeerKit

/// The services of one node; what its settings do not want is absent.
struct NodeServices: Sendable {
    var lan: LANDiscovery?
    var federation: FederatedLearning?

    /// The services that `settings` want.
    init(_ settings: NodeSettings, training: FederationTask?) {
        if settings.isLANEnabled {
            var discovery = LANDiscovery.Configuration()
            discovery.network = settings.network
            discovery.port = settings.lanPort
            lan = LANDiscovery(discovery)
        }
        federation = training.map { FederatedLearning(task: $0) }
    }

    /// All of them, in the order in which they start.
    var all: [any PeerService] {
        let list: [(any PeerService)?] = [lan, federation]
        return list.compactMap(\.self)
    }
}
