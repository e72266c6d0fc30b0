extension Multiaddr: CustomStringConvertible {
    /// Parses text such as `/dns4/example.org/tcp/4001`. `/ipfs/` is read as `/p2p/`.
    public init(_ text: String) throws(MultiaddrError) {
        let limit = MultiformatsLimits.maximumMultiaddrTextLength
        guard text.utf8.count <= limit else {
            throw .tooLong(byteCount: text.utf8.count, limit: limit)
        }
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.first == UInt8(ascii: "/") else { throw .missingLeadingSlash(text) }
        // On bytes, so that a combining character behind a slash does not hide the slash.
        var parts = text.utf8.dropFirst()
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }[...]
        if parts.last?.isEmpty == true { parts = parts.dropLast() }
        guard !parts.isEmpty else { throw .empty }
        var components: [Component] = []
        while let name = parts.popFirst() {
            let position = components.count + 1
            let componentLimit = MultiformatsLimits.maximumMultiaddrComponentCount
            guard position <= componentLimit else {
                throw .tooManyComponents(limit: componentLimit)
            }
            guard let proto = MultiaddrProtocol(name: name) else {
                throw .unknownProtocol(String(name), position: position)
            }
            if proto.valueByteCount == 0 {
                components.append(try Component(proto, text: "", position: position))
            } else {
                guard let value = parts.popFirst(), !value.isEmpty else {
                    throw .missingValue(of: proto, position: position)
                }
                components.append(try Component(proto, text: String(value), position: position))
            }
        }
        self.init(components)
        // Names with the longest labels can be below the limit of the text and above this one.
        let byteCount = bytes.count
        let byteLimit = MultiformatsLimits.maximumMultiaddrByteCount
        guard byteCount <= byteLimit else {
            throw .tooLong(byteCount: byteCount, limit: byteLimit)
        }
    }

    /// The text, with `/p2p` for peers and base58 peer IDs; "/" when there is no component.
    public var description: String {
        components.isEmpty ? "/" : components.map(\.description).joined()
    }
}

extension Multiaddr.Component: CustomStringConvertible {
    fileprivate init(
        _ proto: MultiaddrProtocol, text: String, position: Int
    ) throws(MultiaddrError) {
        func invalid(_ reason: String) -> MultiaddrError {
            .invalidValue(text, of: proto, reason: reason, position: position)
        }
        switch proto {
        case .ip4:
            guard let address = try? IPv4Address(text) else {
                throw invalid("not an IPv4 address")
            }
            self = .ip4(address)
        case .ip6:
            guard let address = try? IPv6Address(text) else {
                throw invalid("not an IPv6 address")
            }
            self = .ip6(address)
        case .tcp, .udp:
            guard let port = UInt16(strictDecimal: text.utf8) else {
                throw invalid("not a port from 0 to 65535")
            }
            self = proto == .tcp ? .tcp(port) : .udp(port)
        case .p2p:
            do {
                self = .p2p(try PeerID(text))
            } catch {
                throw invalid(error.description)
            }
        case .dns, .dns4, .dns6, .dnsaddr: try self.init(proto, name: text, position: position)
        case .p2pCircuit: self = .p2pCircuit
        case .ws: self = .ws
        case .wss: self = .wss
        case .tls: self = .tls
        case .quicV1: self = .quicV1
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .ip4(let address): "/\(proto)/\(address)"
        case .ip6(let address): "/\(proto)/\(address)"
        case .tcp(let port), .udp(let port): "/\(proto)/\(port)"
        case .dns(let name), .dns4(let name), .dns6(let name), .dnsaddr(let name):
            "/\(proto)/\(name)"
        case .p2p(let peerID): "/\(proto)/\(peerID)"
        case .p2pCircuit, .ws, .wss, .tls, .quicV1: "/\(proto)"
        }
    }
}

extension Multiaddr: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(try container.decode(String.self))
        } catch let error as MultiaddrError {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: error.description)
        }
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
