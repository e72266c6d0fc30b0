/// When a node believes what others say of its address (identify, `observedAddr`).
public struct ObservationRules: Sendable, Hashable {
    /// Peers from different networks (/24 of IPv4, /48 of IPv6) that must say the same. One liar,
    /// or one network full of them, is not enough.
    public var minimumObservers = 4
    /// How long a statement counts; go-libp2p counts 40 minutes.
    public var window = Duration.seconds(2400)
    /// Addresses that statements are kept of.
    public var maximumCandidates = 64
    /// Observers kept of one address: far above any sensible ``minimumObservers``.
    public var maximumObservers = 32
    /// Addresses that are believed, the best attested first.
    public var maximumBelieved = 8

    /// The defaults.
    public init() {}
}
