/// Bounds on what scoring remembers.
struct PeerScoringLimits: Sendable, Hashable {
    /// Peers that have gone and are remembered for their faults. Whoever fills this with fresh
    /// identities only pushes out those with less against them than his own.
    var maximumRetainedPeers = 4096
    /// Topics that are scored in all; others are not scored. Ours, not what peers name.
    var maximumTopics = 1024
    /// IP addresses of one peer that count.
    var maximumAddressesPerPeer = 8
    /// Messages whose delivery is remembered; beyond, the oldest are forgotten early. Valid ones are
    /// kept for their window only, so that this is filled by messages that are being validated, or
    /// were invalid, at more than 130 a second for two minutes.
    var maximumDeliveryRecords = 16_384
    /// Peers remembered for having sent one message early; more than any mesh has.
    var maximumPeersPerDelivery = 128
    /// Promises of messages that are being waited for: at one for each IWANT, ten IWANTs in each of
    /// three heartbeats, of 136 peers.
    var maximumPromises = 4096
    /// The same of one peer.
    var maximumPromisesPerPeer = 64

    init() {}
}
