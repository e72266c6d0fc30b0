/// Everything that `top` shows of a node at one moment.
struct NodeOverview: Codable, Sendable {
    var status: NodeStatus
    var usage: ProcessUsage
    var knownPeers: Int
    /// Connected peers, the busiest first.
    var peers: [PeerEntry]
    /// Absent when GossipSub does not run.
    var topics: [TopicEntry]?
    /// Absent when the DHT does not run.
    var dht: DHTSummary?
    /// Uses of limited resources.
    var resources: [ResourceEntry]
}

/// One topic as the node sees it.
struct TopicEntry: Codable, Equatable, Sendable {
    var topic: String
    /// Peers that have subscribed to it.
    var peers: Int
    /// Those of them that messages are exchanged with in full.
    var mesh: Int
}

/// The DHT in figures.
struct DHTSummary: Codable, Equatable, Sendable {
    var mode: String
    var buckets: Int
    var peers: Int
    var records: Int
    var providers: Int
}

/// How much of a limited resource is in use.
struct ResourceEntry: Codable, Equatable, Sendable {
    var name: String
    var used: Int
    var limit: Int

    /// From 0 to 1.
    var share: Double { limit > 0 ? Double(used) / Double(limit) : 1 }
}
