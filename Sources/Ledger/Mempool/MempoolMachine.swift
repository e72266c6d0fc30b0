import Collections
import PeerKit

/// The rules of the mempool: what may wait for a block, in which order, and for how long.
///
/// Told what the chain's state says of senders, it keeps for each sender a queue by nonce, bounded in
/// count and bytes, and takes nothing that could never be paid or run. It reads no state itself.
///
/// Replacement: another transaction with the same sender and nonce takes the place of one that waits
/// if both its fee cap and its tip are higher by ``MempoolLimits/priceBump`` percent, and by 1 wei at
/// least, which is what it takes where fees are zero.
package struct MempoolMachine: Sendable {
    package let limits: MempoolLimits
    package private(set) var head: MempoolHead
    private(set) var senders: [Address: SenderQueue] = [:]
    private var places: [Hash32: Place] = [:]
    private(set) var bytes = 0
    private var sequence: UInt64 = 0
    /// Of queues; see ``SenderQueue/version``.
    private var changes: UInt64 = 0
    /// Who loses first. Old ranks stay until they come up or become many.
    private var ranks = Heap<EvictionRank>()
    private var buckets: [Address: AdmissionBucket] = [:]

    private struct Place: Sendable {
        var sender: Address
        var nonce: UInt64
    }

    package init(head: MempoolHead, limits: MempoolLimits = MempoolLimits()) {
        self.head = head
        self.limits = limits
    }

    /// How many wait.
    package var count: Int { places.count }

    func entry(_ hash: Hash32) -> MempoolEntry? {
        places[hash].flatMap { senders[$0.sender]?.entry(nonce: $0.nonce) }
    }

    // MARK: Coming

    /// Takes a transaction.
    ///
    /// - Parameters:
    ///   - account: The sender's, as of ``head``.
    ///   - now: When it came.
    package mutating func add(
        _ transaction: SignedTransaction, account: SenderAccount, at now: Instant
    ) throws(MempoolError) -> [MempoolEvent] {
        guard places[transaction.hash] == nil else { throw .alreadyKnown }
        let cost = try check(transaction, account)
        let sender = transaction.sender
        var queue = senders[sender] ?? SenderQueue(account: account)
        queue.account = account
        let entry = MempoolEntry(
            transaction: transaction, arrived: now, sequence: sequence, cost: cost)
        let old = queue.entry(nonce: entry.nonce)
        if let old, !outbids(entry, old) { throw .replacementUnderpriced }
        try checkRoom(for: entry, replacing: old, in: queue)
        try takeTokens(transaction, at: now)
        var events: [MempoolEvent] = []
        if old == nil { events = try makeRoom(for: entry, in: queue) }
        // Eviction may have changed this sender's queue too.
        if let current = senders[sender] {
            queue = current
            queue.account = account
        }
        let before = queue.pendingCount
        if let replaced = queue.insert(entry) {
            forget(replaced)
            events.append(.dropped(replaced.transaction.hash, .replaced))
        }
        sequence += 1
        places[transaction.hash] = Place(sender: sender, nonce: entry.nonce)
        bytes += entry.bytes
        let after = queue.pendingCount
        if old != nil, entry.nonce &- account.nonce < UInt64(after) {
            events.append(.pending(transaction))
        }
        if after > before {
            events += queue.entries[before..<after].map { .pending($0.transaction) }
        }
        keep(queue, of: sender)
        return events
    }

    /// What holds of a transaction whatever else is in the pool; answers what it can cost.
    private func check(
        _ signed: SignedTransaction, _ account: SenderAccount
    ) throws(MempoolError) -> UInt256 {
        let transaction = signed.transaction
        guard signed.encoded.count <= limits.maximumTransactionBytes else {
            throw .oversized(
                bytes: signed.encoded.count, limit: limits.maximumTransactionBytes)
        }
        if transaction.kind == .blob {
            throw .invalid(.unsupportedKind(Transaction.Kind.blob.rawValue))
        }
        guard transaction.chainID != nil else { throw .unprotected }
        let cost: UInt256
        do throws(TransactionError) {
            cost = try checkAgainstHead(transaction, account)
        } catch {
            throw .invalid(error)
        }
        guard account.balance >= limits.minimumBalance else {
            throw .poorSender(balance: account.balance, minimum: limits.minimumBalance)
        }
        return cost
    }

    private func checkAgainstHead(
        _ transaction: Transaction, _ account: SenderAccount
    ) throws(TransactionError) -> UInt256 {
        _ = try TransactionCheck.checkFields(
            transaction, rules: head.rules, chainID: head.chainID)
        guard transaction.gasLimit <= head.gasLimit else {
            throw .gasLimitAboveBlock(limit: transaction.gasLimit, block: head.gasLimit)
        }
        guard transaction.nonce >= account.nonce else {
            throw .nonceTooLow(next: account.nonce, found: transaction.nonce)
        }
        guard account.canSend else { throw .senderHasCode }
        let cost = TransactionCheck.cost(transaction)
        guard let cost, account.balance >= cost else {
            throw .insufficientFunds(balance: account.balance, needed: cost)
        }
        return cost
    }

    private func outbids(_ new: MempoolEntry, _ old: MempoolEntry) -> Bool {
        func isHigher(_ new: UInt256, than old: UInt256) -> Bool {
            guard new > old else { return false }
            guard let least = old.multipliedExactly(by: UInt256(100 + limits.priceBump)),
                let offered = new.multipliedExactly(by: 100)
            else { return true }
            return offered >= least
        }
        return isHigher(new.feeCap, than: old.feeCap) && isHigher(new.tip, than: old.tip)
    }

    /// The sender's own limits.
    private func checkRoom(
        for entry: MempoolEntry, replacing old: MempoolEntry?, in queue: SenderQueue
    ) throws(MempoolError) {
        if old == nil, queue.entries.count >= limits.maximumPerSender {
            throw .senderLimit("\(limits.maximumPerSender) transactions wait")
        }
        guard queue.bytes - (old?.bytes ?? 0) + entry.bytes <= limits.maximumBytesPerSender else {
            throw .senderLimit("\(limits.maximumBytesPerSender) bytes wait")
        }
        let others = queue.cost &- (old?.cost ?? .zero)
        guard let sum = others.addedExactly(entry.cost), sum <= queue.account.balance else {
            throw .overdraft(balance: queue.account.balance, queued: others, cost: entry.cost)
        }
    }

    private mutating func takeTokens(
        _ signed: SignedTransaction, at now: Instant
    ) throws(MempoolError) {
        guard let limit = limits.admission else { return }
        var bucket = buckets[signed.sender] ?? AdmissionBucket(full: limit, at: now)
        let wait = bucket.take(signed.transaction.gasLimit, limit, at: now)
        if buckets[signed.sender] == nil, buckets.count >= limits.maximumTransactions {
            // Full buckets say nothing. Where none is full, whoever is here has to wait: more
            // senders than transactions fit into the pool have sent within seconds.
            buckets = buckets.filter { entry in
                var bucket = entry.value
                return !bucket.isFull(limit, at: now)
            }
            guard buckets.count < limits.maximumTransactions else {
                throw .tooFast(retryAfter: .seconds(1))
            }
        }
        buckets[signed.sender] = bucket
        if let wait { throw .tooFast(retryAfter: wait) }
    }

    // MARK: Room

    /// Lets others go until an entry fits; throws if it would be the first to go itself.
    private mutating func makeRoom(
        for entry: MempoolEntry, in queue: SenderQueue
    ) throws(MempoolError) -> [MempoolEvent] {
        let own = EvictionRank(
            weight: limits.weight(
                count: queue.entries.count + 1, bytes: queue.bytes + entry.bytes),
            isQueued: entry.nonce != queue.nextNonce,
            tip: entry.tip, balance: queue.account.balance, sequence: entry.sequence,
            sender: entry.transaction.sender, version: 0)
        // A plan first: whoever cannot come in must not have cost anybody a place.
        var plan: [Address: SenderQueue] = [:]
        var gone: [MempoolEntry] = []
        var ahead = Heap<EvictionRank>()
        var seen: [Address] = []
        defer { for sender in seen { pushRank(of: sender) } }
        var free = (
            count: limits.maximumTransactions - count, bytes: limits.maximumBytes - bytes
        )
        while free.count < 1 || free.bytes < entry.bytes {
            if let next = popRank() {
                seen.append(next.sender)
                ahead.insert(next)
            }
            guard let rank = ahead.popMax(), rank > own, rank.sender != own.sender,
                var loser = plan[rank.sender] ?? senders[rank.sender],
                let last = loser.removeLast()
            else { throw .full }
            plan[rank.sender] = loser
            if let rank = rankOfLast(in: loser, of: rank.sender) { ahead.insert(rank) }
            gone.append(last)
            free = (free.count + 1, free.bytes + last.bytes)
        }
        for (sender, queue) in plan { keep(queue, of: sender) }
        return gone.map { entry in
            forget(entry)
            return .dropped(entry.transaction.hash, .evicted)
        }
    }

    /// The greatest rank that is up to date.
    private mutating func popRank() -> EvictionRank? {
        while let rank = ranks.popMax() {
            if senders[rank.sender]?.version == rank.version { return rank }
        }
        return nil
    }

    private func rankOfLast(in queue: SenderQueue, of sender: Address) -> EvictionRank? {
        guard let last = queue.entries.last else { return nil }
        return EvictionRank(
            weight: limits.weight(count: queue.entries.count, bytes: queue.bytes),
            isQueued: queue.pendingCount < queue.entries.count,
            tip: last.tip, balance: queue.account.balance, sequence: last.sequence,
            sender: sender, version: queue.version)
    }

    private mutating func pushRank(of sender: Address) {
        guard let queue = senders[sender], let rank = rankOfLast(in: queue, of: sender) else {
            return
        }
        if ranks.count > 4 * senders.count + 1024 {
            ranks = Heap(ranks.unordered.filter { senders[$0.sender]?.version == $0.version })
        }
        ranks.insert(rank)
    }

    private mutating func keep(_ queue: SenderQueue, of sender: Address) {
        var queue = queue
        changes += 1
        queue.version = changes
        senders[sender] = queue.entries.isEmpty ? nil : queue
        pushRank(of: sender)
    }

    private mutating func forget(_ entry: MempoolEntry) {
        places[entry.transaction.hash] = nil
        bytes -= entry.bytes
    }

    // MARK: Going

    /// The chain has a new head: what its state no longer allows goes.
    ///
    /// - Parameter accounts: Of every sender in ``waitingSenders``; one that is missing counts as
    ///   unchanged.
    package mutating func follow(
        _ head: MempoolHead, accounts: [Address: SenderAccount], at now: Instant
    ) -> [MempoolEvent] {
        self.head = head
        var events: [MempoolEvent] = []
        for sender in waitingSenders {
            guard var queue = senders[sender] else { continue }
            let before = Set(queue.entries.prefix(queue.pendingCount).map(\.transaction.hash))
            queue.account = accounts[sender] ?? queue.account
            let account = queue.account
            events += drop(.used, from: &queue) { $0.nonce < account.nonce }
            events += drop(.unpayable, from: &queue) {
                $0.cost > account.balance || !account.canSend
            }
            events += drop(.tooLarge, from: &queue) {
                $0.transaction.transaction.gasLimit > head.gasLimit
            }
            events += drop(.expired, from: &queue) { [limits] entry in
                entry.arrived.advanced(by: limits.lifetime) <= now
            }
            for entry in queue.entries.prefix(queue.pendingCount)
            where !before.contains(entry.transaction.hash) {
                events.append(.pending(entry.transaction))
            }
            keep(queue, of: sender)
        }
        return events
    }

    private mutating func drop(
        _ reason: DropReason, from queue: inout SenderQueue, where isGone: (MempoolEntry) -> Bool
    ) -> [MempoolEvent] {
        queue.remove(where: isGone).map { entry in
            forget(entry)
            return .dropped(entry.transaction.hash, reason)
        }
    }

    /// Lets go what has waited too long.
    package mutating func expire(at now: Instant) -> [MempoolEvent] {
        remove(.expired) { [limits] in $0.arrived.advanced(by: limits.lifetime) <= now }
    }

    /// Lets go what a predicate names.
    package mutating func remove(
        _ reason: DropReason = .removed, where isGone: (MempoolEntry) -> Bool
    ) -> [MempoolEvent] {
        var events: [MempoolEvent] = []
        for sender in waitingSenders {
            guard var queue = senders[sender] else { continue }
            let dropped = drop(reason, from: &queue, where: isGone)
            guard !dropped.isEmpty else { continue }
            events += dropped
            keep(queue, of: sender)
        }
        return events
    }
}
