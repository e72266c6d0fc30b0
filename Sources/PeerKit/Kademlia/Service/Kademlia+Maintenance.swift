/// What is done from time to time without being asked.
extension Kademlia {
    /// Items announced again in one go; the others follow a little later.
    private static let republishedAtOnce = 16

    func perform(_ chore: Agenda.Chore) async {
        switch chore {
        case .flush:
            await flush()
        case .closeIdle:
            if let next = await parts?.client.closeIdle(at: home.executor.now) {
                plan(.closeIdle, at: next)
            }
        case .sweep:
            guard let now = node?.runtime.clock.now else { return }
            parts?.holdings.expire(at: now)
            holdingsChanged()
        case .contact:
            start(chore) { await $0.contact() }
        case .join:
            start(chore) { await $0.refresh() }
        case .refresh:
            plan(.refresh, in: configuration.refreshInterval)
            start(chore) { await $0.refresh() }
        case .republish:
            start(chore) { await $0.republish() }
        }
    }

    /// Starts a chore that may take long; while it runs it is put off.
    private func start(
        _ chore: Agenda.Chore, _ body: @escaping @Sendable (Kademlia) async -> Void
    ) {
        guard underWay.insert(chore).inserted else { return plan(chore, in: .seconds(5)) }
        let isStarted = tasks.start(on: home.executor) { [weak self] in
            guard let self else { return }
            await body(self)
            await self.ended(chore)
        }
        if !isStarted { underWay.remove(chore) }
    }

    private func ended(_ chore: Agenda.Chore) { underWay.remove(chore) }

    // MARK: The table

    /// Finds this node's own place and looks around where nothing has been looked up lately.
    public func refresh() async {
        guard let node else { return }
        _ = try? await closest(to: node.peerID.bytes, configuration.lookup)
        var generator = RuntimeGenerator(node.runtime.random)
        let own = KademliaKey(node.peerID)
        let prefixes = parts?.table.stalePrefixes(
            at: node.runtime.clock.now, interval: configuration.refreshInterval)
        for prefix in prefixes ?? [] where !Task.isCancelled {
            guard let key = own.preimage(sharing: prefix, using: &generator) else { continue }
            _ = try? await closest(to: key, configuration.exploration)
        }
    }

    /// Dials the configured peers while the table is empty, ever more rarely.
    private func contact() async {
        guard let node, parts?.table.count == 0, !configuration.bootstrapPeers.isEmpty else {
            return
        }
        let timeout = configuration.limits.dialTimeout
        await withTaskGroup { group in
            for address in configuration.bootstrapPeers.prefix(32) {
                group.addTask {
                    do {
                        _ = try await node.runtime.withTimeout(timeout) {
                            try await node.connect(to: address)
                        }
                    } catch {
                        node.log.debug(
                            "cannot reach a bootstrap peer",
                            metadata: ["address": "\(address)", "error": "\(error)"])
                    }
                }
            }
        }
        contactFailures = min(contactFailures + 1, 6)
        let pause = Duration.seconds(5) * (1 << (contactFailures - 1))
        plan(.contact, in: pause)
    }

    // MARK: Own values and contents

    /// Announces what is due.
    private func republish() async {
        let due = parts?.holdings.publications.due(
            at: home.executor.now, count: Self.republishedAtOnce)
        for item in due ?? [] {
            guard !Task.isCancelled else { return }
            let isDone = await republish(item)
            let interval =
                switch item.content {
                case .value: configuration.recordInterval
                case .provided: configuration.providerInterval
                }
            // Soon again if nobody could be told.
            let due = home.executor.now.advanced(by: isDone ? interval : .seconds(300))
            parts?.holdings.publications.postpone(item, to: due)
        }
        holdingsChanged()
        if let next = parts?.holdings.publications.next { plan(.republish, at: next) }
    }

    private func republish(_ item: Publications.Item) async -> Bool {
        switch item.content {
        case .provided:
            return ((try? await announce(item.key))?.announced.isEmpty ?? true) == false
        case .value(let value):
            // Another of this publisher's devices may have put a newer one meanwhile.
            if case .superseded = offer(value, for: item.key) {
                withdraw(valueFor: item.key)
                return true
            }
            return ((try? await store(value, for: item.key))?.stored.isEmpty ?? true) == false
        }
    }
}
