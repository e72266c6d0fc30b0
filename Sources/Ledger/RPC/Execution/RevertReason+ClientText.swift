extension RevertReason {
    /// geth's words for `Error(string)` and `Panic(uint256)`; `nil` for anything else, such as errors
    /// that a contract declares itself, whose data say it all.
    var clientText: String? {
        switch self {
        case .message(let text): text
        case .panic(let code):
            code.asUInt64.flatMap { Self.panics[$0] }
                ?? "unknown panic code: \(Quantity.text(code))"
        case .custom, .data: nil
        }
    }

    /// Solidity's documentation, "Panic via assert and Error via require".
    private static let panics: [UInt64: String] = [
        0x00: "generic panic", 0x01: "assert(false)",
        0x11: "arithmetic underflow or overflow", 0x12: "division or modulo by zero",
        0x21: "enum overflow", 0x22: "invalid encoded storage byte array accessed",
        0x31: "out-of-bounds array access; popping on an empty array",
        0x32: "out-of-bounds access of an array or bytesN", 0x41: "out of memory",
        0x51: "uninitialized function",
    ]
}
