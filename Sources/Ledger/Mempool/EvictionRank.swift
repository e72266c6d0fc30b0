/// How soon a sender loses its last transaction when the pool is full; the greatest first.
///
/// Whoever takes most of the pool, by number or by bytes, loses first, so that no account crowds out
/// another, neither with many transactions nor with one that is a thousand times as long. Among equals
/// the order is: a transaction behind a gap, a lower tip, a poorer sender (to crowd others out takes
/// accounts with more coin than theirs), a later arrival.
struct EvictionRank: Comparable, Sendable {
    /// What the sender takes, see ``MempoolLimits/weight(count:bytes:)``.
    var weight: Int
    var isQueued: Bool
    var tip: UInt256
    var balance: UInt256
    var sequence: UInt64
    var sender: Address
    /// Of the sender's queue; another one there means that this rank is out of date.
    var version: UInt64

    static func < (a: EvictionRank, b: EvictionRank) -> Bool {
        if a.weight != b.weight { return a.weight < b.weight }
        if a.isQueued != b.isQueued { return !a.isQueued }
        if a.tip != b.tip { return a.tip > b.tip }
        if a.balance != b.balance { return a.balance > b.balance }
        return a.sequence < b.sequence
    }
}

/// Whose turn it is in the next block; the greatest first.
///
/// A higher tip comes first. With equal tips, as without fees, senders are served as in fair queueing:
/// by the gas that a sender has asked for with this one and those of its own before it. So a transfer
/// does not wait for those who ask for a whole block each, and everybody's first goes before
/// anybody's second of the same size.
struct InclusionRank: Comparable, Sendable {
    var tip: UInt256
    /// Limits of this and of those of its sender before it.
    var gas: UInt64
    /// Which of its sender's it is.
    var position: Int
    var sequence: UInt64
    var sender: Address

    static func < (a: InclusionRank, b: InclusionRank) -> Bool {
        if a.tip != b.tip { return a.tip < b.tip }
        if a.gas != b.gas { return a.gas > b.gas }
        return a.sequence > b.sequence
    }
}
