import PeerKit

/// The rounds of one task as one member sees them: one ``RoundMachine`` after the other, the model
/// between them, and catching up when others are ahead.
public struct FederationMachine: Sendable {
    /// What the shell must do, in this order.
    public enum Action: Sendable, Equatable {
        /// Train from these parameters and report with ``trained(_:at:)``.
        case train(round: Int, parameters: [Float])
        /// Sum these updates by the task's rule and report with ``aggregated(_:round:at:)``.
        case aggregate(round: Int, [RoundUpdate])
        /// Make an acceptor's state durable before the actions behind it.
        case persist(RoundState)
        /// Make the model durable before the actions behind it.
        case save(ModelState)
        /// Send to a member.
        case send(RoundMessage, to: Int)
        /// A round is over; its record is the last of the model's history.
        case completed(RoundRecord)
        /// The model was taken over from a member that was ahead.
        case caughtUp(from: Int, to: Int)
        /// All rounds are over. The machine goes on answering those who are behind.
        case finished
    }

    /// Where the member stands.
    public enum Phase: String, Sendable, Hashable, Codable {
        /// Not started.
        case idle
        /// Computing its own update.
        case training
        /// Its update is out; agreeing with the others.
        case collecting
        /// The decision stands; the sum is computed.
        case aggregating
        /// Others are ahead and one of them was asked for the model.
        case catchingUp
        /// All rounds are over.
        case finished
    }

    let memberCount: Int
    let me: Int
    let rounds: Int
    let timeouts: RoundTimeouts
    let compression: UpdateCompression
    let seed: UInt64

    /// The model and the rounds behind it.
    public private(set) var model: ModelState
    /// Where the member stands in its own round; never `catchingUp`.
    private var stage = Phase.idle
    private var round: RoundMachine?
    private var restored: RoundState?
    /// When each member was lost sight of; absent: reachable.
    private var lostAt: [Int: Instant] = [:]
    /// Messages of the next round, by sender.
    private var early: [Int: [RoundMessage]] = [:]
    /// The furthest that each member has said to be.
    private var heard: [Int: Int] = [:]
    /// Members whose messages of a later round could not be kept, and the last such round: they are
    /// asked to repeat them when this member gets there.
    private var unkept: [Int: Int] = [:]
    private var behindSince: Instant?
    private var askedAt: Instant?

    /// What was ignored since the start.
    public private(set) var statistics = RoundStatistics()

    /// A member of a task.
    ///
    /// - Parameters:
    ///   - model: The initial model, or what was saved last.
    ///   - restored: What was persisted last.
    ///   - compression: The form that updates must have.
    ///   - seed: The task's, from which the form follows too.
    public init(
        memberCount: Int, me: Int, rounds: Int, timeouts: RoundTimeouts, model: ModelState,
        restored: RoundState? = nil, compression: UpdateCompression = .none, seed: UInt64 = 0
    ) {
        self.memberCount = memberCount
        self.me = me
        self.rounds = rounds
        self.timeouts = timeouts
        self.model = model
        self.restored = restored
        self.compression = compression
        self.seed = seed
    }

    /// Where the member stands.
    public var phase: Phase {
        let isWaiting = stage == .training || stage == .collecting
        return isWaiting && askedAt != nil && leader != nil ? .catchingUp : stage
    }

    /// Members that can be reached, this one included.
    public var reachable: [Int] { (0..<memberCount).filter { lostAt[$0] == nil } }

    /// Members that cannot be reached.
    public var missing: [Int] { lostAt.keys.sorted() }

    /// Members whose updates of the current round are here.
    public var contributors: [Int] { round?.contributors ?? [] }

    /// Messages of the next round that are kept.
    var earlyMessageCount: Int { early.values.reduce(0) { $0 + $1.count } }

    /// When ``tick(at:)`` is to be called next.
    public var nextDeadline: Instant? {
        [round?.nextDeadline, catchUpTime].compactMap { $0 }.min()
    }

    // MARK: Events

    /// Begins, with nobody reachable yet.
    public mutating func start(at now: Instant) -> [Action] {
        for member in 0..<memberCount where member != me { lostAt[member] = now }
        return begin(at: now)
    }

    /// A link to a member stands (again).
    public mutating func reached(_ member: Int, at now: Instant) -> [Action] {
        guard member != me, (0..<memberCount).contains(member) else { return [] }
        lostAt[member] = nil
        let hello = Action.send(.hello(completed: model.completed), to: member)
        return [hello] + onRound(at: now) { $0.restored(member, at: now) }
    }

    /// The link to a member is gone.
    public mutating func lost(_ member: Int, at now: Instant) -> [Action] {
        guard member != me, (0..<memberCount).contains(member), lostAt[member] == nil else {
            return []
        }
        lostAt[member] = now
        // Whoever was asked for the model may be the one that is gone.
        askedAt = nil
        return onRound(at: now) { $0.lost(member, at: now) }
    }

    /// This member has trained.
    public mutating func trained(_ update: RoundUpdate, at now: Instant) -> [Action] {
        guard update.round == model.completed, stage == .training else { return [] }
        stage = .collecting
        return onRound(at: now) { $0.trained(update, at: now) }
    }

    /// The updates of a decided round are combined.
    ///
    /// - Parameter outcome: Without a model when the rule had no result, which is then so at every
    ///   member: the model stays as it is.
    public mutating func aggregated(
        _ outcome: RoundOutcome, round: Int, at now: Instant
    ) -> [Action] {
        guard round == model.completed, stage == .aggregating else { return [] }
        if let next = outcome.model, next.parameters.count == model.parameters.count {
            model.shared = next
        }
        let record = RoundRecord(
            round: round, counted: outcome.counted, modelHash: model.shared.hash)
        model.completed += 1
        model.history.append(record)
        if model.history.count > RoundLimits.maximumHistory { model.history.removeFirst() }
        return [.save(model), .completed(record)] + begin(at: now)
    }

    /// A member has said something.
    public mutating func receive(
        _ message: RoundMessage, from sender: Int, at now: Instant
    ) -> [Action] {
        guard sender != me, (0..<memberCount).contains(sender) else { return [] }
        switch message {
        case .hello(let completed): return greeted(completed, by: sender, at: now)
        case .catchUpRequest(let completed):
            guard completed < model.completed else { return [] }
            return [.send(.catchUp(model), to: sender)]
        case .catchUp(let state): return takeOver(state, from: sender, at: now)
        default: break
        }
        guard let number = message.round, number < rounds else { return [] }
        if case .update(let update) = message, !isWellFormed(update) {
            statistics.refusedUpdates += 1
            return []
        }
        if number == model.completed {
            // Also while the sum is computed: others may still need updates for theirs.
            return onRound(at: now) { $0.receive(message, from: sender, at: now) }
        }
        if number > model.completed {
            keep(message, of: number, from: sender)
            return noteProgress(number, of: sender, at: now)
        }
        // Questions of the past are answered with how far this member is.
        switch message {
        case .update:
            statistics.lateUpdates += 1
            return []
        case .prepare, .propose, .need:
            return [.send(.hello(completed: model.completed), to: sender)]
        default: return []
        }
    }

    private func isWellFormed(_ update: RoundUpdate) -> Bool {
        update.exampleCount > 0 && (0..<memberCount).contains(update.member)
            && compression.accepts(update, seed: seed, dimension: model.parameters.count)
    }

    /// Time has passed.
    public mutating func tick(at now: Instant) -> [Action] {
        let actions = onRound(at: now) { $0.tick(at: now) }
        return actions + askToCatchUp(at: now)
    }

    // MARK: Rounds

    private mutating func begin(at now: Instant) -> [Action] {
        behindSince = nil
        askedAt = nil
        guard model.completed < rounds else {
            round = nil
            early = [:]
            unkept = [:]
            stage = .finished
            // Nobody would learn it from a next round's messages, as there is none.
            return greetings(to: reachable) + [.finished]
        }
        stage = .training
        var timeouts = timeouts
        // Before the first round the members still look for each other.
        if model.completed == 0 { timeouts.grace = max(timeouts.grace, timeouts.formation) }
        round = RoundMachine(
            round: model.completed, memberCount: memberCount, me: me, timeouts: timeouts,
            restored: restored, lost: lostAt, at: now)
        restored = nil
        let messages = early.sorted { $0.key < $1.key }
        early = [:]
        var actions: [Action] = [.train(round: model.completed, parameters: model.parameters)]
        let toRepeat = unkept.filter { $0.value <= model.completed }.keys.sorted()
        for member in toRepeat { unkept[member] = nil }
        actions += greetings(to: toRepeat)
        for (sender, list) in messages {
            for message in list { actions += receive(message, from: sender, at: now) }
        }
        noteBehind(at: now)
        return actions
    }

    private mutating func onRound(
        at now: Instant, _ body: (inout RoundMachine) -> [RoundMachine.Action]
    ) -> [Action] {
        let ignored = round?.equivocations ?? 0
        guard let actions = round.mutate(body) else { return [] }
        statistics.equivocations += (round?.equivocations ?? 0) - ignored
        return actions.map { action in
            switch action {
            case .persist(let state): return .persist(state)
            case .send(let message, let member): return .send(message, to: member)
            case .decided(_, let updates):
                stage = .aggregating
                return .aggregate(round: model.completed, updates)
            }
        }
    }

    /// Keeps the last message of each kind of the next round; what cannot be kept is asked for again
    /// when this member gets there.
    private mutating func keep(_ message: RoundMessage, of number: Int, from sender: Int) {
        guard number == model.completed + 1 else {
            unkept[sender] = max(unkept[sender] ?? 0, number)
            return
        }
        var list = early[sender] ?? []
        if case .need = message { unkept[sender] = max(unkept[sender] ?? 0, number) }
        list.removeAll { $0.kind == message.kind && !Self.isOwnUpdate($0, of: sender) }
        if list.contains(where: { Self.isOwnUpdate($0, of: sender) }), message.kind == .update {
            return
        }
        list.append(message)
        early[sender] = list
    }

    /// Whether `message` is the update that `sender` trained; the first of these is kept.
    private static func isOwnUpdate(_ message: RoundMessage, of sender: Int) -> Bool {
        if case .update(let update) = message { update.member == sender } else { false }
    }

    private func greetings(to members: [Int]) -> [Action] {
        members.filter { $0 != me }.map { .send(.hello(completed: model.completed), to: $0) }
    }

    // MARK: Catching up

    /// A greeting says how far a member is, and asks those in the same round for what it lacks.
    private mutating func greeted(
        _ completed: Int, by sender: Int, at now: Instant
    ) -> [Action] {
        var actions = noteProgress(completed, of: sender, at: now)
        if completed == model.completed {
            actions += onRound(at: now) { $0.reminders(for: sender) }
        }
        return actions
    }

    private mutating func noteProgress(
        _ completed: Int, of sender: Int, at now: Instant
    ) -> [Action] {
        heard[sender] = max(heard[sender] ?? 0, min(completed, rounds))
        noteBehind(at: now)
        return askToCatchUp(at: now)
    }

    /// The furthest reachable member that is ahead.
    private var leader: Int? {
        let ahead = heard.filter { $0.value > model.completed && lostAt[$0.key] == nil }
        return ahead.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
    }

    private mutating func noteBehind(at now: Instant) {
        if leader == nil {
            behindSince = nil
        } else if behindSince == nil {
            behindSince = now
        }
    }

    /// The decision of a round is usually on its way when others are already one ahead, so the model
    /// is asked for only after a while, or at once when it is two rounds or more.
    private var catchUpTime: Instant? {
        guard let behindSince, let leader, stage != .aggregating else { return nil }
        if let askedAt { return askedAt.advanced(by: timeouts.suspicion) }
        let distance = (heard[leader] ?? 0) - model.completed
        return distance > 1 ? behindSince : behindSince.advanced(by: timeouts.grace)
    }

    private mutating func askToCatchUp(at now: Instant) -> [Action] {
        guard let time = catchUpTime, now >= time, let leader else { return [] }
        askedAt = now
        return [.send(.catchUpRequest(completed: model.completed), to: leader)]
    }

    private mutating func takeOver(
        _ state: ModelState, from sender: Int, at now: Instant
    ) -> [Action] {
        guard state.completed > model.completed, state.completed <= rounds,
            state.parameters.count == model.parameters.count,
            let last = state.history.last, last.round == state.completed - 1,
            last.modelHash == state.shared.hash
        else { return [] }
        guard continuesHistory(state.history) else {
            statistics.divergences += 1
            return []
        }
        model = state
        round = nil
        // Whatever was sent of this round before this member was in it went past it.
        let greetings = state.completed < rounds ? greetings(to: reachable) : []
        return [.save(model), .caughtUp(from: sender, to: state.completed)] + greetings
            + begin(at: now)
    }

    /// Whether no round that both know ended differently.
    private func continuesHistory(_ other: [RoundRecord]) -> Bool {
        let known = Dictionary(
            model.history.map { ($0.round, $0.modelHash) }, uniquingKeysWith: { first, _ in first })
        return other.allSatisfy { record in
            known[record.round] == nil || known[record.round] == record.modelHash
        }
    }
}

extension Optional {
    /// Changes the value in place, if there is one.
    fileprivate mutating func mutate<T>(_ body: (inout Wrapped) -> T) -> T? {
        guard var value = self else { return nil }
        self = nil
        defer { self = value }
        return body(&value)
    }
}
