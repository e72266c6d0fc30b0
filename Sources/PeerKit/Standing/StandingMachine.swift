import Collections

/// A node's book of its peers' faults: what they cost, and who may do what because of them.
///
/// ``StandingPolicy`` has the arithmetic. The book is bounded: when it is full, the sixteenth part of
/// it is forgotten, of the peers that are not banned those with the best scores, and of these the
/// ones heard of longest ago. A peer that was forgotten stands as a stranger does, which is what a
/// new identity costs too: standing can keep out whoever values its identity, and no one else.
///
/// Times inside are instants; what leaves the machine, to disk or to people, is counted from
/// 1970, by a correspondence fixed when the machine was made.
struct StandingMachine: Sendable {
    /// What the shell must do.
    enum Action: Sendable, Hashable {
        /// Close the connections with a peer.
        case disconnect(PeerID)
        /// Close the connections with every peer in a range.
        case disconnectRange(IPSubnet)
        /// A peer may do more or less than before.
        case changed(PeerID, PeerStanding.State)
    }

    /// What is held against a peer.
    struct Entry: Sendable, Hashable {
        /// As of `updated`.
        var score = 0.0
        var updated: Instant
        var suspensions = 0
        /// The beginning of the latest suspension.
        var suspended: Instant?
        var suspendedUntil: Instant?
        var isBanned = false
        var faults = Deque<PeerStanding.RecordedFault>()
    }

    /// A ban made by hand.
    struct BanEntry: Sendable, Hashable {
        var reason: String
        /// Milliseconds since 1970, as it may lie before the clock of instants began.
        var since: UInt64
        var until: Instant?
    }

    let policy: StandingPolicy
    let limits: StandingLimits
    private let origin: Instant
    private let originUnix: UInt64

    var entries: [PeerID: Entry] = [:]
    var bans: [BanSubject: BanEntry] = [:]
    /// How many bans there are of ranges of each length, so that a look-up tries no others.
    var rangeLengths: [Int: Int] = [:]
    /// What has changed since it was last written.
    var unwrittenPeers: Set<PeerID> = []
    var unwrittenBans: Set<BanSubject> = []

    /// - Parameter unixMilliseconds: The wall clock at `now`.
    init(policy: StandingPolicy, limits: StandingLimits, now: Instant, unixMilliseconds: UInt64) {
        self.policy = policy
        self.limits = limits
        origin = now
        originUnix = unixMilliseconds
    }

    /// Peers with something against them.
    var count: Int { entries.count }

    // MARK: Faults

    /// A peer has done something that counts against it.
    mutating func report(_ fault: PeerFault, by peer: PeerID, at now: Instant) -> [Action] {
        let before = state(of: peer, at: now)
        if entries[peer] == nil { makeRoom(at: now) }
        var entry = entries.removeValue(forKey: peer) ?? Entry(updated: now)
        entry.score = score(entry, at: now)
        entry.updated = now
        let points = weigh(fault.kind, entry, at: now)
        entry.score -= points
        record(fault, points, in: &entry, at: now)
        judge(&entry, at: now)
        entries[peer] = entry
        unwrittenPeers.insert(peer)
        let after = state(of: peer, at: now)
        guard after != before else { return [] }
        let isRefused = after == .suspended || after == .banned
        return [.changed(peer, after)] + (isRefused ? [.disconnect(peer)] : [])
    }

    /// What a fault costs in this moment.
    private func weigh(_ kind: PeerFault.Kind, _ entry: Entry, at now: Instant) -> Double {
        if entry.isBanned { return 0 }
        if let begin = entry.suspended, begin.duration(to: now) < policy.settlingTime { return 0 }
        let points = policy.points(for: kind)
        guard kind == .unresponsive else { return points }
        let floor = (policy.throttlePoints + policy.suspensionPoints) / 2
        return min(points, max(0, floor + entry.score))
    }

    private func record(
        _ fault: PeerFault, _ points: Double, in entry: inout Entry, at now: Instant
    ) {
        let time = unixMilliseconds(now)
        if let last = entry.faults.indices.last, entry.faults[last].fault.kind == fault.kind,
            entry.faults[last].fault.protocolID == fault.protocolID
        {
            entry.faults[last].fault = fault
            entry.faults[last].count += 1
            entry.faults[last].time = time
            entry.faults[last].points += points
            return
        }
        entry.faults.append(.init(fault: fault, count: 1, time: time, points: points))
        if entry.faults.count > StandingLimits.maximumFaultsPerPeer { entry.faults.removeFirst() }
    }

    /// Suspends or bans by the score.
    private func judge(_ entry: inout Entry, at now: Instant) {
        guard !entry.isBanned else { return }
        if entry.score <= -policy.banPoints {
            entry.isBanned = true
            return
        }
        guard entry.score <= -policy.suspensionPoints, !isSuspended(entry, at: now) else { return }
        entry.suspensions = suspensions(entry, at: now) + 1
        entry.suspended = now
        guard entry.suspensions <= policy.suspensionsBeforeBan else {
            entry.isBanned = true
            return
        }
        let length = policy.firstSuspension * (1 << min(entry.suspensions - 1, 20))
        entry.suspendedUntil = now.advanced(by: min(length, policy.maximumSuspension))
    }

    /// Suspensions that good behaviour has not made up for.
    func suspensions(_ entry: Entry, at now: Instant) -> Int {
        guard let latest = entry.suspended, policy.suspensionMemory > .zero else {
            return entry.suspensions
        }
        let forgotten = latest.duration(to: now).seconds / policy.suspensionMemory.seconds
        return max(0, entry.suspensions - Int(min(forgotten, Double(entry.suspensions))))
    }

    /// Forgets the best when the book is full.
    mutating func makeRoom(at now: Instant) {
        guard entries.count >= limits.maximumPeers else { return }
        let ranked = entries.map { peer, entry in
            (isBanned: entry.isBanned, loss: -score(entry, at: now), entry.updated, peer)
        }.sorted { a, b in
            if a.isBanned != b.isBanned { return b.isBanned }
            return (a.loss, a.2, a.3) < (b.loss, b.2, b.3)
        }
        for (_, _, _, peer) in ranked.prefix(max(1, limits.maximumPeers / 16)) {
            entries[peer] = nil
            unwrittenPeers.insert(peer)
        }
    }

    // MARK: Standing

    /// The points of a peer, 0 or less.
    func score(of peer: PeerID, at now: Instant) -> Double {
        entries[peer].map { score($0, at: now) } ?? 0
    }

    func score(_ entry: Entry, at now: Instant) -> Double {
        let score =
            entry.score
            * Decay.factor(after: entry.updated.duration(to: now), halfLife: policy.halfLife)
        return score > -0.01 ? 0 : score
    }

    func isSuspended(_ entry: Entry, at now: Instant) -> Bool {
        entry.suspendedUntil.map { $0 > now } ?? false
    }

    /// What a peer may do.
    func state(of peer: PeerID, at now: Instant) -> PeerStanding.State {
        if ban(on: .peer(peer), at: now) != nil { return .banned }
        guard let entry = entries[peer] else { return .good }
        if entry.isBanned { return .banned }
        if isSuspended(entry, at: now) { return .suspended }
        return score(entry, at: now) <= -policy.throttlePoints ? .throttled : .good
    }

    /// Why nothing is to be had of this node for a peer; `nil` if it is welcome.
    func refusal(of peer: PeerID, at now: Instant) -> ConnectionRefusal? {
        if let ban = ban(on: .peer(peer), at: now) {
            return .banned(.peer(peer), because: ban.reason)
        }
        guard let entry = entries[peer] else { return nil }
        if entry.isBanned {
            let latest = entry.faults.last.map { "\($0.fault.protocolID): \($0.fault.detail)" }
            return .banned(.peer(peer), because: latest ?? "its faults")
        }
        guard let end = entry.suspendedUntil, end > now else { return nil }
        return .suspended(peer, for: now.duration(to: end))
    }

    /// Why nothing is to be had of this node from an address; `nil` if it is welcome.
    func refusal(of address: IPAddress, at now: Instant) -> ConnectionRefusal? {
        guard !rangeLengths.isEmpty else { return nil }
        for length in rangeLengths.keys.sorted(by: >) {
            let subject = BanSubject.subnet(IPSubnet(address, length: length)).normalised
            if let ban = ban(on: subject, at: now) { return .banned(subject, because: ban.reason) }
        }
        return nil
    }

    func ban(on subject: BanSubject, at now: Instant) -> BanEntry? {
        guard let ban = bans[subject] else { return nil }
        if let end = ban.until, end <= now { return nil }
        return ban
    }

    /// How one peer stands.
    func standing(of peer: PeerID, at now: Instant) -> PeerStanding {
        let entry = entries[peer]
        let state = state(of: peer, at: now)
        let ban = ban(on: .peer(peer), at: now)
        let until: Instant? =
            switch state {
            case .suspended: entry?.suspendedUntil
            case .banned: entry?.isBanned == true ? nil : ban?.until
            case .good, .throttled: nil
            }
        return PeerStanding(
            peer: peer, score: score(of: peer, at: now), state: state,
            until: until.map { unixMilliseconds($0) },
            suspensions: entry.map { suspensions($0, at: now) } ?? 0,
            ban: ban.map { view($0, of: .peer(peer)) }, faults: entry.map { Array($0.faults) } ?? []
        )
    }

    /// How every peer with something against it stands, worst first, then by ID.
    func standings(at now: Instant) -> [PeerStanding] {
        var peers = Set(entries.keys)
        for case .peer(let peer) in bans.keys { peers.insert(peer) }
        return peers.map { standing(of: $0, at: now) }
            .filter { $0.state != .good || $0.score < 0 || $0.suspensions > 0 }
            .sorted { ($0.score, $0.peer) < ($1.score, $1.peer) }
    }

    /// How a peer stands, and how long until it is no longer throttled if it behaves.
    func explain(_ peer: PeerID, at now: Instant) -> StandingExplanation {
        let standing = standing(of: peer, at: now)
        var recovery: Duration?
        if standing.state != .banned || standing.until != nil {
            var time = Duration.zero
            if let until = standing.until {
                time = .milliseconds(
                    Int64(clamping: until.subtractingClamped(unixMilliseconds(now))))
            }
            // Half-lives until the score is above the threshold: whole steps are exact enough.
            let step = policy.halfLife * 0.125
            var left = -standing.score * Decay.factor(after: time, halfLife: policy.halfLife)
            var steps = 0
            while left >= policy.throttlePoints, steps < 8 * 64 {
                left *= Decay.factor(after: step, halfLife: policy.halfLife)
                steps += 1
            }
            recovery = time + step * steps
        }
        return StandingExplanation(standing: standing, policy: policy, recovery: recovery)
    }

    // MARK: Bans and pardons

    /// Bans by hand, anew if the subject is banned already.
    ///
    /// - Throws: ``LimitRefusal`` when there are as many as may be.
    mutating func ban(
        _ subject: BanSubject, for length: Duration?, because reason: String, at now: Instant
    ) throws(LimitRefusal) -> [Action] {
        let subject = subject.normalised
        dropEndedBans(at: now)
        guard bans[subject] != nil || bans.count < limits.maximumBans else {
            throw LimitRefusal(
                limit: "maximumBans", value: limits.maximumBans,
                setting: "standingLimits.maximumBans")
        }
        if bans[subject] == nil, let range = subject.range {
            rangeLengths[range.length, default: 0] += 1
        }
        bans[subject] = BanEntry(
            reason: reason.printable(limit: StandingLimits.maximumDetailLength),
            since: unixMilliseconds(now), until: length.map { now.advanced(by: $0) })
        unwrittenBans.insert(subject)
        if let range = subject.range { return [.disconnectRange(range)] }
        guard case .peer(let peer) = subject else { return [] }
        return [.changed(peer, .banned), .disconnect(peer)]
    }

    /// Forgets a ban, and everything that is held against a peer.
    mutating func pardon(_ subject: BanSubject, at now: Instant) -> [Action] {
        let subject = subject.normalised
        removeBan(subject)
        guard case .peer(let peer) = subject, entries.removeValue(forKey: peer) != nil else {
            return []
        }
        unwrittenPeers.insert(peer)
        return [.changed(peer, .good)]
    }

    /// The bans made by hand that have not ended, by the texts of their subjects.
    func banList(at now: Instant) -> [Ban] {
        bans.filter { $0.value.until.map { $0 > now } ?? true }
            .map { view($0.value, of: $0.key) }
            .sorted { $0.subject.description < $1.subject.description }
    }

    private func view(_ ban: BanEntry, of subject: BanSubject) -> Ban {
        Ban(
            subject: subject, reason: ban.reason, since: ban.since,
            until: ban.until.map { unixMilliseconds($0) })
    }

    private mutating func dropEndedBans(at now: Instant) {
        guard bans.count >= limits.maximumBans else { return }
        for (subject, ban) in bans where ban.until.map({ $0 <= now }) ?? false {
            removeBan(subject)
        }
    }

    private mutating func removeBan(_ subject: BanSubject) {
        guard bans.removeValue(forKey: subject) != nil else { return }
        unwrittenBans.insert(subject)
        guard let length = subject.range?.length, let count = rangeLengths[length] else { return }
        rangeLengths[length] = count > 1 ? count - 1 : nil
    }

    // MARK: Time

    /// The wall clock at an instant, before or after the machine was made.
    func unixMilliseconds(_ instant: Instant) -> UInt64 {
        let milliseconds = origin.duration(to: instant).wholeNanoseconds / 1_000_000
        return milliseconds >= 0
            ? originUnix.addingClamped(UInt64(milliseconds))
            : originUnix.subtractingClamped(milliseconds.magnitude)
    }
}

extension UInt64 {
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    func subtractingClamped(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
