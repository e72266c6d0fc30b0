/// What a peer announces of itself on its LAN.
struct Beacon: Sendable, Hashable {
    /// Peers of other networks are ignored.
    var network: String
    /// Who announces.
    var peerID: PeerID
    /// Where it listens, without `/p2p`.
    var addresses: [Multiaddr]
    /// Rises with every beacon of the peer, over restarts too.
    var sequence: UInt64
    /// Unix time in milliseconds after which the beacon says nothing any more.
    var expiry: UInt64
}

/// Why a datagram on the discovery port was ignored. Each is counted.
public enum BeaconFault: String, Error, Sendable, Hashable, CaseIterable, Codable {
    /// Too long or not a beacon at all.
    case malformed
    /// Signed by another key than the peer's, or not validly signed.
    case forged
    /// The peer belongs to another network.
    case foreignNetwork
    /// Not newer than what the peer has said already.
    case replayed
    /// Expired, or its clock is far off.
    case stale
    /// Too many from one sender, or from all together.
    case flood
    /// Names no address at which its sender can be.
    case foreignAddress
}
