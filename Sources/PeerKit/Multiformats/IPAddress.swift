/// Why a text is not an IP address or endpoint.
public enum IPAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither an IPv4 nor an IPv6 address.
    case malformedAddress(String)
    /// Not "1.2.3.4:5" or "[::1]:5".
    case malformedEndpoint(String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformedAddress(let text):
            "\"\(text.shortenedForMessages)\" is not an IPv4 or IPv6 address"
        case .malformedEndpoint(let text):
            "\"\(text.shortenedForMessages)\" is not an address with port such as 1.2.3.4:5 or [::1]:5"
        }
    }
}

/// An address of the Internet Protocol, version 4.
public struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address as a number; 127.0.0.1 is 0x7f000001.
    public var rawValue: UInt32

    /// The address with the given number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The address with the four given parts.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Parses four decimal numbers without leading zeros, which some systems read as octal.
    public init(_ text: String) throws(IPAddressError) {
        guard let address = IPv4Address(utf8: text.utf8) else { throw .malformedAddress(text) }
        self = address
    }

    init?(utf8: some Collection<UInt8>) {
        guard utf8.count <= 15 else { return nil }
        let parts = utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let number = UInt16(strictDecimal: part), number <= 255 else { return nil }
            value = value << 8 | UInt32(number)
        }
        self.init(rawValue: value)
    }

    /// The four bytes in network order.
    public var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) } }

    /// The text form.
    public var description: String { bytes.map { String($0) }.joined(separator: ".") }

    /// Whether the first `length` bits are those of `prefix`.
    func isIn(_ prefix: IPv4Address, length: UInt32) -> Bool {
        (rawValue ^ prefix.rawValue) >> (32 - length) == 0
    }

    /// Orders addresses by number.
    public static func < (lhs: IPv4Address, rhs: IPv4Address) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
}

/// An address of the Internet Protocol, version 6, without zone.
public struct IPv6Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address as a number; ::1 is 1.
    public var rawValue: UInt128

    /// The address with the given number.
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// The IPv4 address written as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
    public init(mapped address: IPv4Address) {
        rawValue = 0xffff << 32 | UInt128(address.rawValue)
    }

    /// Parses the forms of RFC 4291 §2.2; zones ("%eth0") are not accepted.
    public init(_ text: String) throws(IPAddressError) {
        guard let address = IPv6Address(utf8: Array(text.utf8)) else {
            throw .malformedAddress(text)
        }
        self = address
    }

    private init?(utf8: [UInt8]) {
        guard utf8.count <= 45 else { return nil }
        let colon = UInt8(ascii: ":")
        let elision = utf8.indices.dropLast().first { utf8[$0] == colon && utf8[$0 + 1] == colon }
        let groups: [UInt16]
        if let elision {
            guard let head = Self.groups(utf8[..<elision], allowingIPv4: false),
                let tail = Self.groups(utf8[(elision + 2)...], allowingIPv4: true),
                head.count + tail.count < 8
            else { return nil }
            groups = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        } else {
            guard let all = Self.groups(utf8[...], allowingIPv4: true), all.count == 8 else {
                return nil
            }
            groups = all
        }
        rawValue = groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Groups of hexadecimal digits between colons; the last may be an IPv4 address.
    private static func groups(_ utf8: ArraySlice<UInt8>, allowingIPv4: Bool) -> [UInt16]? {
        guard !utf8.isEmpty else { return [] }
        let parts = utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if allowingIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let address = IPv4Address(utf8: part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: address.rawValue >> 16))
                groups.append(UInt16(truncatingIfNeeded: address.rawValue))
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var value: UInt16 = 0
            for character in part {
                guard let digit = Character(UnicodeScalar(character)).hexDigitValue,
                    character < 128
                else { return nil }
                value = value << 4 | UInt16(digit)
            }
            groups.append(value)
        }
        return groups.count <= 8 ? groups : nil
    }

    /// The sixteen bytes in network order.
    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: rawValue >> UInt128(8 * (15 - $0))) }
    }

    /// The IPv4 address inside ::ffff:a.b.c.d.
    public var mappedIPv4: IPv4Address? {
        rawValue >> 32 == 0xffff
            ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)) : nil
    }

    /// The text that RFC 5952 recommends: lower case, no leading zeros, the first longest run of
    /// two or more zero groups elided, mapped IPv4 addresses with dots.
    public var description: String {
        if let mappedIPv4 { return "::ffff:\(mappedIPv4)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> UInt128(16 * (7 - $0))) }
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        let texts = groups.map { String($0, radix: 16) }
        guard !longest.isEmpty else { return texts.joined(separator: ":") }
        return texts[..<longest.lowerBound].joined(separator: ":") + "::"
            + texts[longest.upperBound...].joined(separator: ":")
    }

    /// Whether the first `length` bits are those of `prefix`.
    func isIn(_ prefix: UInt128, length: UInt128) -> Bool {
        (rawValue ^ prefix) >> (128 - length) == 0
    }

    /// Orders addresses by number.
    public static func < (lhs: IPv6Address, rhs: IPv6Address) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
}

/// An address of the Internet Protocol.
public enum IPAddress: Hashable, Sendable {
    /// An IPv4 address.
    case v4(IPv4Address)
    /// An IPv6 address.
    case v6(IPv6Address)

    /// Parses an IPv4 or IPv6 address. Zones ("%eth0") are not accepted.
    public init(_ text: String) throws(IPAddressError) {
        self =
            text.utf8.contains(UInt8(ascii: ":"))
            ? .v6(try IPv6Address(text)) : .v4(try IPv4Address(text))
    }

    /// The address with four or sixteen bytes in network order; `nil` for other counts.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(IPv4Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt32($1) }))
        case 16: self = .v6(IPv6Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) }))
        default: return nil
        }
    }

    /// Four or sixteen bytes in network order.
    public var bytes: [UInt8] {
        switch self {
        case .v4(let address): address.bytes
        case .v6(let address): address.bytes
        }
    }

    /// The IPv4 address where this one is mapped (::ffff:a.b.c.d), else the address itself.
    ///
    /// A socket bound to :: reports IPv4 peers as mapped addresses; compare and count addresses
    /// in this form.
    public var unmapped: IPAddress {
        if case .v6(let address) = self, let mapped = address.mappedIPv4 { return .v4(mapped) }
        return self
    }
}

extension IPAddress {
    /// 127.0.0.0/8 and ::1.
    public var isLoopback: Bool {
        switch unmapped {
        case .v4(let address): address.isIn(IPv4Address(127, 0, 0, 0), length: 8)
        case .v6(let address): address.rawValue == 1
        }
    }

    /// 0.0.0.0 and ::, which stand for "every interface" when listening.
    public var isUnspecified: Bool {
        switch unmapped {
        case .v4(let address): address.rawValue == 0
        case .v6(let address): address.rawValue == 0
        }
    }

    /// RFC 1918 (10/8, 172.16/12, 192.168/16) and unique local addresses (fc00::/7).
    public var isPrivate: Bool {
        switch unmapped {
        case .v4(let address):
            address.isIn(IPv4Address(10, 0, 0, 0), length: 8)
                || address.isIn(IPv4Address(172, 16, 0, 0), length: 12)
                || address.isIn(IPv4Address(192, 168, 0, 0), length: 16)
        case .v6(let address): address.isIn(0xfc << 120, length: 7)
        }
    }

    /// 169.254/16 and fe80::/10.
    public var isLinkLocal: Bool {
        switch unmapped {
        case .v4(let address): address.isIn(IPv4Address(169, 254, 0, 0), length: 16)
        case .v6(let address): address.isIn(0xfe80 << 112, length: 10)
        }
    }

    /// 224/4 and ff00::/8.
    public var isMulticast: Bool {
        switch unmapped {
        case .v4(let address): address.isIn(IPv4Address(224, 0, 0, 0), length: 4)
        case .v6(let address): address.isIn(0xff << 120, length: 8)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The text form.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

extension IPAddress: Comparable {
    /// Orders IPv4 before IPv6, then by number.
    public static func < (lhs: IPAddress, rhs: IPAddress) -> Bool {
        switch (lhs, rhs) {
        case (.v4(let lhs), .v4(let rhs)): lhs < rhs
        case (.v6(let lhs), .v6(let rhs)): lhs < rhs
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}

extension UInt16 {
    /// A decimal number without sign, spaces or leading zeros.
    init?(strictDecimal utf8: some Collection<UInt8>) {
        guard (1...5).contains(utf8.count) else { return nil }
        if utf8.count > 1, utf8.first == UInt8(ascii: "0") { return nil }
        var value: UInt32 = 0
        for character in utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            value = value * 10 + UInt32(character - UInt8(ascii: "0"))
        }
        guard let result = UInt16(exactly: value) else { return nil }
        self = result
    }
}
