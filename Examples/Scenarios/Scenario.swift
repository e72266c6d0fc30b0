import PeerKit

/// A network in virtual time with a question to it, and the figures that answer.
///
/// A scenario is played on a ``Stage``: it builds its peers there, lets them live, and hands over
/// figures, some of them with a target. Everything it does comes from the seed, so that the same
/// seed gives the same figures, in every process.
public protocol Scenario: Sendable {
    /// What `psic-node sim run` calls it: lower case, words joined by hyphens.
    static var name: String { get }
    /// One sentence on what it asks.
    static var summary: String { get }
    /// How many peers take part, attackers included, if nobody says otherwise.
    static func peers(at scale: ScenarioScale) -> Int
    /// The fewest peers with which the question makes sense.
    static var minimumPeers: Int { get }
    /// What the network between them is like.
    static var conditions: NetworkConditions { get }
    /// Plays it.
    static func play(on stage: Stage) async throws
}

extension Scenario {
    /// 20 or 1,000.
    public static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 1000) }
    /// Ten.
    public static var minimumPeers: Int { 10 }
    /// Homes across a continent, without loss: what is lost is each scenario's own affair.
    public static var conditions: NetworkConditions { .continent }
}

/// How large a scenario is played.
public enum ScenarioScale: String, Sendable, Hashable, Codable, CaseIterable {
    /// Seconds in a debug build: for tests.
    case small
    /// Minutes in a release build: for the figures.
    case full

    /// One of two values.
    public func pick<T>(small: T, full: T) -> T {
        switch self {
        case .small: small
        case .full: full
        }
    }
}

extension NetworkConditions {
    /// 40 ms one way at the median, with a long tail, 100 Mbit/s; nothing is lost.
    public static let continent: NetworkConditions = {
        var conditions = NetworkConditions(
            link: LinkConditions(
                latency: .logNormal(median: .milliseconds(40), sigma: 0.3),
                bandwidth: 12_500_000))
        conditions.fragmentation = 0.02
        return conditions
    }()
}
