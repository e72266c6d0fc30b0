/// Whom a ban is about.
public enum BanSubject: Hashable, Sendable, CustomStringConvertible {
    /// A peer, wherever it comes from.
    case peer(PeerID)
    /// Every peer behind an IP address.
    case address(IPAddress)
    /// Every peer in a range of IP addresses.
    case subnet(IPSubnet)

    /// Parses a peer ID, an IP address or a range of them such as 192.0.2.0/24.
    public init?(_ text: String) {
        if let peer = try? PeerID(text) {
            self = .peer(peer)
        } else if let address = try? IPAddress(text) {
            self = .address(address.unmapped)
        } else if let subnet = try? IPSubnet(text) {
            self = .subnet(subnet)
        } else {
            return nil
        }
    }

    /// What ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .peer(let peer): peer.description
        case .address(let address): address.description
        case .subnet(let subnet): subnet.description
        }
    }

    /// The addresses that are meant, if any.
    var range: IPSubnet? {
        switch self {
        case .peer: nil
        case .address(let address): IPSubnet(address, length: 128)
        case .subnet(let subnet): subnet
        }
    }

    /// One form for each subject: a range of one address is that address.
    var normalised: BanSubject {
        guard let range else { return self }
        return range.length == range.prefix.bitWidth ? .address(range.prefix) : .subnet(range)
    }
}

extension BanSubject: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let subject = BanSubject(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "neither a peer ID nor an IP address or range")
        }
        self = subject
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A ban that somebody made.
public struct Ban: Sendable, Hashable, Codable {
    /// Whom it is about.
    public var subject: BanSubject
    /// Why, in words.
    public var reason: String
    /// When it was made, in milliseconds since 1970-01-01 00:00 UTC.
    public var since: UInt64
    /// When it ends, likewise; `nil` for never.
    public var until: UInt64?
}
