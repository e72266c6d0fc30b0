import PeerKit

/// A node at work, as the control protocol and the HTTP endpoints see it.
struct RunningNode: Sendable {
    let node: PeerNode
    let services: NodeServices
    /// What does not change while it runs.
    let facts: Facts
    let started: Instant

    /// What the composition knows of a node.
    struct Facts: Sendable {
        /// Its network in LAN discovery; absent when that is off.
        var network: String?
        /// `http://127.0.0.1:9490`; absent when nothing is served.
        var httpAddress: String?
    }

    /// A node that has just begun to listen.
    init(node: PeerNode, services: NodeServices, facts: Facts) {
        self.node = node
        self.services = services
        self.facts = facts
        started = node.runtime.clock.now
    }

    /// Since it began to listen.
    var uptime: Duration { started.duration(to: node.runtime.clock.now) }
}
