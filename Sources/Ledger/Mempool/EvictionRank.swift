/// How soon a sender loses its last transaction when the pool is full; the greatest first.
///
/// Whoever has most in the pool loses first, so that no account crowds out another. Among equals
/// the order is: a transaction behind a gap, a lower tip, a poorer sender (to crowd others out takes
/// accounts with more coin than theirs), a later arrival.
struct EvictionRank: Comparable, Sendable {
    var count: Int
    var isQueued: Bool
    var tip: UInt256
    var balance: UInt256
    var sequence: UInt64
    var sender: Address
    /// Of the sender's queue; another one there means that this rank is out of date.
    var version: UInt64

    static func < (a: EvictionRank, b: EvictionRank) -> Bool {
        if a.count != b.count { return a.count < b.count }
        if a.isQueued != b.isQueued { return !a.isQueued }
        if a.tip != b.tip { return a.tip > b.tip }
        if a.balance != b.balance { return a.balance > b.balance }
        return a.sequence < b.sequence
    }
}

/// Whose turn it is in the next block; the greatest first.
///
/// A higher tip comes first. With equal tips, as without fees, everybody's first transaction goes
/// before anybody's second.
struct InclusionRank: Comparable, Sendable {
    var tip: UInt256
    /// Which of its sender's it is.
    var position: Int
    var sequence: UInt64
    var sender: Address

    static func < (a: InclusionRank, b: InclusionRank) -> Bool {
        if a.tip != b.tip { return a.tip < b.tip }
        if a.position != b.position { return a.position > b.position }
        return a.sequence > b.sequence
    }
}
