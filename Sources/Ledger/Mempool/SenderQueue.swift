/// One sender's transactions, by nonce.
///
/// Those without a gap from the account's nonce on are *pending*: a block can take them one after
/// the other. Those behind a gap are *queued*.
struct SenderQueue: Sendable {
    /// As of the block that the pool knows.
    var account: SenderAccount
    /// By nonce, which no two share.
    private(set) var entries: [MempoolEntry] = []
    private(set) var bytes = 0
    /// The sum of what they can cost, in wei; at most the balance when the last one came.
    private(set) var cost = UInt256.zero
    /// Changes with every change and is never the same twice in a pool, so that a rank that is out of
    /// date is known as such.
    var version: UInt64 = 0

    init(account: SenderAccount) { self.account = account }

    /// How many have no gap before them.
    var pendingCount: Int {
        var next = account.nonce
        var count = 0
        for entry in entries {
            guard entry.nonce == next else { break }
            count += 1
            next &+= 1
        }
        return count
    }

    /// The nonce that a wallet should use next.
    var nextNonce: UInt64 { account.nonce &+ UInt64(pendingCount) }

    /// Where an entry with a nonce is, or would be.
    private func place(of nonce: UInt64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].nonce < nonce { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func entry(nonce: UInt64) -> MempoolEntry? {
        let place = place(of: nonce)
        guard place < entries.count, entries[place].nonce == nonce else { return nil }
        return entries[place]
    }

    /// Puts an entry in its place; answers the one that it replaces.
    mutating func insert(_ entry: MempoolEntry) -> MempoolEntry? {
        let place = place(of: entry.nonce)
        var replaced: MempoolEntry?
        if place < entries.count, entries[place].nonce == entry.nonce {
            replaced = entries[place]
            entries[place] = entry
        } else {
            entries.insert(entry, at: place)
        }
        bytes += entry.bytes - (replaced?.bytes ?? 0)
        cost = cost &+ entry.cost &- (replaced?.cost ?? .zero)
        return replaced
    }

    /// Takes out what the predicate names.
    mutating func remove(where isGone: (MempoolEntry) -> Bool) -> [MempoolEntry] {
        let gone = entries.filter(isGone)
        guard !gone.isEmpty else { return [] }
        entries.removeAll(where: isGone)
        for entry in gone {
            bytes -= entry.bytes
            cost = cost &- entry.cost
        }
        return gone
    }

    mutating func removeLast() -> MempoolEntry? {
        guard let last = entries.popLast() else { return nil }
        bytes -= last.bytes
        cost = cost &- last.cost
        return last
    }
}
