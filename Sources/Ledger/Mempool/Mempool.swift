import Metrics
import PeerKit

/// Reads senders' accounts from the chain's state.
package protocol SenderAccounts: Sendable {
    /// The head, and accounts as of that head; one that does not exist has nonce 0 and no balance.
    func accounts(
        of senders: [Address]
    ) async throws -> (head: MempoolHead, accounts: [Address: SenderAccount])
}

/// Transactions that wait for a block: the actor around ``MempoolMachine``.
package actor Mempool {
    private var machine: MempoolMachine
    private let runtime: Runtime
    private let executor: any RuntimeExecutor
    private let source: any SenderAccounts
    private let meters: MempoolMeters
    private var listeners: [UInt64: AsyncStream<MempoolEvent>.Continuation] = [:]
    private var nextListener: UInt64 = 0

    /// The runtime's home executor, as for every actor of a service.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// An empty pool on a chain's head.
    package init(
        head: MempoolHead, accounts source: any SenderAccounts,
        limits: MempoolLimits = MempoolLimits(), runtime: Runtime,
        metrics: (any MetricsFactory)? = nil
    ) {
        machine = MempoolMachine(head: head, limits: limits)
        self.source = source
        self.runtime = runtime
        executor = runtime.executors.home
        meters = MempoolMeters(metrics ?? MetricsSystem.factory)
    }

    /// Takes a transaction, or says why not.
    package func add(_ transaction: SignedTransaction) async throws(MempoolError) {
        do throws(MempoolError) {
            try await admit(transaction)
        } catch {
            meters.refused(error)
            throw error
        }
    }

    private func admit(_ transaction: SignedTransaction) async throws(MempoolError) {
        guard machine.transaction(transaction.hash) == nil else { throw .alreadyKnown }
        // A block may come while the account is read; then it is read again. Bounded, as blocks come
        // no faster than reads are answered.
        for _ in 0..<8 {
            let found: (head: MempoolHead, accounts: [Address: SenderAccount])
            do {
                found = try await source.accounts(of: [transaction.sender])
            } catch {
                throw .unavailable("\(error)")
            }
            guard found.head.number >= machine.head.number else { continue }
            let events = try machine.add(
                transaction, account: found.accounts[transaction.sender] ?? SenderAccount(),
                at: executor.now)
            meters.admitted()
            publish(events)
            // One behind a gap changes the sizes, and is no event.
            if events.isEmpty { record() }
            return
        }
        throw .unavailable("the head moves too fast")
    }

    /// Follows the chain's new head.
    package func follow() async {
        let senders = machine.waitingSenders
        guard let found = try? await source.accounts(of: senders) else { return }
        publish(machine.follow(found.head, accounts: found.accounts, at: executor.now))
    }

    /// Takes a transaction back; answers whether there was one.
    package func remove(_ hash: Hash32) -> Bool {
        let events = machine.remove { $0.transaction.hash == hash }
        publish(events)
        return !events.isEmpty
    }

    /// Empties the pool, as after a state was put back.
    package func removeAll() { publish(machine.remove { _ in true }) }

    /// Drops what has waited too long, until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do { try await runtime.sleep(for: .seconds(60)) } catch { return }
            publish(machine.expire(at: executor.now))
        }
    }

    // MARK: Reading

    /// A transaction that waits.
    package func transaction(_ hash: Hash32) -> SignedTransaction? { machine.transaction(hash) }

    /// The nonce after those that wait without a gap; `nil` where none does.
    package func nextNonce(of sender: Address) -> UInt64? { machine.nextNonce(of: sender) }

    /// What the next block should try, in this order.
    package func candidates(limit: Int) -> [SignedTransaction] { machine.candidates(limit: limit) }

    /// How many can be in a block, and how many wait for another to come first.
    package var counts: (pending: Int, queued: Int) { machine.counts }

    /// What waits, by sender and nonce.
    package func contents(
        of sender: Address? = nil
    ) -> [(sender: Address, pending: [SignedTransaction], queued: [SignedTransaction])] {
        machine.contents(of: sender)
    }

    // MARK: Events

    /// What changes from now on. A listener that is late misses the newest.
    package func events() -> AsyncStream<MempoolEvent> {
        let (stream, listener) = AsyncStream.makeStream(
            of: MempoolEvent.self,
            bufferingPolicy: .bufferingOldest(machine.limits.listenerBacklog))
        guard listeners.count < machine.limits.maximumListeners else {
            listener.finish()
            return stream
        }
        let id = nextListener
        nextListener += 1
        listeners[id] = listener
        return stream
    }

    private func record() {
        meters.changed(
            count: machine.count, bytes: machine.bytes, senders: machine.senderCount)
    }

    private func publish(_ events: [MempoolEvent]) {
        guard !events.isEmpty else { return }
        record()
        meters.happened(events)
        for (id, listener) in listeners.sorted(by: { $0.key < $1.key }) {
            for event in events {
                if case .terminated = listener.yield(event) { listeners[id] = nil }
            }
        }
    }
}
