import PeerKit

/// The coordinator's part of a round.
extension RoundMachine {
    /// When ``tick(at:)`` is to be called next; `nil` when nothing waits for time.
    public var nextDeadline: Instant? {
        guard !isDecided, decision == nil else { return nil }
        var deadlines = [takeoverTime]
        if case .collecting = leadership {
            deadlines.append(majorityAt?.advanced(by: timeouts.collect))
            for member in others where first[member] == nil {
                if let lost = lostAt[member] { deadlines.append(graceEnd(lost)) }
            }
        }
        // Deadlines that have passed without effect wait for other events.
        return deadlines.compactMap { $0 }.filter { $0 > seenAt }.min()
    }

    /// Leads on: proposes when enough has come, takes over when the coordinator is suspected.
    mutating func lead(at now: Instant) -> [Action] {
        guard decision == nil else { return [] }
        var actions: [Action] = []
        if let takeoverTime, now >= takeoverTime { actions += takeOver(at: now) }
        switch leadership {
        case .collecting(let ballot):
            guard let selection = readySelection(at: now) else { break }
            actions += propose(selection, in: ballot)
        case .fetching(let ballot, let selection):
            guard selection.entries.allSatisfy({ updates[$0.digest] != nil }) else { break }
            actions += propose(selection, in: ballot)
        case .none, .preparing, .proposing: break
        }
        return actions
    }

    // MARK: Collecting

    /// What to propose, once no member is worth waiting for any more.
    private func readySelection(at now: Instant) -> Selection? {
        guard first.count >= majority, let majorityAt else { return nil }
        let isPatient = now < majorityAt.advanced(by: timeouts.collect)
        for member in 0..<memberCount where first[member] == nil {
            guard let lost = lostAt[member] else {
                if isPatient { return nil }
                continue
            }
            if now < graceEnd(lost) { return nil }
        }
        return Selection(first.map { .init(member: $0.key, digest: $0.value) })
    }

    /// Until when a lost member is waited for. Not counted from the round's start: a member that is
    /// gone costs the others one grace period, not one in every round.
    private func graceEnd(_ lost: Instant) -> Instant { lost.advanced(by: timeouts.grace) }

    // MARK: Phase 1

    /// The next ballot that is this member's.
    private var nextOwnBallot: Int {
        var ballot = ballotSince.ballot + 1
        while coordinator(of: ballot) != me { ballot += 1 }
        return ballot
    }

    /// When this member begins a ballot of its own, if nothing happens: when the coordinators in
    /// between have each had their time. `nil` while it cannot reach a majority: a ballot would come
    /// to nothing.
    private var takeoverTime: Instant? {
        guard memberCount - others.count(where: { lostAt[$0] != nil }) >= majority else {
            return nil
        }
        var time = ballotSince.at
        for ballot in ballotSince.ballot..<nextOwnBallot {
            let leader = coordinator(of: ballot)
            if leader != me, let lost = lostAt[leader] {
                time = max(time, graceEnd(lost))
            } else {
                time = time.advanced(by: patience(in: ballot))
            }
        }
        return time
    }

    /// Doubled after each turn of all coordinators, up to eightfold: whatever the delays are, some
    /// ballot is long enough.
    private func patience(in ballot: Int) -> Duration {
        timeouts.suspicion * (1 << min(ballot / memberCount, 3))
    }

    private mutating func takeOver(at now: Instant) -> [Action] {
        let ballot = nextOwnBallot
        ballotSince = (ballot, now)
        pending = nil
        state.promised = ballot
        leadership = .preparing(ballot: ballot, promises: [me: state.accepted])
        var actions: [Action] = [.persist(state)]
        actions += others.map { .send(.prepare(round: round, ballot: ballot), to: $0) }
        return actions + choose()
    }

    mutating func promised(
        _ ballot: Int, _ accepted: AcceptedSelection?, by sender: Int, at now: Instant
    ) -> [Action] {
        guard case .preparing(let own, var promises) = leadership, own == ballot else { return [] }
        promises[sender] = accepted
        leadership = .preparing(ballot: ballot, promises: promises)
        return choose() + proceed(at: now)
    }

    /// With promises of a majority: what was accepted in the highest ballot, else a free choice.
    private mutating func choose() -> [Action] {
        guard case .preparing(let ballot, let promises) = leadership, promises.count >= majority
        else { return [] }
        let latest = promises.values.compactMap { $0 }.max { $0.ballot < $1.ballot }
        guard let latest else {
            leadership = .collecting(ballot: ballot)
            return []
        }
        leadership = .fetching(ballot: ballot, latest.selection)
        let missing = latest.selection.entries.map(\.digest).filter { updates[$0] == nil }
        guard !missing.isEmpty else { return [] }
        // Those that accepted it hold all of it.
        return promises.keys.filter { promises[$0]??.ballot == latest.ballot && $0 != me }.sorted()
            .map { .send(.need(round: round, missing), to: $0) }
    }

    // MARK: Phase 2

    private mutating func propose(_ selection: Selection, in ballot: Int) -> [Action] {
        guard ballot >= state.promised else {
            leadership = .none
            return []
        }
        leadership = .proposing(ballot: ballot, selection, accepted: [me])
        state.promised = ballot
        state.accepted = AcceptedSelection(ballot: ballot, selection: selection)
        state.updates = selection.entries.compactMap { updates[$0.digest] }
        var actions: [Action] = [.persist(state)]
        actions += others.map {
            .send(.propose(round: round, ballot: ballot, selection), to: $0)
        }
        return actions + finish()
    }

    mutating func accepted(_ ballot: Int, by sender: Int, at now: Instant) -> [Action] {
        guard case .proposing(let own, let selection, var accepted) = leadership, own == ballot
        else { return [] }
        accepted.insert(sender)
        leadership = .proposing(ballot: ballot, selection, accepted: accepted)
        return finish() + proceed(at: now)
    }

    /// With a majority's acceptance the selection is decided.
    private mutating func finish() -> [Action] {
        guard case .proposing(_, let selection, let accepted) = leadership,
            accepted.count >= majority, decision == nil
        else { return [] }
        decision = (me, selection)
        return others.map { .send(.decided(round: round, selection), to: $0) }
    }

    mutating func refused(_ ballot: Int, _ promised: Int, at now: Instant) -> [Action] {
        guard let own = leadingBallot, own == ballot, promised > ballot else { return [] }
        leadership = .none
        if promised > ballotSince.ballot { ballotSince = (promised, now) }
        return []
    }

    /// Another coordinator's later ballot ends this member's.
    mutating func yieldLeadership(to ballot: Int) {
        if let own = leadingBallot, own < ballot { leadership = .none }
    }

    private var leadingBallot: Int? {
        switch leadership {
        case .none: nil
        case .collecting(let ballot), .preparing(let ballot, _), .fetching(let ballot, _),
            .proposing(let ballot, _, _):
            ballot
        }
    }
}
