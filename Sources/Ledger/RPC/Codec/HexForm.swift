/// What is wrong with a hexadecimal text, in geth's words.
package enum HexFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case missingPrefix
    case emptyNumber
    case leadingZeros
    case oddLength
    case syntax
    case tooWide(bits: Int)
    case length(digits: Int, expected: Int)

    package var description: String {
        switch self {
        case .empty: "empty hex string"
        case .missingPrefix: "hex string without 0x prefix"
        case .emptyNumber: "hex string \"0x\""
        case .leadingZeros: "hex number with leading zero digits"
        case .oddLength: "hex string of odd length"
        case .syntax: "invalid hex string"
        case .tooWide(let bits): "hex number > \(bits) bits"
        case .length(let digits, let expected):
            "hex string has length \(digits), want \(expected)"
        }
    }
}

/// The two forms of the Ethereum JSON-RPC specification, "Hex value encoding", read strictly.
package enum HexForm {
    private static func digits(_ text: String) throws(HexFault) -> Substring {
        if text.isEmpty { throw .empty }
        guard text.hasPrefix("0x") || text.hasPrefix("0X") else { throw .missingPrefix }
        return text.dropFirst(2)
    }

    /// QUANTITY: at least one digit, no leading zero, at most 256 bits.
    package static func quantity(_ text: String) throws(HexFault) -> UInt256 {
        let digits = try digits(text)
        if digits.isEmpty { throw .emptyNumber }
        if digits.utf8.count > 1, digits.hasPrefix("0") { throw .leadingZeros }
        guard digits.utf8.count <= 64 else { throw .tooWide(bits: 256) }
        guard digits.utf8.allSatisfy({ Hexadecimal.value(of: $0) != nil }),
            let value = UInt256(hexadecimal: digits)
        else { throw .syntax }
        return value
    }

    /// QUANTITY of at most 64 bits.
    package static func quantity64(_ text: String) throws(HexFault) -> UInt64 {
        guard let value = try quantity(text).asUInt64 else { throw .tooWide(bits: 64) }
        return value
    }

    /// DATA: two digits for each byte.
    package static func data(_ text: String) throws(HexFault) -> [UInt8] {
        let digits = try digits(text)
        guard digits.utf8.count.isMultiple(of: 2) else { throw .oddLength }
        // Without the prefix, which `bytes` would take a second time.
        guard !digits.hasPrefix("0x"), let bytes = Hexadecimal.bytes(String(digits)) else {
            throw .syntax
        }
        return bytes
    }

    /// DATA of a fixed width.
    package static func data(_ text: String, count: Int) throws(HexFault) -> [UInt8] {
        let bytes = try data(text)
        guard bytes.count == count else {
            throw .length(digits: bytes.count * 2, expected: count * 2)
        }
        return bytes
    }

    /// A storage slot's key: up to 32 bytes, zeros in front or none, as clients send both forms.
    package static func slot(_ text: String) throws(HexFault) -> UInt256 {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
        guard digits.utf8.count <= 64 else { throw .tooWide(bits: 256) }
        if digits.isEmpty { return .zero }
        guard !digits.hasPrefix("0x"), let value = UInt256(hexadecimal: digits) else {
            throw .syntax
        }
        return value
    }
}

extension JSONValue {
    /// QUANTITY.
    package static func quantity(_ value: UInt256) -> JSONValue { .string(Quantity.text(value)) }
    /// QUANTITY.
    package static func quantity(_ value: UInt64) -> JSONValue { .string(Quantity.text(value)) }
    /// QUANTITY of what is never negative.
    package static func quantity(_ value: Int) -> JSONValue { .quantity(UInt64(max(0, value))) }
    /// DATA.
    package static func data(_ bytes: some Collection<UInt8>) -> JSONValue {
        .string("0x" + Hexadecimal.digits(of: bytes))
    }
    /// DATA of 20 bytes, in lower case.
    package static func data(_ address: Address) -> JSONValue { .data(address.bytes) }
    /// DATA of 32 bytes.
    package static func data(_ hash: Hash32) -> JSONValue { .data(hash.bytes) }
    /// DATA of 32 bytes.
    package static func word(_ word: UInt256) -> JSONValue { .data(word.bytes) }
}
