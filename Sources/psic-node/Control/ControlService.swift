import PeerKit

/// Lets commands talk to the node that it is part of.
struct ControlService: PeerService {
    let name = "control"
    let path: ControlSocketPath
    let services: NodeServices
    let facts: RunningNode.Facts
    var limits = ControlLimits()
    /// Called once the node listens and commands can connect.
    let ready: @Sendable (NodeStatus) -> Void

    func run(on node: PeerNode) async throws {
        let running = RunningNode(node: node, services: services, facts: facts)
        let about = NodeMethods(running: running, limits: limits)
        let registry = ControlRegistry([
            about,
            PeerMethods(running: running),
            PingMethods(node: node, limits: limits),
            StandingMethods(running: running, limits: limits),
            AddressBookMethods(addressBook: services.addressBook),
            DHTMethods(running: running, limits: limits),
            TopicMethods(gossip: services.gossip),
            FederationMethods(federation: services.federation, limits: limits),
        ])
        let server = ControlServer(path: path, registry: registry, limits: limits, log: node.log)
        try await server.run { ready(await about.status()) }
    }
}
