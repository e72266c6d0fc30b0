import PeerKit

/// What a testnet's peer was last seen to be.
struct PeerReport: Equatable, Sendable {
    var phase: String
    var roundsCompleted: Int
    var modelHash: String
    var testAccuracy: Double?
    var trainLoss: Double?
    var reachablePeers: Int
    var bytesSent: UInt64
    var bytesReceived: UInt64
    /// The last rounds that it knows of, oldest first.
    var recent: [CompletedRound]
}

/// A round that is over.
struct CompletedRound: Equatable, Sendable {
    /// The round, from 1.
    var round: Int
    var modelHash: String
    var testAccuracy: Double?
    /// Peer IDs whose updates counted.
    var counted: [String]
}

/// How a testnet ended.
enum TestnetOutcome: Equatable, Sendable {
    /// Everybody who is there has finished or failed.
    case settled
    /// Nobody is left.
    case deserted
    /// Nothing has moved for so long.
    case stalled(Duration)
}

/// Follows the peers of a testnet and decides when it is over.
///
/// A peer that answers is *present*, whoever started its process. One whose process ended, or which
/// has not answered for a while, is *missing* until it answers again. The testnet is over when all
/// present peers are done; if anyone is missing then, it waits ``Limits/grace`` for them to come
/// back, and then for those who came back to catch up.
struct TestnetMachine: Sendable {
    /// How long to be patient.
    struct Limits: Sendable, Equatable {
        /// From the start to the first answer of a peer.
        var start = Duration.seconds(30)
        /// Without an answer, until a peer counts as missing.
        var silence = Duration.seconds(5)
        /// For missing peers, after all others are done.
        var grace = Duration.seconds(5)
        /// Without any progress of any peer.
        var stall = Duration.seconds(120)
    }

    /// What was found out about a peer.
    enum Observation: Equatable, Sendable {
        /// It answered.
        case answered(PeerReport)
        /// It did not answer.
        case silent
        /// Its process ended; says how.
        case ended(String)
    }

    /// What is worth telling.
    enum Notice: Equatable, Sendable {
        case appeared(Int)
        case lost(Int, reason: String)
        case returned(Int)
        case round(CompletedRound)
        case finished(Int, PeerReport)
    }

    /// Whether a peer is there.
    enum Presence: Equatable, Sendable {
        case starting(since: Instant)
        case present(lastAnswer: Instant)
        case missing(reason: String)
    }

    /// One peer.
    struct Peer: Sendable, Equatable {
        var presence: Presence
        var report: PeerReport?

        var isMissing: Bool {
            if case .missing = presence { true } else { false }
        }
        var isPresent: Bool {
            if case .present = presence { true } else { false }
        }
        var isDone: Bool { report.map { FederationPhase.isEnd($0.phase) } ?? false }
        var hasFinished: Bool { report?.phase == FederationPhase.finished }
    }

    /// The peers, in their order.
    private(set) var peers: [Peer]
    /// The last round that was told.
    private(set) var round = 0
    private let limits: Limits
    private var lastProgress: Instant

    init(peerCount: Int, limits: Limits = Limits(), now: Instant) {
        peers = Array(
            repeating: Peer(presence: .starting(since: now), report: nil), count: peerCount)
        self.limits = limits
        lastProgress = now
    }

    /// Takes what was found out about one peer.
    mutating func observe(_ index: Int, _ observation: Observation, at now: Instant) -> [Notice] {
        switch observation {
        case .answered(let report): answered(index, report, now)
        case .silent: silent(index, now)
        case .ended(let reason): lose(index, reason, now)
        }
    }

    private mutating func answered(
        _ index: Int, _ report: PeerReport, _ now: Instant
    ) -> [Notice] {
        var notices: [Notice] = []
        let before = peers[index]
        switch before.presence {
        case .starting: notices.append(.appeared(index))
        case .missing: notices.append(.returned(index))
        case .present: break
        }
        peers[index] = Peer(presence: .present(lastAnswer: now), report: report)
        let isProgress =
            !notices.isEmpty || report.roundsCompleted != before.report?.roundsCompleted
            || report.phase != before.report?.phase
        if isProgress { lastProgress = now }
        // Rounds that ended between two looks are told too. A peer counts a round before it has
        // its figures, so its record decides, not its count.
        for completed in report.recent where completed.round > round {
            notices.append(.round(completed))
            round = completed.round
        }
        if peers[index].hasFinished, !before.hasFinished || !before.isPresent {
            notices.append(.finished(index, report))
        }
        return notices
    }

    private mutating func silent(_ index: Int, _ now: Instant) -> [Notice] {
        switch peers[index].presence {
        case .starting(let since) where since.duration(to: now) >= limits.start:
            lose(index, "has not started within \(limits.start)", now)
        case .present(let last) where last.duration(to: now) >= limits.silence:
            lose(index, "does not answer", now)
        default: []
        }
    }

    private mutating func lose(_ index: Int, _ reason: String, _ now: Instant) -> [Notice] {
        guard !peers[index].isMissing else { return [] }
        peers[index].presence = .missing(reason: reason)
        lastProgress = now
        return [.lost(index, reason: reason)]
    }

    /// Whether the testnet is over, and how.
    func outcome(at now: Instant) -> TestnetOutcome? {
        let quiet = lastProgress.duration(to: now)
        let there = peers.filter { !$0.isMissing }
        if there.isEmpty { return quiet >= limits.grace ? .deserted : nil }
        if there.allSatisfy({ $0.isPresent && $0.isDone }) {
            return there.count == peers.count || quiet >= limits.grace ? .settled : nil
        }
        return quiet >= limits.stall ? .stalled(limits.stall) : nil
    }
}
