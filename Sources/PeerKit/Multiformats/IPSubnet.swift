/// A range of IP addresses that share their first bits, such as 192.0.2.0/24 or 2001:db8::/32.
///
/// An IPv4 address and its IPv6-mapped form are one and the same here.
public struct IPSubnet: Hashable, Sendable {
    /// The first address of the range: every bit behind ``length`` is zero.
    public let prefix: IPAddress
    /// How many bits are shared: at most 32 for IPv4, at most 128 for IPv6.
    public let length: Int

    /// The range of `length` bits that `address` is in; lengths out of range count as the nearest
    /// one in it.
    public init(_ address: IPAddress, length: Int) {
        let address = address.unmapped
        let bits = address.bitWidth
        let length = min(max(0, length), bits)
        self.length = length
        switch address {
        case .v4(let v4):
            // Shifts beyond the width give zero.
            prefix = .v4(IPv4Address(rawValue: v4.rawValue & ~(UInt32.max >> UInt32(length))))
        case .v6(let v6):
            prefix = .v6(IPv6Address(rawValue: v6.rawValue & ~(UInt128.max >> UInt128(length))))
        }
    }

    /// Parses "192.0.2.0/24", or a single address.
    ///
    /// - Throws: ``IPAddressError`` for what is neither; bits behind the length are cleared.
    public init(_ text: String) throws(IPAddressError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = try IPAddress(String(parts[0])).unmapped
        guard parts.count == 2 else {
            self.init(address, length: address.bitWidth)
            return
        }
        guard let length = UInt16(strictDecimal: parts[1].utf8), length <= address.bitWidth else {
            throw .malformedAddress(text)
        }
        self.init(address, length: Int(length))
    }

    /// Whether an address is in the range.
    public func contains(_ address: IPAddress) -> Bool {
        IPSubnet(address, length: length) == self
    }
}

extension IPSubnet: CustomStringConvertible {
    /// The usual text, such as "192.0.2.0/24".
    public var description: String { "\(prefix)/\(length)" }
}

extension IPSubnet: Comparable {
    /// Orders by prefix, then the larger range first.
    public static func < (lhs: IPSubnet, rhs: IPSubnet) -> Bool {
        (lhs.prefix, lhs.length) < (rhs.prefix, rhs.length)
    }
}

extension IPAddress {
    /// 32 or 128.
    var bitWidth: Int { isV4 ? 32 : 128 }

    /// The network that one party usually has to itself: an address of IPv4, a /64 of IPv6.
    public var host: IPSubnet { IPSubnet(self, length: unmapped.isV4 ? 32 : 64) }

    /// The network that one organisation usually has: a /24 of IPv4, a /48 of IPv6. Whoever counts
    /// witnesses counts those.
    public var group: IPSubnet { IPSubnet(self, length: unmapped.isV4 ? 24 : 48) }
}
