import PeerKit

@testable import FedLearn

/// Members of one federation in memory: links that keep order and break, crashes between any two
/// actions, disks that keep what was persisted. Everything follows from the seed.
struct FederationNetwork {
    /// What happens to the run from outside.
    struct Plan {
        var memberCount = 5
        var rounds = 3
        var seed: UInt64 = 1
        /// Crash the member that is about to perform the action of this number.
        var crashAtAction: Int?
        /// How long a crashed member stays away; `nil` for ever.
        var restartAfter: Duration? = .seconds(2)
        /// Members that never start.
        var absent: Set<Int> = []
        /// Breaks a random link about once in so many actions; it heals a little later.
        var linkBreakInterval: Int?
        /// Crashes a random member about once in so many actions, while a majority is left.
        var crashInterval: Int?
        /// Longest time of a training.
        var slowestTraining: Duration = .milliseconds(200)
        var timeouts = RoundTimeouts(
            collect: .seconds(2), grace: .milliseconds(500), formation: .seconds(1),
            suspicion: .seconds(4))
        /// How updates are combined; with a memory when the rule or the step has one.
        var rule = RuleChoice.weightedMean
        var server = ServerStepChoice.plain
        var compression = UpdateCompression.none
        /// The machine must be through by then.
        var deadline: Duration = .seconds(600)
    }

    /// One member: the machine is lost in a crash, the disk is not.
    struct Member {
        var machine: FederationMachine?
        var incarnation = 0
        var disk: (model: ModelState, state: RoundState?)
        var isFinished = false
        /// Crashed, not to come back.
        var isGone = false
    }

    private enum Occurrence {
        case deliver(RoundMessage, from: Int, to: Int, link: Int)
        case trained(Int, incarnation: Int, RoundUpdate)
        case aggregated(Int, incarnation: Int, round: Int, [RoundUpdate])
        case tick(Int, incarnation: Int)
        case restart(Int)
        case connect(Int, Int)
    }

    let plan: Plan
    private(set) var members: [Member]
    private(set) var now = Instant.zero
    private(set) var actionCount = 0
    private(set) var messageCount = 0
    private(set) var crashes = 0
    /// Every record any incarnation reported or took over, by round.
    private(set) var records: [Int: Set<RoundRecord>] = [:]
    private(set) var caughtUp: [Int: Int] = [:]
    /// Broken invariants of the single member, such as a promise taken back.
    private(set) var violations: [String] = []
    private var generator: SeededGenerator
    private var occurrences: [(at: Instant, order: UInt64, Occurrence)] = []
    private var nextOrder: UInt64 = 0
    /// The number of each pair's current link; absent while it is broken.
    private var links: [[Int]: Int] = [:]
    private var linkCount = 0
    private var lastArrival: [[Int]: Instant] = [:]

    static let dimension = 3

    init(_ plan: Plan) {
        self.plan = plan
        generator = SeededGenerator(seed: plan.seed)
        let initial = ModelState(
            completed: 0, parameters: [Float](repeating: 0, count: Self.dimension), history: [])
        members = (0..<plan.memberCount).map { _ in Member(disk: (initial, nil)) }
    }

    /// Runs until every member that should finish has, or the deadline has passed.
    mutating func run() {
        for member in members.indices where !plan.absent.contains(member) {
            schedule(.restart(member), after: random(upTo: .milliseconds(50)))
        }
        let end = Instant.zero.advanced(by: plan.deadline)
        while !isOver, let next = popNext(), next.at <= end {
            now = max(now, next.at)
            happen(next.occurrence)
        }
    }

    /// Members that are up, will start or will come back.
    var expected: [Int] {
        members.indices.filter { member in
            !plan.absent.contains(member) && !members[member].isGone
        }
    }

    var isOver: Bool { expected.allSatisfy { members[$0].isFinished } }

    // MARK: Time

    private mutating func schedule(_ occurrence: Occurrence, after delay: Duration) {
        schedule(occurrence, at: now.advanced(by: delay))
    }

    private mutating func schedule(_ occurrence: Occurrence, at instant: Instant) {
        occurrences.append((instant, nextOrder, occurrence))
        nextOrder += 1
    }

    private mutating func popNext() -> (at: Instant, occurrence: Occurrence)? {
        var best: Int?
        for index in occurrences.indices {
            guard let current = best else {
                best = index
                continue
            }
            let (a, b) = (occurrences[index], occurrences[current])
            if a.at < b.at || (a.at == b.at && a.order < b.order) { best = index }
        }
        guard let best else { return nil }
        let found = occurrences[best]
        occurrences.swapAt(best, occurrences.count - 1)
        occurrences.removeLast()
        return (found.at, found.2)
    }

    private mutating func random(upTo limit: Duration) -> Duration {
        .nanoseconds(Int64(generator.nextInteger(below: Int(max(1, limit.wholeNanoseconds)))))
    }

    // MARK: What happens

    private mutating func happen(_ occurrence: Occurrence) {
        let now = now
        switch occurrence {
        case .restart(let member): start(member)
        case .connect(let a, let b): connect(a, b)
        case .deliver(let message, let sender, let receiver, let link):
            guard links[pair(sender, receiver)] == link else { return }
            // Through the codec, as on a real link.
            guard let decoded = try? RoundCodec.decode(RoundCodec.encode(message)),
                decoded == message
            else {
                violations.append("the codec changed \(message)")
                return
            }
            step(receiver) { $0.receive(decoded, from: sender, at: now) }
        case .trained(let member, let incarnation, let update):
            guard members[member].incarnation == incarnation else { return }
            step(member) { $0.trained(update, at: now) }
        case .aggregated(let member, let incarnation, let round, let updates):
            guard members[member].incarnation == incarnation else { return }
            guard let model = members[member].machine?.model.shared,
                let outcome = try? complete(round, updates, from: model)
            else {
                violations.append("member \(member) could not complete round \(round)")
                return
            }
            step(member) { $0.aggregated(outcome, round: round, at: now) }
        case .tick(let member, let incarnation):
            guard members[member].incarnation == incarnation,
                let due = members[member].machine?.nextDeadline, due <= now
            else { return }
            step(member) { $0.tick(at: now) }
        }
    }

    private mutating func start(_ member: Int) {
        guard members[member].machine == nil else { return }
        let disk = members[member].disk
        var machine = FederationMachine(
            memberCount: plan.memberCount, me: member, rounds: plan.rounds,
            timeouts: plan.timeouts, model: disk.model, restored: disk.state,
            compression: plan.compression, seed: plan.seed)
        let actions = machine.start(at: now)
        members[member].machine = machine
        members[member].incarnation += 1
        perform(actions, by: member)
        for other in members.indices where other != member && members[other].machine != nil {
            schedule(.connect(member, other), after: random(upTo: .milliseconds(100)))
        }
    }

    private mutating func connect(_ a: Int, _ b: Int) {
        guard members[a].machine != nil, members[b].machine != nil, links[pair(a, b)] == nil
        else { return }
        linkCount += 1
        links[pair(a, b)] = linkCount
        let now = now
        let (first, second) = generator.nextInteger(below: 2) == 0 ? (a, b) : (b, a)
        step(first) { $0.reached(second, at: now) }
        // The first one may have crashed while it said hello.
        guard links[pair(a, b)] != nil else { return }
        step(second) { $0.reached(first, at: now) }
    }

    private mutating func disconnect(_ a: Int, _ b: Int) {
        guard links.removeValue(forKey: pair(a, b)) != nil else { return }
        let now = now
        step(a) { $0.lost(b, at: now) }
        step(b) { $0.lost(a, at: now) }
    }

    private mutating func crash(_ member: Int) {
        crashes += 1
        members[member].machine = nil
        members[member].incarnation += 1
        members[member].isFinished = false
        for other in members.indices where other != member {
            disconnect(other, member)
        }
        if let delay = plan.restartAfter {
            schedule(.restart(member), after: delay)
        } else {
            members[member].isGone = true
        }
    }

    // MARK: Actions

    private mutating func step(
        _ member: Int, _ body: (inout FederationMachine) -> [FederationMachine.Action]
    ) {
        guard var machine = members[member].machine else { return }
        members[member].machine = nil
        let actions = body(&machine)
        members[member].machine = machine
        perform(actions, by: member)
    }

    private mutating func perform(_ actions: [FederationMachine.Action], by member: Int) {
        let incarnation = members[member].incarnation
        for action in actions {
            if actionCount == plan.crashAtAction {
                actionCount += 1
                crash(member)
            }
            guard members[member].incarnation == incarnation else { return }
            actionCount += 1
            perform(action, by: member)
        }
        if let due = members[member].machine?.nextDeadline {
            schedule(.tick(member, incarnation: incarnation), at: max(due, now))
        }
        disturb()
    }

    private mutating func perform(_ action: FederationMachine.Action, by member: Int) {
        let incarnation = members[member].incarnation
        switch action {
        case .train(let round, let parameters):
            let update = update(of: member, in: round, from: parameters)
            schedule(
                .trained(member, incarnation: incarnation, update),
                after: random(upTo: plan.slowestTraining))
        case .aggregate(let round, let updates):
            schedule(
                .aggregated(member, incarnation: incarnation, round: round, updates),
                after: random(upTo: .milliseconds(20)))
        case .persist(let state):
            if let old = members[member].disk.state, old.round == state.round,
                state.promised < old.promised
            {
                violations.append("member \(member) went back on a promise")
            }
            if let accepted = state.accepted,
                accepted.selection.entries.map(\.digest) != state.updates.map(\.digest)
            {
                violations.append("member \(member) accepted what it does not hold")
            }
            members[member].disk.state = state
        case .save(let model):
            members[member].disk.model = model
            for record in model.history { records[record.round, default: []].insert(record) }
        case .send(let message, let receiver):
            send(message, from: member, to: receiver)
        case .completed(let record): records[record.round, default: []].insert(record)
        case .caughtUp: caughtUp[member, default: 0] += 1
        case .finished: members[member].isFinished = true
        }
    }

    private mutating func send(_ message: RoundMessage, from sender: Int, to receiver: Int) {
        messageCount += 1
        guard let link = links[pair(sender, receiver)] else { return }
        // A link keeps the order of its messages, links among each other do not.
        let arrival = max(
            now.advanced(by: random(upTo: .milliseconds(80))),
            lastArrival[[sender, receiver]] ?? .zero)
        lastArrival[[sender, receiver]] = arrival
        schedule(
            .deliver(message, from: sender, to: receiver, link: link), at: arrival)
    }

    private mutating func disturb() {
        if let interval = plan.linkBreakInterval, generator.nextInteger(below: interval) == 0 {
            let a = generator.nextInteger(below: members.count)
            let b = generator.nextInteger(below: members.count)
            if links[pair(a, b)] != nil {
                disconnect(a, b)
                schedule(.connect(a, b), after: random(upTo: .seconds(3)))
            }
        }
        if let interval = plan.crashInterval, generator.nextInteger(below: interval) == 0 {
            let victim = generator.nextInteger(below: members.count)
            let up = members.count { $0.machine != nil }
            let mayCrash = plan.restartAfter != nil || up > plan.memberCount / 2 + 1
            if members[victim].machine != nil, mayCrash { crash(victim) }
        }
    }

    private func pair(_ a: Int, _ b: Int) -> [Int] { a < b ? [a, b] : [b, a] }

    private func complete(
        _ round: Int, _ updates: [RoundUpdate], from model: SharedModel
    ) throws -> RoundOutcome {
        let contributions = try updates.map {
            Contribution(
                member: $0.member, exampleCount: $0.exampleCount,
                values: try $0.values(dimension: Self.dimension))
        }
        return try ServerPart(
            rule: plan.rule, step: plan.server, rounds: plan.rounds, seed: plan.seed
        ).complete(round: round, contributions, from: model)
    }

    private func update(
        of member: Int, in round: Int, from parameters: [Float]
    ) -> RoundUpdate {
        let plain = Self.update(of: member, in: round, from: parameters)
        var layout = ParameterLayout()
        layout.append("all", shape: [Self.dimension])
        var sender = UpdateSender(
            compression: plan.compression, seed: plan.seed, layout: layout)
        guard case .dense(let values) = plain.change,
            let bytes = try? sender.compress(values, round: round, member: member)
        else { return plain }
        return RoundUpdate(
            round: round, member: member, exampleCount: plain.exampleCount,
            meanLoss: plain.meanLoss, change: .compressed(bytes))
    }

    /// What training gives: a function of member, round and model, as the trainer's is.
    static func update(of member: Int, in round: Int, from parameters: [Float]) -> RoundUpdate {
        let delta = parameters.indices.map { index in
            Float(member + 1) * 0.125 + Float(round) - parameters[index] * 0.5 + Float(index)
        }
        return RoundUpdate(
            round: round, member: member, exampleCount: 10 + member, meanLoss: 1, delta: delta)
    }
}
