/// Every bound of joining, with its reason.
public struct JoiningLimits: Sendable, Hashable {
    /// Peers that wait to be dialled. At the limit those go whose dials failed most.
    public var maximumCandidates = 512
    /// Addresses of one of them; more are hardly ever dialled.
    public var maximumAddressesPerCandidate = 16
    /// Configured addresses, each of which is dialled for as long as the node runs.
    public var maximumConfigured = 64
    /// Sources; each has a line in every report.
    public var maximumSources = 32
    /// Dials that run at once on behalf of joining: an eighth of what the host allows.
    public var maximumDials = 8
    /// Failed dials after which a candidate is given up until a source names it again.
    public var maximumFailures = 3
    /// Peers asked for at once.
    public var peersPerQuestion = 16
    /// The shortest pause between two questions to one source.
    public var shortestPause = Duration.seconds(2)
    /// The longest pause, while the node lacks connections.
    public var longestPause = Duration.seconds(60)
    /// The pause between two questions when the node has what it wants.
    public var idlePause = Duration.seconds(300)
    /// Pause between two dials of peers never met, when the node has what it wants: thus two
    /// networks that hear of each other in any way grow together.
    public var explorationPause = Duration.seconds(10)
    /// The longest pause between two dials of a configured address.
    public var longestConfiguredPause = Duration.seconds(60)

    /// The defaults.
    public init() {}
}
