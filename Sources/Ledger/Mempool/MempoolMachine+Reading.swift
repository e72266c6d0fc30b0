import Collections

extension MempoolMachine {
    /// How many accounts have something waiting.
    package var senderCount: Int { senders.count }

    /// Who has something waiting, in order.
    package var waitingSenders: [Address] { senders.keys.sorted() }

    /// A transaction that waits.
    package func transaction(_ hash: Hash32) -> SignedTransaction? { entry(hash)?.transaction }

    /// The nonce that a wallet should use next, counting what waits without a gap.
    package func nextNonce(of sender: Address) -> UInt64? { senders[sender]?.nextNonce }

    /// How many can be in a block, and how many wait for another to come first.
    package var counts: (pending: Int, queued: Int) {
        let pending = senders.values.reduce(0) { $0 + $1.pendingCount }
        return (pending, count - pending)
    }

    /// What waits, by sender and nonce.
    package func contents(
        of only: Address? = nil
    ) -> [(sender: Address, pending: [SignedTransaction], queued: [SignedTransaction])] {
        (only.map { [$0] } ?? waitingSenders).compactMap { sender in
            guard let queue = senders[sender] else { return nil }
            let pending = queue.pendingCount
            return (
                sender, queue.entries.prefix(pending).map(\.transaction),
                queue.entries.dropFirst(pending).map(\.transaction)
            )
        }
    }

    /// What the next block should try, in this order: each sender's by nonce, higher tips first, and
    /// with equal tips who has asked for less gas (``InclusionRank``).
    package func candidates(limit: Int) -> [SignedTransaction] {
        var turns = Heap<InclusionRank>()
        for (sender, queue) in senders { push(sender, queue, position: 0, after: 0, on: &turns) }
        var chosen: [SignedTransaction] = []
        while chosen.count < limit, let turn = turns.popMax(), let queue = senders[turn.sender] {
            chosen.append(queue.entries[turn.position].transaction)
            push(turn.sender, queue, position: turn.position + 1, after: turn.gas, on: &turns)
        }
        return chosen
    }

    private func push(
        _ sender: Address, _ queue: SenderQueue, position: Int, after gas: UInt64,
        on turns: inout Heap<InclusionRank>
    ) {
        guard position < queue.pendingCount else { return }
        let entry = queue.entries[position]
        let transaction = entry.transaction.transaction
        guard let price = transaction.effectiveGasPrice(baseFee: head.baseFee) else { return }
        turns.insert(
            InclusionRank(
                tip: price &- head.baseFee,
                // No limit is above the block's, and senders have few: far below 64 bits.
                gas: gas &+ transaction.gasLimit, position: position, sequence: entry.sequence,
                sender: sender))
    }

    /// What must hold at all times; answers what does not. For tests.
    func brokenInvariants() -> [String] {
        var broken: [String] = []
        func require(_ holds: Bool, _ what: String) { if !holds { broken.append(what) } }
        let entries = senders.values.flatMap(\.entries)
        require(entries.count == count, "as many places as entries")
        require(entries.reduce(0) { $0 + $1.bytes } == bytes, "bytes add up")
        require(count <= limits.maximumTransactions, "count within its limit")
        require(bytes <= limits.maximumBytes, "bytes within their limit")
        for (sender, queue) in senders {
            let nonces = queue.entries.map(\.nonce)
            require(!nonces.isEmpty, "no empty queue")
            require(nonces == nonces.sorted() && Set(nonces).count == nonces.count, "by nonce")
            require(nonces.allSatisfy { $0 >= queue.account.nonce }, "no nonce that is used")
            require(queue.entries.count <= limits.maximumPerSender, "sender's count in its limit")
            require(queue.bytes <= limits.maximumBytesPerSender, "sender's bytes in their limit")
            require(queue.bytes == queue.entries.reduce(0) { $0 + $1.bytes }, "sender's bytes")
            require(queue.cost == queue.entries.reduce(.zero) { $0 &+ $1.cost }, "sender's cost")
            require(
                queue.entries.allSatisfy { self.entry($0.transaction.hash)?.nonce == $0.nonce },
                "every entry has its place")
            require(queue.entries.allSatisfy { $0.transaction.sender == sender }, "its own sender")
        }
        return broken
    }
}
