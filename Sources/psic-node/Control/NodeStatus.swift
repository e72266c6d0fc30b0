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
    /// Where metrics and health are served; absent when they are not.
    var httpAddress: String?
    var connectedPeers: Int
    /// Over all connections since the node started.
    var bytesSent: UInt64
    var bytesReceived: UInt64
    /// How joining goes, source by source.
    var joining: JoinReport?
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
    /// 0 with nothing against it, below that with faults that are remembered.
    var standing: Double?

    init(_ snapshot: PeerSnapshot, standing: Double?) {
        self.standing = standing
        peerID = snapshot.id.description
        isConnected = !snapshot.connections.isEmpty
        addresses = snapshot.addresses.map(\.description)
        agent = snapshot.identity?.agentVersion
        roundTripMilliseconds = snapshot.roundTrip?.milliseconds
        bytesSent = snapshot.traffic.sent
        bytesReceived = snapshot.traffic.received
    }
}
