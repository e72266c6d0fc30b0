import PeerKit

/// One round as one member sees it: collecting updates and agreeing on which of them count.
///
/// The agreement is single-decree Paxos (Lamport 2001, "Paxos Made Simple") among the task's members:
///
/// - Ballot *b* of round *r* belongs to the coordinator `(r + b) mod n`. Ballot 0 needs no phase 1, as
///   nothing can have been accepted before it.
/// - A member accepts a proposal only when it holds every update in it, and has them on disk with
///   its acceptance. So what a majority has accepted can be summed whoever crashes.
/// - A later coordinator learns from a majority what may have been decided already and must propose
///   the latest of that; otherwise it is free to propose what it holds.
///
/// Safe whatever crashes, stalls or is delivered late; live while a majority can talk to each
/// other. It trusts members not to lie: Byzantine members are another machine's business.
///
/// Nothing is repeated on a timer: links are reliable while they stand, and when one is restored
/// ``restored(_:at:)`` says again what the member may have missed.
///
/// After a restart a coordinator goes on with the ballot it was in: a proposal is persisted before it
/// is sent, so what is not on disk was never proposed, and what is must be proposed unchanged.
public struct RoundMachine: Sendable {
    /// What the shell must do, in this order.
    public enum Action: Sendable, Equatable {
        /// Make the state durable before the actions behind it.
        case persist(RoundState)
        /// Send to a member, which is never this one.
        case send(RoundMessage, to: Int)
        /// The decision, with its updates in the order of the members.
        case decided(Selection, [RoundUpdate])
    }

    /// What this member does as coordinator.
    enum Leadership: Sendable {
        case none
        /// Waits for updates to propose, with a free choice among them.
        case collecting(ballot: Int)
        /// Phase 1.
        case preparing(ballot: Int, promises: [Int: AcceptedSelection?])
        /// Holds a selection from an earlier ballot but not all its updates.
        case fetching(ballot: Int, Selection)
        /// Phase 2.
        case proposing(ballot: Int, Selection, accepted: Set<Int>)
    }

    /// The round, from 0.
    public let round: Int
    let memberCount: Int
    let me: Int
    let timeouts: RoundTimeouts
    let startedAt: Instant

    var state: RoundState
    var updates: [ContentHash: RoundUpdate] = [:]
    /// The first update of each member.
    var first: [Int: ContentHash] = [:]
    var leadership = Leadership.none
    /// A proposal that waits for updates: who proposed it, in which ballot.
    var pending: (from: Int, ballot: Int, selection: Selection)?
    /// A decision that waits for updates.
    var decision: (from: Int, selection: Selection)?
    var isDecided = false
    /// When each member was lost sight of; absent: reachable.
    var lostAt: [Int: Instant]
    /// Up to when deadlines have been seen to.
    var seenAt: Instant
    /// The highest ballot seen, and since when.
    var ballotSince: (ballot: Int, at: Instant)

    /// Since when the updates of a majority are here.
    var majorityAt: Instant?

    /// Second updates of one member for one round: ignored.
    public internal(set) var equivocations = 0

    /// A round that begins, or goes on after a restart.
    ///
    /// - Parameters:
    ///   - restored: What this member had promised and accepted before a crash.
    ///   - lost: When the members that cannot be reached were lost sight of.
    public init(
        round: Int, memberCount: Int, me: Int, timeouts: RoundTimeouts,
        restored: RoundState? = nil, lost: [Int: Instant], at now: Instant
    ) {
        precondition((0..<memberCount).contains(me), "member \(me) of \(memberCount)")
        self.round = round
        self.memberCount = memberCount
        self.me = me
        self.timeouts = timeouts
        startedAt = now
        seenAt = now
        lostAt = lost
        let relevant = restored.flatMap { $0.round == round ? $0 : nil }
        state = relevant ?? RoundState(round: round)
        ballotSince = (state.promised, now)
        for update in state.updates { updates[update.digest] = update }
        for update in state.updates { first[update.member] = update.digest }
        if first.count >= majority { majorityAt = now }
        if coordinator(of: state.promised) == me { leadership = resumedLeadership }
    }

    /// What a coordinator was doing in the ballot it has promised, as far as its disk tells.
    private var resumedLeadership: Leadership {
        if let accepted = state.accepted, accepted.ballot == state.promised {
            return .proposing(ballot: accepted.ballot, accepted.selection, accepted: [me])
        }
        // In ballot 0 nothing can have been accepted before, in others that must be asked again.
        guard state.promised > 0 else { return .collecting(ballot: 0) }
        return .preparing(ballot: state.promised, promises: [me: state.accepted])
    }

    /// Members needed for a decision.
    public var majority: Int { memberCount / 2 + 1 }

    /// Members whose updates are here.
    public var contributors: [Int] { first.keys.sorted() }

    /// The coordinator of a ballot.
    public func coordinator(of ballot: Int) -> Int { (round + ballot) % memberCount }

    // MARK: Events

    /// This member has trained.
    public mutating func trained(_ update: RoundUpdate, at now: Instant) -> [Action] {
        guard update.round == round, update.member == me, first[me] == nil else { return [] }
        updates[update.digest] = update
        first[me] = update.digest
        var actions = others.map { Action.send(.update(update), to: $0) }
        actions += proceed(at: now)
        return actions
    }

    /// A member has said something of this round.
    public mutating func receive(
        _ message: RoundMessage, from sender: Int, at now: Instant
    ) -> [Action] {
        guard message.round == round, sender != me, (0..<memberCount).contains(sender) else {
            return []
        }
        switch message {
        case .update(let update): return receive(update, from: sender, at: now)
        case .need(_, let digests): return give(digests, to: sender)
        case .prepare(_, let ballot): return prepare(ballot, from: sender, at: now)
        case .promise(_, let ballot, let accepted):
            return promised(ballot, accepted, by: sender, at: now)
        case .propose(_, let ballot, let selection):
            return proposed(ballot, selection, from: sender, at: now)
        case .accepted(_, let ballot): return accepted(ballot, by: sender, at: now)
        case .refused(_, let ballot, let promised):
            return refused(ballot, promised, at: now)
        case .decided(_, let selection): return decided(selection, from: sender, at: now)
        case .hello, .catchUpRequest, .catchUp: return []
        }
    }

    /// A member can be reached (again): it is told what it may have missed.
    public mutating func restored(_ member: Int, at now: Instant) -> [Action] {
        guard member != me, (0..<memberCount).contains(member) else { return [] }
        lostAt[member] = nil
        return reminders(for: member) + proceed(at: now)
    }

    /// What a member that has lost messages, or comes to this round late, may lack.
    public func reminders(for member: Int) -> [Action] {
        var actions: [Action] = []
        if let own = first[me].flatMap({ updates[$0] }) {
            actions.append(.send(.update(own), to: member))
        }
        switch leadership {
        case .preparing(let ballot, _):
            actions.append(.send(.prepare(round: round, ballot: ballot), to: member))
        case .proposing(let ballot, let selection, _):
            actions.append(.send(.propose(round: round, ballot: ballot, selection), to: member))
        case .none, .collecting, .fetching: break
        }
        if state.promised > 0, coordinator(of: state.promised) == member {
            let promise = RoundMessage.promise(
                round: round, ballot: state.promised, accepted: state.accepted)
            actions.append(.send(promise, to: member))
        }
        if let accepted = state.accepted, coordinator(of: accepted.ballot) == member {
            actions.append(.send(.accepted(round: round, ballot: accepted.ballot), to: member))
        }
        if let decision {
            actions.append(.send(.decided(round: round, decision.selection), to: member))
        }
        let missing = missingDigests
        if !missing.isEmpty { actions.append(.send(.need(round: round, missing), to: member)) }
        return actions
    }

    /// A member cannot be reached any more.
    public mutating func lost(_ member: Int, at now: Instant) -> [Action] {
        if lostAt[member] == nil { lostAt[member] = now }
        // Whoever was asked for updates may have taken the answer with it.
        let missing = missingDigests
        guard !missing.isEmpty else { return proceed(at: now) }
        let asked = others.filter { lostAt[$0] == nil }
        return asked.map { .send(.need(round: round, missing), to: $0) } + proceed(at: now)
    }

    /// Time has passed.
    public mutating func tick(at now: Instant) -> [Action] { proceed(at: now) }

    // MARK: Updates

    private mutating func receive(
        _ update: RoundUpdate, from sender: Int, at now: Instant
    ) -> [Action] {
        guard (0..<memberCount).contains(update.member), updates[update.digest] == nil else {
            return []
        }
        let isWanted = missingDigests.contains(update.digest)
        if first[update.member] == nil, isWanted || sender == update.member {
            first[update.member] = update.digest
        } else if !isWanted {
            if sender == update.member { equivocations += 1 }
            return []
        }
        updates[update.digest] = update
        return proceed(at: now)
    }

    private func give(_ digests: [ContentHash], to sender: Int) -> [Action] {
        digests.compactMap { updates[$0] }.map { .send(.update($0), to: sender) }
    }

    /// Updates that a proposal, a decision or this member's own selection waits for.
    var missingDigests: [ContentHash] {
        var wanted: [ContentHash] = []
        if let decision { wanted += missing(of: decision.selection) }
        if let pending { wanted += missing(of: pending.selection) }
        if case .fetching(_, let selection) = leadership { wanted += missing(of: selection) }
        return wanted
    }

    private func missing(of selection: Selection) -> [ContentHash] {
        selection.entries.map(\.digest).filter { updates[$0] == nil }
    }

    private func held(_ selection: Selection) -> [RoundUpdate]? {
        let found = selection.entries.compactMap { updates[$0.digest] }
        return found.count == selection.entries.count ? found : nil
    }

    // MARK: Acceptor

    private mutating func prepare(_ ballot: Int, from sender: Int, at now: Instant) -> [Action] {
        guard coordinator(of: ballot) == sender else { return [] }
        if let answer = answerWithDecision(to: sender) { return answer }
        guard ballot > state.promised || (ballot == state.promised && ballot > 0) else {
            return [
                .send(
                    .refused(round: round, ballot: ballot, promised: state.promised), to: sender)
            ]
        }
        note(ballot, at: now)
        state.promised = ballot
        pending = nil
        yieldLeadership(to: ballot)
        return [
            .persist(state),
            .send(.promise(round: round, ballot: ballot, accepted: state.accepted), to: sender),
        ]
    }

    private mutating func proposed(
        _ ballot: Int, _ selection: Selection, from sender: Int, at now: Instant
    ) -> [Action] {
        guard coordinator(of: ballot) == sender, isPlausible(selection) else { return [] }
        if let answer = answerWithDecision(to: sender) { return answer }
        guard ballot >= max(state.promised, pending?.ballot ?? 0) else {
            return [
                .send(
                    .refused(
                        round: round, ballot: ballot,
                        promised: max(state.promised, pending?.ballot ?? 0)), to: sender)
            ]
        }
        note(ballot, at: now)
        yieldLeadership(to: ballot)
        pending = (sender, ballot, selection)
        let missing = missing(of: selection)
        if missing.isEmpty { return proceed(at: now) }
        return [.send(.need(round: round, missing), to: sender)]
    }

    /// A selection must name members of the task, a majority of them.
    private func isPlausible(_ selection: Selection) -> Bool {
        selection.entries.count >= majority
            && selection.members.allSatisfy { (0..<memberCount).contains($0) }
    }

    /// Accepts the pending proposal if all its updates are here.
    private mutating func acceptPending() -> [Action] {
        guard let pending, let held = held(pending.selection) else { return [] }
        self.pending = nil
        guard pending.ballot >= state.promised else { return [] }
        state.promised = pending.ballot
        state.accepted = AcceptedSelection(ballot: pending.ballot, selection: pending.selection)
        state.updates = held
        return [
            .persist(state),
            .send(.accepted(round: round, ballot: pending.ballot), to: pending.from),
        ]
    }

    /// A coordinator that asks once the round is decided needs the decision, not a vote.
    private func answerWithDecision(to sender: Int) -> [Action]? {
        decision.map { [.send(.decided(round: round, $0.selection), to: sender)] }
    }

    private mutating func note(_ ballot: Int, at now: Instant) {
        if ballot >= ballotSince.ballot { ballotSince = (ballot, now) }
    }

    // MARK: Learner

    private mutating func decided(
        _ selection: Selection, from sender: Int, at now: Instant
    ) -> [Action] {
        guard !isDecided, decision == nil, isPlausible(selection) else { return [] }
        decision = (sender, selection)
        let missing = missing(of: selection)
        if missing.isEmpty { return proceed(at: now) }
        // Whoever can be reached may hold them; the sender does.
        return [.send(.need(round: round, missing), to: sender)]
    }

    private mutating func conclude() -> [Action] {
        guard !isDecided, let decision, let held = held(decision.selection) else { return [] }
        isDecided = true
        return [.decided(decision.selection, held)]
    }

    // MARK: Together

    /// Does whatever has become possible.
    mutating func proceed(at now: Instant) -> [Action] {
        guard !isDecided else { return [] }
        seenAt = max(seenAt, now)
        if majorityAt == nil, first.count >= majority { majorityAt = now }
        var actions = conclude()
        guard !isDecided else { return actions }
        actions += acceptPending()
        actions += lead(at: now)
        actions += conclude()
        return actions
    }

    var others: [Int] { (0..<memberCount).filter { $0 != me } }
}
