/// A self-describing network address: a path of protocols, outermost first, such as
/// `/ip4/192.0.2.1/tcp/4001/p2p/12D3KooW…`.
///
/// Source: https://github.com/multiformats/multiaddr
///
/// Protocols that ``MultiaddrProtocol`` does not list make both decoders throw. In binary the
/// length of an unknown value cannot be known, so nothing behind it could be read; and an address
/// that we cannot read we cannot dial. Whoever reads a list of addresses from a peer drops the
/// unreadable ones and keeps the others.
///
/// Deviations: the specification lets a text hold any number of trailing slashes; one is accepted.
public struct Multiaddr: Hashable, Sendable {
    /// A protocol and its value.
    public enum Component: Hashable, Sendable {
        /// An IPv4 address.
        case ip4(IPv4Address)
        /// An IPv6 address.
        case ip6(IPv6Address)
        /// A TCP port.
        case tcp(UInt16)
        /// A UDP port.
        case udp(UInt16)
        /// A DNS name, resolved to addresses of either family.
        case dns(DNSName)
        /// A DNS name, resolved to IPv4 addresses.
        case dns4(DNSName)
        /// A DNS name, resolved to IPv6 addresses.
        case dns6(DNSName)
        /// A DNS name whose TXT records hold multiaddrs.
        case dnsaddr(DNSName)
        /// The peer at this address.
        case p2p(PeerID)
        /// A circuit through the relay that stands before it.
        case p2pCircuit
        /// WebSocket.
        case ws
        /// WebSocket over TLS.
        case wss
        /// TLS.
        case tls
        /// QUIC version 1.
        case quicV1
    }

    /// The components, outermost protocol first.
    public let components: [Component]

    /// An address of the given components. An empty one means nothing by itself and can be
    /// neither encoded to nor decoded from a peer; it is what remains when all is decapsulated.
    public init(_ components: [Component]) { self.components = components }

    /// The transport of an IP endpoint.
    public enum Transport: Hashable, Sendable {
        /// TCP.
        case tcp
        /// UDP.
        case udp
    }

    /// `/ip4/…/tcp/…`, `/ip6/…/udp/…` and so on.
    public init(ip endpoint: IPEndpoint, transport: Transport) {
        components = [
            Component(endpoint.address),
            transport == .tcp ? .tcp(endpoint.port) : .udp(endpoint.port),
        ]
    }

    /// Whether there is no component.
    public var isEmpty: Bool { components.isEmpty }
}

extension Multiaddr.Component {
    /// `/ip4/…` or `/ip6/…`.
    public init(_ address: IPAddress) {
        self =
            switch address {
            case .v4(let address): .ip4(address)
            case .v6(let address): .ip6(address)
            }
    }

    /// The protocol, without its value.
    public var proto: MultiaddrProtocol {
        switch self {
        case .ip4: .ip4
        case .ip6: .ip6
        case .tcp: .tcp
        case .udp: .udp
        case .dns: .dns
        case .dns4: .dns4
        case .dns6: .dns6
        case .dnsaddr: .dnsaddr
        case .p2p: .p2p
        case .p2pCircuit: .p2pCircuit
        case .ws: .ws
        case .wss: .wss
        case .tls: .tls
        case .quicV1: .quicV1
        }
    }
}

// MARK: Wrapping and unwrapping

extension Multiaddr {
    /// This address with `other` appended.
    ///
    /// Two addresses near the limits of ``MultiformatsLimits`` give one that peers will refuse.
    public func encapsulating(_ other: Multiaddr) -> Multiaddr {
        Multiaddr(components + other.components)
    }

    /// This address without the last occurrence of `other` and all that follows it; unchanged
    /// when `other` does not occur.
    public func decapsulating(_ other: Multiaddr) -> Multiaddr {
        let count = other.components.count
        guard count > 0, count <= components.count else { return self }
        let starts = 0...(components.count - count)
        guard
            let start = starts.last(where: {
                components[$0..<($0 + count)].elementsEqual(other.components)
            })
        else { return self }
        return Multiaddr(Array(components[..<start]))
    }

    /// The peer that the whole address leads to: the value of a `/p2p` at its end.
    ///
    /// In `/ip4/…/p2p/R/p2p-circuit` the ID of the relay R is not at the end, so this is `nil`.
    public var peerID: PeerID? {
        if case .p2p(let peerID) = components.last { peerID } else { nil }
    }

    /// This address without the `/p2p` at its end, if there is one.
    public var withoutPeerID: Multiaddr {
        peerID == nil ? self : Multiaddr(components.dropLast())
    }

    /// This address leading to `peerID`, in place of the peer it led to before, if any.
    public func withPeerID(_ peerID: PeerID) -> Multiaddr {
        Multiaddr(withoutPeerID.components + [.p2p(peerID)])
    }

    /// Whether the address leads through a relay.
    public var isRelayed: Bool { components.contains(.p2pCircuit) }
}

// MARK: What to dial

/// What stands before the port in a multiaddr.
public enum MultiaddrHost: Hashable, Sendable, CustomStringConvertible {
    /// The addresses that a DNS name may be resolved to.
    public enum Family: Hashable, Sendable {
        /// Addresses of either family (`/dns`).
        case any
        /// IPv4 addresses (`/dns4`).
        case v4
        /// IPv6 addresses (`/dns6`).
        case v6
    }

    /// An address.
    case ip(IPAddress)
    /// A name to be resolved.
    case dns(String, family: Family)

    /// The text form.
    public var description: String {
        switch self {
        case .ip(let address): address.description
        case .dns(let name, _): name
        }
    }
}

extension Multiaddr {
    /// The IP address at the beginning.
    public var ipAddress: IPAddress? {
        switch components.first {
        case .ip4(let address): .v4(address)
        case .ip6(let address): .v6(address)
        default: nil
        }
    }

    /// The IP address and the TCP or UDP port at the beginning.
    public var ipEndpoint: IPEndpoint? {
        guard let ipAddress, components.count >= 2 else { return nil }
        switch components[1] {
        case .tcp(let port), .udp(let port): return IPEndpoint(address: ipAddress, port: port)
        default: return nil
        }
    }

    /// Where to connect, when this is the address of a plain TCP listener: host and `/tcp`, then
    /// at most `/p2p`. `nil` for all other addresses, `/ws` and relayed ones too.
    public var tcpDialTarget: (host: MultiaddrHost, port: UInt16)? {
        let address = withoutPeerID.components
        guard address.count == 2, case .tcp(let port) = address[1] else { return nil }
        let host: MultiaddrHost
        switch address[0] {
        case .ip4(let address): host = .ip(.v4(address))
        case .ip6(let address): host = .ip(.v6(address))
        case .dns(let name): host = .dns(name.text, family: .any)
        case .dns4(let name): host = .dns(name.text, family: .v4)
        case .dns6(let name): host = .dns(name.text, family: .v6)
        default: return nil
        }
        return (host, port)
    }
}

extension Multiaddr: Comparable {
    /// Orders addresses by their binary form.
    public static func < (lhs: Multiaddr, rhs: Multiaddr) -> Bool {
        lhs.bytes.lexicographicallyPrecedes(rhs.bytes)
    }
}
