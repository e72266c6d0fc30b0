extension Multiaddr {
    /// Decodes the binary form: for each component the code of the protocol as a varint, the
    /// length if the protocol's values vary in length, and the value.
    public init(bytes: [UInt8]) throws(MultiaddrError) {
        let limit = MultiformatsLimits.maximumMultiaddrByteCount
        guard bytes.count <= limit else { throw .tooLong(byteCount: bytes.count, limit: limit) }
        guard !bytes.isEmpty else { throw .empty }
        var components: [Component] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let componentLimit = MultiformatsLimits.maximumMultiaddrComponentCount
            guard components.count < componentLimit else {
                throw .tooManyComponents(limit: componentLimit)
            }
            components.append(
                try Component(decoding: &rest, position: components.count + 1))
        }
        self.init(components)
    }

    /// The binary form.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for component in components { component.encode(into: &bytes) }
        return bytes
    }
}

extension Multiaddr.Component {
    fileprivate init(
        decoding rest: inout ArraySlice<UInt8>, position: Int
    ) throws(MultiaddrError) {
        let offset = rest.startIndex
        let code = try Self.varInt(&rest)
        guard let proto = MultiaddrProtocol(rawValue: code) else {
            throw .unknownProtocolCode(code, offset: offset)
        }
        let byteCount: Int
        if let fixed = proto.valueByteCount {
            byteCount = fixed
        } else {
            byteCount = Int(clamping: try Self.varInt(&rest))
        }
        guard byteCount <= rest.count else { throw .truncated(offset: offset) }
        let value = rest.prefix(byteCount)
        rest = rest.dropFirst(byteCount)
        try self.init(proto, binary: value, position: position)
    }

    private static func varInt(
        _ rest: inout ArraySlice<UInt8>
    ) throws(MultiaddrError) -> UInt64 {
        do {
            return try VarInt.decode(&rest)
        } catch {
            switch error {
            case .truncated: throw .truncated(offset: rest.startIndex)
            default: throw .malformedVarInt(error, offset: rest.startIndex)
            }
        }
    }

    /// `value` has the length that `proto` prescribes, if it prescribes one.
    private init(
        _ proto: MultiaddrProtocol, binary value: ArraySlice<UInt8>, position: Int
    ) throws(MultiaddrError) {
        switch proto {
        case .ip4: self = .ip4(IPv4Address(rawValue: value.reduce(0) { $0 << 8 | UInt32($1) }))
        case .ip6: self = .ip6(IPv6Address(rawValue: value.reduce(0) { $0 << 8 | UInt128($1) }))
        case .tcp: self = .tcp(value.reduce(0) { $0 << 8 | UInt16($1) })
        case .udp: self = .udp(value.reduce(0) { $0 << 8 | UInt16($1) })
        case .p2p:
            do {
                self = .p2p(try PeerID(bytes: Array(value)))
            } catch {
                throw .invalidValue(
                    Base16.encode(Array(value)), of: proto, reason: error.description,
                    position: position)
            }
        case .dns, .dns4, .dns6, .dnsaddr:
            // Bytes that are not UTF-8 become U+FFFD, which is not allowed in a name.
            let name = String(decoding: value, as: UTF8.self)
            self = try .init(proto, name: name, position: position)
        case .p2pCircuit: self = .p2pCircuit
        case .ws: self = .ws
        case .wss: self = .wss
        case .tls: self = .tls
        case .quicV1: self = .quicV1
        }
    }

    /// A component whose value is a DNS name; `proto` must be one of the four.
    init(_ proto: MultiaddrProtocol, name text: String, position: Int) throws(MultiaddrError) {
        let name: DNSName
        do {
            name = try DNSName(text)
        } catch {
            throw .invalidValue(text, of: proto, reason: error.description, position: position)
        }
        switch proto {
        case .dns4: self = .dns4(name)
        case .dns6: self = .dns6(name)
        case .dnsaddr: self = .dnsaddr(name)
        default: self = .dns(name)
        }
    }

    fileprivate func encode(into bytes: inout [UInt8]) {
        VarInt.append(proto.rawValue, to: &bytes)
        switch self {
        case .ip4(let address): bytes += address.bytes
        case .ip6(let address): bytes += address.bytes
        case .tcp(let port), .udp(let port):
            bytes += [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
        case .dns(let name), .dns4(let name), .dns6(let name), .dnsaddr(let name):
            VarInt.append(UInt64(name.text.utf8.count), to: &bytes)
            bytes += name.text.utf8
        case .p2p(let peerID):
            VarInt.append(UInt64(peerID.bytes.count), to: &bytes)
            bytes += peerID.bytes
        case .p2pCircuit, .ws, .wss, .tls, .quicV1: break
        }
    }
}
