import FedLearn
import PeerKit

/// Who and how a running node is.
struct NodeStatus: Codable, Sendable {
    var peerID: String
    var version: String
    var processID: Int32
    var uptimeSeconds: Double
    /// Where others can dial it.
    var listenAddresses: [String]
    /// Its network in LAN discovery; absent when that is off.
    var network: String?
    var connectedPeers: Int
    /// Over all connections since the node started.
    var bytesSent: UInt64
    var bytesReceived: UInt64
    /// Absent when the node does not train.
    var federation: FederationStatus?
}

/// One peer as a running node knows it.
struct PeerEntry: Codable, Equatable, Sendable {
    var peerID: String
    var isConnected: Bool
    var addresses: [String]
    var agent: String?
    var roundTripMilliseconds: Double?
    /// Over the connections that stand.
    var bytesSent: UInt64
    var bytesReceived: UInt64

    init(_ snapshot: PeerSnapshot) {
        peerID = snapshot.id.description
        isConnected = !snapshot.connections.isEmpty
        addresses = snapshot.addresses.map(\.description)
        agent = snapshot.identity?.agentVersion
        roundTripMilliseconds = snapshot.roundTrip?.milliseconds
        bytesSent = snapshot.traffic.sent
        bytesReceived = snapshot.traffic.received
    }
}

/// The answer to `peers`.
struct PeerList: Codable, Equatable, Sendable {
    var peers: [PeerEntry]
}

/// The answer to `connect`.
struct ConnectedPeer: Codable, Equatable, Sendable {
    var peerID: String
}

/// Round trips to a peer, as events one by one and as result all of them.
struct PingReport: Codable, Equatable, Sendable {
    var peerID: String
    /// In the order of the pings.
    var milliseconds: [Double]

    /// The summary line.
    var summary: String {
        guard let least = milliseconds.min(), let most = milliseconds.max() else {
            return "\(peerID): no replies"
        }
        let mean = milliseconds.reduce(0, +) / Double(milliseconds.count)
        let figures = [least, mean, most].map { Figures.fixed($0, digits: 3) }
        return "\(milliseconds.count) replies from \(peerID): min/mean/max "
            + figures.joined(separator: "/") + " ms"
    }
}
