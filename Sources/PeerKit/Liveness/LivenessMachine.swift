/// Who of the connected peers is alive: suspicion in the manner of SWIM.
///
/// Source: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group
/// Membership Protocol" (2002), §3.1 (probes through others) and §4.2 (suspicion).
///
/// A peer that was silent for some time is probed. If it does not answer, others that are connected
/// with it are asked to probe it. If it answers nobody it is a *suspect*, probed again and again,
/// and *dead* when the suspicion has lasted long enough. Any sign of life refutes it.
///
/// Deviations: members are the peers this node is connected with, and nothing about them is spread;
/// the silent are probed, not a random one in each period; a suspect refutes by answering, not by
/// raising an incarnation number, as nobody else is told of the suspicion.
struct LivenessMachine: Sendable {
    /// What the shell must do.
    enum Action: Sendable, Hashable {
        /// Ping the peer; report ``probeSucceeded(_:at:)`` or ``probeFailed(_:candidates:at:using:)``.
        case probe(PeerID)
        /// Ask these to ping the peer; report ``othersAnswered(_:reached:at:)`` once.
        case ask([PeerID], about: PeerID)
        /// Close the connections with the peer: it is dead, or they are.
        case drop(PeerID)
    }

    /// What is thought of a peer.
    enum State: Sendable, Hashable {
        case alive
        case probing
        case probingThroughOthers
        /// Until when it may refute.
        case suspect(until: Instant, isProbing: Bool)
    }

    private struct Member: Sendable {
        var state = State.alive
        /// The last sign of life, its own or vouched for.
        var heard: Instant
        var bytes: UInt64
        /// Times in a row that only others have heard it.
        var vouches = 0
    }

    private let limits: LivenessLimits
    private var members: [PeerID: Member] = [:]

    /// Suspicions that were raised, refuted, and confirmed.
    private(set) var statistics = LivenessStatistics()

    init(limits: LivenessLimits) { self.limits = limits }

    /// What is thought of a peer; `nil` for one that is not connected.
    func state(of peer: PeerID) -> State? { members[peer]?.state }

    /// Peers that are watched.
    var count: Int { members.count }

    // MARK: Looking

    /// Looks at everybody who is connected.
    ///
    /// - Parameter connected: With the bytes received of each so far; in the order of their IDs.
    mutating func look(
        _ connected: [(peer: PeerID, received: UInt64)], at now: Instant
    ) -> [Action] {
        var gone = Set(members.keys)
        for (peer, received) in connected {
            gone.remove(peer)
            note(peer, received, at: now)
        }
        for peer in gone { members[peer] = nil }
        var actions: [Action] = []
        var running = members.values.count { $0.state.isProbing }
        // The one silent longest first.
        let silent = connected.map(\.peer).sorted { a, b in
            (members[a]?.heard ?? now, a) < (members[b]?.heard ?? now, b)
        }
        for peer in silent {
            guard let member = members[peer] else { continue }
            switch member.state {
            case .alive:
                guard member.heard.duration(to: now) >= limits.quietTime,
                    running < limits.maximumProbes
                else { continue }
                members[peer]?.state = .probing
                running += 1
                actions.append(.probe(peer))
            case .suspect(let end, let isProbing):
                if end <= now {
                    statistics.confirmed += 1
                    members[peer] = nil
                    actions.append(.drop(peer))
                } else if !isProbing, running < limits.maximumProbes {
                    members[peer]?.state = .suspect(until: end, isProbing: true)
                    running += 1
                    actions.append(.probe(peer))
                }
            case .probing, .probingThroughOthers:
                continue
            }
        }
        return actions
    }

    private mutating func note(_ peer: PeerID, _ received: UInt64, at now: Instant) {
        guard let member = members[peer] else {
            members[peer] = Member(heard: now, bytes: received)
            return
        }
        guard received != member.bytes else { return }
        members[peer]?.bytes = received
        hear(peer, at: now)
    }

    /// A sign of life of the peer's own. A probe under way goes on, and its failure counts nothing.
    private mutating func hear(_ peer: PeerID, at now: Instant) {
        guard let member = members[peer] else { return }
        if case .suspect = member.state { statistics.refuted += 1 }
        members[peer]?.state = .alive
        members[peer]?.heard = now
        members[peer]?.vouches = 0
    }

    // MARK: Probes

    /// The peer has answered.
    mutating func probeSucceeded(_ peer: PeerID, at now: Instant) { hear(peer, at: now) }

    /// The peer has not answered.
    ///
    /// - Parameter candidates: Connected peers that probe for others, in the order of their IDs.
    mutating func probeFailed(
        _ peer: PeerID, candidates: [PeerID], at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch members[peer]?.state {
        case .probing:
            let trusted = candidates.filter { $0 != peer && members[$0]?.state == .alive }
            let helpers = trusted.shuffled(using: &generator).prefix(limits.helpers)
            guard !helpers.isEmpty else {
                suspect(peer, at: now)
                return []
            }
            members[peer]?.state = .probingThroughOthers
            return [.ask(Array(helpers), about: peer)]
        case .suspect(let end, _):
            members[peer]?.state = .suspect(until: end, isProbing: false)
            return []
        case .alive, .probingThroughOthers, nil:
            // Heard of meanwhile, or gone.
            return []
        }
    }

    /// Those who were asked have answered, or will not.
    ///
    /// - Parameter reached: Whether one of them has reached the peer.
    mutating func othersAnswered(
        _ peer: PeerID, reached: Bool, at now: Instant
    ) -> [Action] {
        guard let member = members[peer], member.state == .probingThroughOthers else { return [] }
        guard reached else {
            suspect(peer, at: now)
            return []
        }
        guard member.vouches < limits.maximumVouches else {
            // Alive, and our connection with it is not.
            statistics.brokenPaths += 1
            members[peer] = nil
            return [.drop(peer)]
        }
        members[peer]?.state = .alive
        members[peer]?.heard = now
        members[peer]?.vouches += 1
        return []
    }

    private mutating func suspect(_ peer: PeerID, at now: Instant) {
        statistics.suspected += 1
        let digits = Int.bitWidth - max(1, members.count).leadingZeroBitCount
        let time = min(limits.suspicionUnit * digits, limits.maximumSuspicion)
        members[peer]?.state = .suspect(until: now.advanced(by: time), isProbing: false)
    }
}

extension LivenessMachine.State {
    fileprivate var isProbing: Bool {
        switch self {
        case .alive: false
        case .probing, .probingThroughOthers: true
        case .suspect(_, let isProbing): isProbing
        }
    }
}

/// What has come of suspicions.
public struct LivenessStatistics: Sendable, Hashable, Codable {
    /// Peers that answered nobody.
    public var suspected = 0
    /// Of these, how many gave a sign of life.
    public var refuted = 0
    /// Of these, how many were declared dead.
    public var confirmed = 0
    /// Peers that others reached and this node did not.
    public var brokenPaths = 0
}
