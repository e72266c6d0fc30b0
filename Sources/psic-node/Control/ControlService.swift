import FedLearn
import Logging
import PeerKit

/// Lets commands talk to the node that it is part of.
struct ControlService: PeerService {
    let name = "control"
    let path: ControlSocketPath
    let federation: FederatedLearning?
    let network: String?
    var limits = ControlLimits()
    /// Called once the node listens and commands can connect.
    let ready: @Sendable (NodeStatus) -> Void

    func run(on node: PeerNode) async throws {
        let control = NodeControl(
            node: node, federation: federation, network: network, limits: limits)
        let server = ControlServer(path: path, handler: control, limits: limits, log: node.log)
        try await server.run { ready(await control.status()) }
    }
}
