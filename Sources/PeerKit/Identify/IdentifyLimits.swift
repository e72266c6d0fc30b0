/// Bounds on what a peer may say of itself.
enum IdentifyLimits {
    /// All parts together. go-libp2p sends parts of at most 8 KiB and merges at most ten.
    static let maximumBytes = 10 * 8 * 1024
    /// Parts of one message.
    static let maximumParts = 10
    /// Protocols that are kept; go-libp2p nodes serve a few dozen.
    static let maximumProtocols = 512
    /// Addresses that are kept.
    static let maximumAddresses = 64
    /// Characters of the version texts.
    static let maximumVersionLength = 256
    /// Time for the whole exchange.
    static let timeout = Duration.seconds(10)
    /// Peers that are told of a change at the same time.
    static let maximumPushes = 32
    /// How long a change may wait for others: protocols are usually registered several at once.
    static let pushDelay = Duration.milliseconds(100)
}
