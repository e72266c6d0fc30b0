/// What the host needs to say about addresses.
extension IPAddress {
    /// 127.0.0.1.
    static let loopbackV4 = IPAddress.v4(IPv4Address(127, 0, 0, 1))
    /// The broadcast address of the loopback network, 127.255.255.255.
    static let loopbackBroadcast = IPAddress.v4(IPv4Address(127, 255, 255, 255))

    var isV4: Bool { if case .v4 = self { true } else { false } }

    /// Reads 4 or 16 bytes in network order; `nil` for any other number of bytes.
    init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4: self = .v4(IPv4Address(bytes[0], bytes[1], bytes[2], bytes[3]))
        case 16:
            self = .v6(IPv6Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) }))
        default: return nil
        }
    }
}

extension MultiaddrHost.Family {
    /// Whether a resolved address is of this family.
    func admits(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .v4: address.isV4
        case .v6: !address.isV4
        }
    }
}

extension Multiaddr {
    /// Any free TCP port on 127.0.0.1.
    public static let loopback = Multiaddr(
        ip: IPEndpoint(address: .loopbackV4, port: 0), transport: .tcp)

    /// Whether it leads to further addresses in the DNS.
    var hasDNSAddr: Bool {
        components.contains { if case .dnsaddr = $0 { true } else { false } }
    }

    /// Where to listen for `/ip4/ADDRESS/tcp/PORT` and `/ip6/ADDRESS/tcp/PORT`.
    var listenEndpoint: IPEndpoint? {
        guard components.count == 2, case (.ip(let address), let port)? = tcpDialTarget else {
            return nil
        }
        return IPEndpoint(address: address, port: port)
    }
}
