/// How soon a silent peer is doubted, and what the doubt may cost.
public struct LivenessLimits: Sendable, Hashable {
    /// Time between two looks at who is silent.
    public var interval = Duration.seconds(5)
    /// Silence after which a peer is probed. Any byte from a peer breaks it, so that busy peers cost
    /// nothing.
    public var quietTime = Duration.seconds(15)
    /// Time for the answer to a probe, and twice that for the answer of who probes for this node.
    public var probeTimeout = Duration.seconds(3)
    /// Peers that are asked to probe when a probe has failed (*k* in the paper).
    public var helpers = 3
    /// Direct probes under way at once.
    public var maximumProbes = 32
    /// A suspect is declared dead after this time, times the binary logarithm of the number of
    /// peers: the more there are, the longer a refutation may take.
    public var suspicionUnit = Duration.seconds(3)
    /// Longest suspicion.
    public var maximumSuspicion = Duration.seconds(60)
    /// How often in a row others may vouch for a peer that this node does not hear. Then the
    /// connection is at fault, and closed.
    public var maximumVouches = 3

    /// Longest request of ``Liveness/protocolID``: a peer ID.
    static let maximumRequestBytes = 64
    /// Length of its answer.
    static let answerBytes = 1
    /// Requests that may be answered at once; each is a ping to a third peer.
    static let maximumFavours = 16

    /// The defaults.
    public init() {}
}
