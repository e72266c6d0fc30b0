import Collections

/// One topic of a node: its mesh, its validator and its subscribers in this process.
///
/// Lives on the home executor like the ``GossipRouter``, which looks into it within a turn. The
/// router asks; the channel takes no decision about other topics.
actor TopicChannel {
    nonisolated let topic: String
    private nonisolated let executor: any RuntimeExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private let limits: GossipSubLimits
    private var machine: TopicMachine?
    private var subscribers: OrderedDictionary<UInt64, SubscriptionBuffer> = [:]
    private(set) var validator: (any TopicValidator)?
    private var validations: ValidationQueue
    /// One for each running validation, to cancel it by.
    private var running: [UInt64: TaskScope] = [:]
    private(set) var deliveriesDropped = 0

    init(_ machine: TopicMachine, executor: any RuntimeExecutor, limits: GossipSubLimits) {
        topic = machine.topic
        self.machine = machine
        self.executor = executor
        self.limits = limits
        validations = ValidationQueue(limits: limits)
    }

    // MARK: Machine

    func takeMachine() -> TopicMachine? {
        defer { machine = nil }
        return machine
    }

    func putMachine(_ machine: TopicMachine) { self.machine = machine }

    var mesh: [PeerID] { machine.map { Array($0.mesh) } ?? [] }
    var peers: [PeerID] { machine.map { Array($0.subscribers) } ?? [] }

    // MARK: Subscribers

    var subscriberCount: Int { subscribers.count }

    func add(_ buffer: SubscriptionBuffer, _ id: UInt64, validator: (any TopicValidator)?) {
        subscribers[id] = buffer
        if let validator { self.validator = validator }
    }

    /// - Returns: Whether nobody listens any more.
    func removeSubscriber(_ id: UInt64) -> Bool {
        subscribers[id] = nil
        return subscribers.isEmpty
    }

    func deliver(_ message: ReceivedMessage) {
        for buffer in subscribers.values { deliveriesDropped += buffer.push(message) }
    }

    /// Messages that subscribers lost, counted no longer here.
    func takeDeliveriesDropped() -> Int {
        defer { deliveriesDropped = 0 }
        return deliveriesDropped
    }

    /// Ends everything of this topic.
    func finish() {
        for buffer in subscribers.values { _ = buffer.finish() }
        subscribers.removeAll()
        for (_, scope) in running.sorted(by: { $0.key < $1.key }) { scope.cancel() }
        validator = nil
    }

    // MARK: Validation

    /// Has a message validated; `report` is called on the home executor with the verdict.
    ///
    /// - Returns: Whether there was room for it.
    func validate(
        _ ticket: UInt64, _ message: ReceivedMessage, at now: Instant,
        report: @escaping @Sendable (UInt64, Validation) async -> Void
    ) -> Bool {
        switch validations.add(ticket, message, at: now) {
        case .start: start(ticket, message, report)
        case .wait: break
        case .full: return false
        }
        return true
    }

    private func start(
        _ ticket: UInt64, _ message: ReceivedMessage,
        _ report: @escaping @Sendable (UInt64, Validation) async -> Void
    ) {
        guard let validator else { return }
        let scope = TaskScope()
        running[ticket] = scope
        scope.start(on: executor) { [weak self] in
            let verdict = await validator.validate(message)
            await self?.ended(ticket, report)
            await report(ticket, verdict)
        }
    }

    private func ended(
        _ ticket: UInt64, _ report: @escaping @Sendable (UInt64, Validation) async -> Void
    ) {
        running[ticket] = nil
        if let next = validations.ended(ticket, at: executor.now) {
            start(next.ticket, next.message, report)
        }
    }

    /// Cancels validations that take too long.
    ///
    /// - Returns: Their tickets, which are ignored. A validator that does not heed the cancellation
    ///   keeps its place until it returns.
    func expireValidations(at now: Instant) -> [UInt64] {
        let late = validations.expire(at: now)
        for ticket in late { running[ticket]?.cancel() }
        return late
    }
}

/// Validations that run and that wait, within the limits.
struct ValidationQueue: Sendable {
    enum Answer: Sendable, Hashable { case start, wait, full }

    private let limits: GossipSubLimits
    /// When each began; `nil` for those that were given up and have not returned.
    private var running: OrderedDictionary<UInt64, Instant?> = [:]
    private var waiting: Deque<(ticket: UInt64, message: ReceivedMessage)> = []

    init(limits: GossipSubLimits) { self.limits = limits }

    var runningCount: Int { running.count }
    var waitingCount: Int { waiting.count }

    mutating func add(_ ticket: UInt64, _ message: ReceivedMessage, at now: Instant) -> Answer {
        if running.count < limits.maximumValidations {
            running[ticket] = .some(now)
            return .start
        }
        guard waiting.count < limits.maximumWaitingValidations else { return .full }
        waiting.append((ticket, message))
        return .wait
    }

    /// A validator has returned; the message to go on with.
    mutating func ended(
        _ ticket: UInt64, at now: Instant
    ) -> (ticket: UInt64, message: ReceivedMessage)? {
        running.removeValue(forKey: ticket)
        guard running.count < limits.maximumValidations, let next = waiting.popFirst() else {
            return nil
        }
        running[next.ticket] = .some(now)
        return next
    }

    /// Gives up on validators that have not returned in time.
    mutating func expire(at now: Instant) -> [UInt64] {
        let deadline = now.advanced(by: .zero - limits.validationTimeout)
        let late = running.compactMap { ticket, since in
            since.flatMap { $0 <= deadline && now > $0 ? ticket : nil }
        }
        for ticket in late { running[ticket] = .some(nil) }
        return late
    }
}

/// The topics of a router, each in its own actor.
struct TopicChannels: TopicTable {
    private(set) var channels: OrderedDictionary<String, TopicChannel> = [:]
    private let executor: any RuntimeExecutor
    private let limits: GossipSubLimits

    init(executor: any RuntimeExecutor, limits: GossipSubLimits) {
        self.executor = executor
        self.limits = limits
    }

    var names: [String] { Array(channels.keys) }
    var count: Int { channels.count }

    subscript(topic: String) -> TopicChannel? { channels[topic] }

    mutating func take(_ topic: String) -> TopicMachine? {
        channels[topic]?.assumeIsolated { $0.takeMachine() }
    }

    mutating func put(_ machine: TopicMachine) {
        if let channel = channels[machine.topic] {
            channel.assumeIsolated { $0.putMachine(machine) }
        } else {
            channels[machine.topic] = TopicChannel(machine, executor: executor, limits: limits)
        }
    }

    mutating func remove(_ topic: String) { channels[topic] = nil }
}
