/// A protocol that may stand in a multiaddr.
///
/// Source: https://github.com/multiformats/multiaddr/blob/master/protocols.csv
public enum MultiaddrProtocol: UInt64, CaseIterable, Sendable, CustomStringConvertible {
    /// An IPv4 address.
    case ip4 = 4
    /// A TCP port.
    case tcp = 6
    /// An IPv6 address.
    case ip6 = 41
    /// A DNS name, resolved to addresses of either family.
    case dns = 53
    /// A DNS name, resolved to IPv4 addresses.
    case dns4 = 54
    /// A DNS name, resolved to IPv6 addresses.
    case dns6 = 55
    /// A DNS name whose TXT records hold multiaddrs.
    case dnsaddr = 56
    /// A UDP port.
    case udp = 273
    /// A circuit through the relay that stands before it.
    case p2pCircuit = 290
    /// The peer at this address.
    case p2p = 421
    /// TLS over what stands before it.
    case tls = 448
    /// QUIC version 1 (RFC 9000).
    case quicV1 = 461
    /// WebSocket.
    case ws = 477
    /// WebSocket over TLS, the older form of /tls/ws.
    case wss = 478

    /// The name in text.
    public var description: String {
        switch self {
        case .ip4: "ip4"
        case .tcp: "tcp"
        case .ip6: "ip6"
        case .dns: "dns"
        case .dns4: "dns4"
        case .dns6: "dns6"
        case .dnsaddr: "dnsaddr"
        case .udp: "udp"
        case .p2pCircuit: "p2p-circuit"
        case .p2p: "p2p"
        case .tls: "tls"
        case .quicV1: "quic-v1"
        case .ws: "ws"
        case .wss: "wss"
        }
    }

    /// The protocol with the given name; "ipfs" is the older name of "p2p".
    init?(name: Substring) {
        guard let match = Self.byName[name] else { return nil }
        self = match
    }

    private static let byName: [Substring: MultiaddrProtocol] = {
        var byName: [Substring: MultiaddrProtocol] = ["ipfs": .p2p]
        for proto in allCases { byName[proto.description[...]] = proto }
        return byName
    }()

    static let allNames = allCases.map(\.description).joined(separator: ", ")

    /// How many bytes a value takes in binary: `nil` when a length stands before it.
    var valueByteCount: Int? {
        switch self {
        case .ip4: 4
        case .ip6: 16
        case .tcp, .udp: 2
        case .p2pCircuit, .tls, .quicV1, .ws, .wss: 0
        case .dns, .dns4, .dns6, .dnsaddr, .p2p: nil
        }
    }

    /// A component to show to someone who left the value out.
    var example: String {
        switch self {
        case .ip4: "/ip4/192.0.2.1"
        case .ip6: "/ip6/2001:db8::1"
        case .tcp, .udp: "/\(self)/4001"
        case .dns, .dns4, .dns6, .dnsaddr: "/\(self)/example.org"
        case .p2p: "/p2p/12D3KooW…"
        case .p2pCircuit, .tls, .quicV1, .ws, .wss: "/\(self)"
        }
    }
}
