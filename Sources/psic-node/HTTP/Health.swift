import PeerKit
import Synchronization

/// How a node is, check by check.
struct HealthReport: Codable, Equatable, Sendable {
    struct Check: Codable, Equatable, Sendable {
        var name: String
        var isPassed: Bool
        /// What was found.
        var reason: String
    }

    /// "ok" or "failing".
    var status: String
    var checks: [Check]

    init(_ checks: [Check]) {
        self.checks = checks
        status = checks.allSatisfy(\.isPassed) ? "ok" : "failing"
    }

    /// 200, or 503 when a check has failed.
    var answer: HTTPAnswer {
        .json(self, status: status == "ok" ? 200 : 503)
    }
}

/// Feels a node's pulse: asks it again and again, and remembers when it last answered what.
///
/// Whoever asks about its health is answered from memory, so that a node that hangs is told as such
/// rather than waited for.
final class HealthPulse: Sendable {
    /// Between two questions.
    static let interval = Duration.seconds(1)
    /// Without an answer for so long the node counts as hung: every wait of its own is bounded, and
    /// what computes for longer does so elsewhere.
    static let patience = Duration.seconds(10)

    /// What the node answered last.
    struct Beat: Equatable, Sendable {
        var time: Instant
        var connectedPeers = 0
        var listenAddresses = 0
    }

    private let last: Mutex<Beat>
    /// Connected peers without which the node is of no use to anybody.
    private let minimumPeers: Int
    /// Addresses that it is to listen on.
    private let wantedAddresses: Int

    init(minimumPeers: Int, wantedAddresses: Int, now: Instant) {
        self.minimumPeers = minimumPeers
        self.wantedAddresses = wantedAddresses
        last = Mutex(Beat(time: now))
    }

    /// Asks until it is cancelled.
    func run(on node: PeerNode) async {
        while !Task.isCancelled {
            let peers = await node.connectedPeers.count
            let addresses = await node.listenAddresses.count
            beat(
                Beat(
                    time: node.runtime.clock.now, connectedPeers: peers,
                    listenAddresses: addresses))
            do { try await node.runtime.sleep(for: Self.interval) } catch { return }
        }
    }

    /// The node has answered.
    func beat(_ beat: Beat) { last.withLock { $0 = beat } }

    /// Whether the process works at all. If not, only a new start helps.
    func liveness(at now: Instant) -> HealthReport {
        HealthReport([answering(last.withLock { $0 }, now)])
    }

    /// Whether the node can be used: it answers, listens, and is connected.
    func readiness(at now: Instant) -> HealthReport {
        let beat = last.withLock { $0 }
        return HealthReport([
            answering(beat, now),
            .init(
                name: "listening", isPassed: beat.listenAddresses >= min(1, wantedAddresses),
                reason: "addresses listened on: \(beat.listenAddresses)"),
            .init(
                name: "peers", isPassed: beat.connectedPeers >= minimumPeers,
                reason: "connected peers: \(beat.connectedPeers), needed: \(minimumPeers) "
                    + "(ready-peers)"),
        ])
    }

    private func answering(_ beat: Beat, _ now: Instant) -> HealthReport.Check {
        let age = beat.time.duration(to: now)
        return .init(
            name: "node", isPassed: age <= Self.patience,
            reason: "last answer \(Figures.fixed(max(0, age.seconds), digits: 1)) s ago")
    }
}
