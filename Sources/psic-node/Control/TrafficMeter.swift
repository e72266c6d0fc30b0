import PeerKit

/// Bytes over all connections of a node's life, from counters that end with each connection.
///
/// Looked at often enough (every second), it misses at most what a connection moved after the last
/// look at it.
struct TrafficMeter: Sendable {
    private var standing: [PeerID: Traffic] = [:]
    private var ended = Traffic()

    /// Takes the counters of the peers as they are now.
    mutating func observe(_ current: [PeerID: Traffic]) {
        for (peer, before) in standing {
            let now = current[peer] ?? Traffic()
            // A counter that fell has lost a connection, which is counted on here.
            ended.sent &+= before.sent > now.sent ? before.sent - now.sent : 0
            ended.received &+= before.received > now.received ? before.received - now.received : 0
        }
        standing = current
    }

    /// All bytes so far.
    var total: Traffic {
        standing.values.reduce(into: ended) { sum, traffic in
            sum.sent &+= traffic.sent
            sum.received &+= traffic.received
        }
    }
}
