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

/// `overview`: what `top` shows.
struct AskOverview: ControlMethod, Equatable {
    static let name = "overview"
    typealias Answer = NodeOverview
}

/// The node as a whole.
struct NodeMethods: ControlArea {
    let running: RunningNode
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        registry.answer(AskStatus.self) { await status(history: $0.history ?? 0) }
        registry.answer(AskOverview.self) { _ in await overview() }
    }

    func overview() async -> NodeOverview {
        let node = running.node
        let known = await node.snapshots()
        let connected = known.filter { !$0.connections.isEmpty }
            .map { PeerEntry($0, standing: node.standing(of: $0.id)) }
            .sorted {
                ($0.bytesSent &+ $0.bytesReceived, $1.peerID)
                    > ($1.bytesSent &+ $1.bytesReceived, $0.peerID)
            }
        return NodeOverview(
            status: await status(), usage: .now, knownPeers: known.count,
            peers: Array(connected.prefix(limits.maximumOverviewPeers)), topics: await topics(),
            dht: await dht(),
            resources: resources())
    }

    func status(history: Int = 0) async -> NodeStatus {
        let node = running.node
        let traffic = await node.traffic
        let federation = await running.services.federation?.status
        return NodeStatus(
            peerID: node.peerID.description, version: Version.number, processID: getpid(),
            uptimeSeconds: running.uptime.seconds,
            listenAddresses: await node.listenAddresses.map(\.description),
            network: running.facts.network, httpAddress: running.facts.httpAddress,
            connectedPeers: await node.connectedPeers.count,
            bytesSent: traffic.sent, bytesReceived: traffic.received,
            joining: await running.services.joining.report(),
            federation: federation?.trimmed(to: history, limits))
    }

    /// Uses of what the node as a whole may spend, the scarcest first.
    private func resources() -> [ResourceEntry] {
        let used = running.node.resourceUsage.system
        let limits = running.node.configuration.resources.system
        let pairs: [(String, Int, Int?)] = [
            ("memory", used.memory, limits.memory),
            ("streams in", used.inboundStreams, limits.inboundStreams),
            ("streams out", used.outboundStreams, limits.outboundStreams),
            ("connections in", used.inboundConnections, limits.inboundConnections),
            ("connections out", used.outboundConnections, limits.outboundConnections),
        ]
        return pairs.compactMap { name, used, limit in
            limit.map { ResourceEntry(name: name, used: used, limit: $0) }
        }.sorted { $0.share > $1.share }
    }

    private func topics() async -> [TopicEntry]? {
        guard let gossip = running.services.gossip else { return nil }
        return await TopicMethods.entries(gossip)
    }

    private func dht() async -> DHTSummary? {
        guard let table = running.services.kademlia else { return nil }
        let statistics = await table.statistics
        return DHTSummary(
            mode: statistics.isServer ? "server" : "client", buckets: await table.table().count,
            peers: statistics.peers, records: statistics.records,
            providers: statistics.providers)
    }
}
