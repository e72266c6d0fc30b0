import Collections

/// What the address book holds about one peer. Times are seconds since 1970, as they outlive the
/// process; zero means never.
struct AddressBookEntry: Sendable, Hashable {
    /// A peer's own signed word.
    struct Certificate: Sendable, Hashable {
        var sequence: UInt64
        var addresses: [Multiaddr]
        /// The envelope as it came, for passing on.
        var envelope: [UInt8]
        /// When this node had it first.
        var learned: UInt64
    }

    var certificate: Certificate?
    /// Addresses without a signature, each with the time at which it lapses.
    var uncertified: OrderedDictionary<Multiaddr, UInt64> = [:]
    /// Times that a connection came about.
    var successes: UInt64 = 0
    /// Dials that failed, ever.
    var failures: UInt64 = 0
    /// Dials that failed since the last success.
    var failuresInARow: UInt64 = 0
    var lastSuccess: UInt64 = 0
    var lastFailure: UInt64 = 0
    var lastSeen: UInt64 = 0
    /// The address at which it was reached last.
    var worked: Multiaddr?

    /// Whether this node has never reached it.
    var isStranger: Bool { lastSuccess == 0 }

    /// Where to dial it: the address that worked, then signed ones, then hearsay.
    func addresses(at now: UInt64) -> [Multiaddr] {
        var list: OrderedSet<Multiaddr> = []
        if let worked { list.append(worked) }
        for address in certificate?.addresses ?? [] { list.append(address) }
        for (address, expiry) in uncertified where expiry > now { list.append(address) }
        return Array(list)
    }

    /// How much a dial promises; higher is better. A failure weighs like ten minutes of age, two in
    /// a row like forty, twenty like three days.
    var promise: Int64 {
        let row = Int64(clamping: min(failuresInARow, 1_000))
        return Int64(clamping: lastSuccess) - row * row * 600
    }
}
