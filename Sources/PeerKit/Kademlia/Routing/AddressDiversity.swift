/// The part of an address that one operator usually holds: a /16 of IPv4, a /32 of IPv6.
///
/// Tables admit few peers of one group, so that whoever wants to surround a node needs addresses in
/// many networks and not only many keys, which cost nothing.
struct NetworkGroup: Hashable, Sendable {
    private let prefix: UInt64

    /// The group of an address.
    init(_ address: IPAddress) {
        switch address.unmapped {
        case .v4(let address): prefix = UInt64(address.rawValue >> 16)
        case .v6(let address): prefix = 1 << 32 | UInt64(truncatingIfNeeded: address.rawValue >> 96)
        }
    }
}

/// How many peers of one group of addresses (a /16 of IPv4, a /32 of IPv6) a table holds.
///
/// The figures are go-libp2p's for public networks.
public struct AddressDiversity: Sendable, Hashable {
    /// In one bucket.
    public var maximumPerBucket = 2
    /// In the whole table.
    public var maximumPerTable = 3
    /// Whether peers on this machine are not counted.
    public var exemptsLoopback = true
    /// Whether private and link-local addresses are not counted: all of a LAN is one group, and
    /// nobody can come from such an address who is not on it.
    public var exemptsPrivate = true

    /// The defaults.
    public init() {}

    /// The group that counts for a peer at `address`; `nil` when none does.
    func group(of address: IPAddress?) -> NetworkGroup? {
        guard let address else { return nil }
        if exemptsLoopback, address.isLoopback { return nil }
        if exemptsPrivate, address.isPrivate || address.isLinkLocal { return nil }
        return NetworkGroup(address)
    }
}
