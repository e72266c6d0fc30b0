import PeerKit

/// Tells clients what is new: subscriptions at once, filters when they ask.
package actor NewsDesk {
    private let backend: any LedgerBackend
    private let pool: Mempool
    private let limits: RPCLimits
    private let runtime: Runtime
    private let executor: any RuntimeExecutor
    private var filters: FilterMachine
    private var subscriptions: [UInt64: Connection] = [:]

    private struct Connection {
        let session: RPCSession
        var subscriptions: [(id: String, subscription: Subscription)] = []
    }

    /// The runtime's home executor, as for every actor of a service.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    package init(
        backend: any LedgerBackend, pool: Mempool, limits: RPCLimits, runtime: Runtime
    ) {
        self.backend = backend
        self.pool = pool
        self.limits = limits
        self.runtime = runtime
        executor = runtime.executors.home
        filters = FilterMachine(limits: limits)
    }

    /// Follows chain and pool until it is cancelled.
    package func run() async {
        let (heads, waiting) = (await backend.chainEvents(), await pool.events())
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in heads {
                    guard case .head(let block, let receipts) = event else { continue }
                    await self.tell(block, receipts)
                }
            }
            group.addTask {
                for await event in waiting {
                    guard case .pending(let transaction) = event else { continue }
                    await self.tell(transaction)
                }
            }
            await group.waitForAll()
        }
    }

    // MARK: Subscriptions

    /// Begins a subscription; answers its name.
    func subscribe(_ subscription: Subscription, _ session: RPCSession) throws(RPCError) -> String {
        guard !session.isClosed else { throw .failed("the connection has ended") }
        var connection = subscriptions[session.id] ?? Connection(session: session)
        guard connection.subscriptions.count < limits.maximumSubscriptions else {
            throw .limit("a connection has at most \(limits.maximumSubscriptions) subscriptions")
        }
        let id = makeID()
        connection.subscriptions.append((id, subscription))
        subscriptions[session.id] = connection
        return id
    }

    /// Ends a subscription; `false` if this connection has none of that name.
    func unsubscribe(_ id: String, _ session: RPCSession) -> Bool {
        guard
            let index = subscriptions[session.id]?.subscriptions.firstIndex(where: { $0.id == id })
        else { return false }
        subscriptions[session.id]?.subscriptions.remove(at: index)
        if subscriptions[session.id]?.subscriptions.isEmpty == true {
            subscriptions[session.id] = nil
        }
        return true
    }

    /// A connection has gone, and its subscriptions with it.
    package func ended(_ session: RPCSession) { subscriptions[session.id] = nil }

    /// How many subscriptions there are.
    var subscriptionCount: Int { subscriptions.values.reduce(0) { $0 + $1.subscriptions.count } }

    private func makeID() -> String {
        // Not to be guessed, so that no client ends another's filter.
        "0x" + Hexadecimal.digits(of: runtime.random.bytes(16))
    }

    private func send(_ result: JSONValue, of id: String, to session: RPCSession) {
        session.send(RPCAnswer.notification(subscription: id, result))
    }

    private func tell(_ block: Block, _ receipts: [Receipt]) {
        let head = JSONValue.header(block)
        for (_, connection) in subscriptions.sorted(by: { $0.key < $1.key }) {
            for (id, subscription) in connection.subscriptions {
                switch subscription {
                case .newHeads: send(head, of: id, to: connection.session)
                case .logs(let filter):
                    for log in Self.matches(filter, block, receipts) {
                        send(log, of: id, to: connection.session)
                    }
                case .pendingTransactions, .syncing: continue
                }
            }
        }
    }

    private static func matches(
        _ filter: LogFilter, _ block: Block, _ receipts: [Receipt]
    ) -> [JSONValue] {
        var found: [JSONValue] = []
        var logIndex = 0
        for (index, receipt) in receipts.enumerated() {
            for log in receipt.logs {
                if filter.matches(log) {
                    found.append(.log(log, of: index, in: block, logIndex: logIndex))
                }
                logIndex += 1
            }
        }
        return found
    }

    private func tell(_ transaction: SignedTransaction) {
        filters.pending(transaction)
        for (_, connection) in subscriptions.sorted(by: { $0.key < $1.key }) {
            for (id, subscription) in connection.subscriptions {
                guard case .pendingTransactions(let full) = subscription else { continue }
                send(
                    full ? .transaction(transaction) : .data(transaction.hash), of: id,
                    to: connection.session)
            }
        }
    }

    // MARK: Filters

    /// Adds a filter; answers its name.
    func install(_ kind: FilterMachine.Kind) async throws -> String {
        let head = try await backend.headBlock().number
        let id = makeID()
        guard filters.install(kind, as: id, head: head, at: executor.now) else {
            throw RPCError.limit("at most \(limits.maximumFilters) filters at once")
        }
        return id
    }

    /// Removes a filter; `false` if there was none.
    func uninstall(_ id: String) -> Bool { filters.uninstall(id) }

    /// What is new since a filter was last asked.
    func changes(of id: String) async throws -> FilterMachine.Changes {
        let head = try await backend.headBlock().number
        guard let changes = filters.changes(of: id, head: head, at: executor.now) else {
            throw RPCError.failed("filter not found")
        }
        return changes
    }

    /// What a filter of logs asks for.
    func logs(of id: String) throws(RPCError) -> LogFilter {
        guard let filter = filters.logs(of: id, at: executor.now) else {
            throw .failed("filter not found")
        }
        return filter
    }
}
