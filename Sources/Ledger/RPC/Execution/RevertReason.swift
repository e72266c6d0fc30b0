/// What Solidity and Vyper return when they revert, in words.
struct RevertReason: Equatable {
    let text: String

    /// Reads `Error(string)` or `Panic(uint256)`; `nil` for anything else, such as errors that a
    /// contract declares itself.
    init?(_ output: [UInt8]) {
        guard output.count >= 36 else { return nil }
        switch Array(output[..<4]) {
        case [0x08, 0xc3, 0x79, 0xa0]:
            guard let text = Self.string(output[4...]) else { return nil }
            self.text = text
        case [0x4e, 0x48, 0x7b, 0x71]:
            guard let code = UInt256(bigEndian: output[4..<36])?.asUInt64 else { return nil }
            text = Self.panics[code] ?? "unknown panic code: \(Quantity.text(code))"
        default: return nil
        }
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String? {
        func number(at place: Int) -> Int? {
            guard place >= 0, place <= bytes.count - 32 else { return nil }
            let start = bytes.startIndex + place
            guard let value = UInt256(bigEndian: bytes[start..<start + 32])?.asUInt64,
                value < 1 << 32
            else { return nil }
            return Int(value)
        }
        guard let offset = number(at: 0), let count = number(at: offset),
            offset + 32 + count <= bytes.count
        else { return nil }
        let start = bytes.startIndex + offset + 32
        return String(validating: bytes[start..<start + count], as: UTF8.self)
    }

    /// Solidity's documentation, "Panic via assert and Error via require"; geth's words.
    private static let panics: [UInt64: String] = [
        0x00: "generic panic", 0x01: "assert(false)",
        0x11: "arithmetic underflow or overflow", 0x12: "division or modulo by zero",
        0x21: "enum overflow", 0x22: "invalid encoded storage byte array accessed",
        0x31: "out-of-bounds array access; popping on an empty array",
        0x32: "out-of-bounds access of an array or bytesN", 0x41: "out of memory",
        0x51: "uninitialized function",
    ]
}
