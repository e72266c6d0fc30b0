/// An IP address and a port.
public struct IPEndpoint: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address.
    public var address: IPAddress
    /// The TCP or UDP port; 0 asks for any free port when listening.
    public var port: UInt16

    /// The endpoint at the given address and port.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Parses "1.2.3.4:5" or "[::1]:5".
    public init(_ text: String) throws(IPAddressError) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(strictDecimal: text.utf8[text.utf8.index(after: colon)...])
        else { throw .malformedEndpoint(text) }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            address = .v6(try IPv6Address(String(host.dropFirst().dropLast())))
        } else if !host.utf8.contains(UInt8(ascii: ":")) {
            address = .v4(try IPv4Address(String(host)))
        } else {
            throw .malformedEndpoint(text)
        }
        self.port = port
    }

    /// The text form.
    public var description: String {
        switch address {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }

    /// Orders by address, then by port.
    public static func < (lhs: IPEndpoint, rhs: IPEndpoint) -> Bool {
        (lhs.address, lhs.port) < (rhs.address, rhs.port)
    }
}
