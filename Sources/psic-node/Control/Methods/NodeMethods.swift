import FedLearn
import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `status`: who and how the node is.
struct AskStatus: ControlMethod, Equatable {
    static let name = "status"
    typealias Answer = NodeStatus

    /// How many of the last rounds of training to include; none if absent.
    var history: Int?
}

/// The node as a whole.
struct NodeMethods: ControlArea {
    let running: RunningNode
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        registry.answer(AskStatus.self) { await status(history: $0.history ?? 0) }
    }

    func status(history: Int = 0) async -> NodeStatus {
        let node = running.node
        let traffic = await node.traffic
        let federation = await running.services.federation?.status
        return NodeStatus(
            peerID: node.peerID.description, version: Version.number, processID: getpid(),
            uptimeSeconds: running.started.duration(to: node.runtime.clock.now).seconds,
            listenAddresses: await node.listenAddresses.map(\.description),
            network: running.network, connectedPeers: await node.connectedPeers.count,
            bytesSent: traffic.sent, bytesReceived: traffic.received,
            federation: federation?.trimmed(to: history, limits))
    }
}
