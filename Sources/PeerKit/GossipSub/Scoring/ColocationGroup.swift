/// Addresses that one party is likely to have all of: a single one, or an IPv6 network of 64 bits,
/// which is what a single customer gets.
enum ColocationGroup: Sendable, Hashable {
    case address(IPAddress)
    /// The upper half of an IPv6 address.
    case network(UInt64)

    /// The groups that an address belongs to.
    static func all(of address: IPAddress) -> [ColocationGroup] {
        switch address.unmapped {
        case .v4: [.address(address.unmapped)]
        case .v6(let address):
            [.address(.v6(address)), .network(UInt64(truncatingIfNeeded: address.rawValue >> 64))]
        }
    }
}
