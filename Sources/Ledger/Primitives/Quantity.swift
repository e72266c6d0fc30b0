/// The number form of JSON-RPC (Ethereum JSON-RPC specification, "Hex value encoding").
public enum Quantity {
    /// `0x` and the digits without leading zeros; `0x0` for 0.
    public static func text(_ value: UInt256) -> String { "0x" + value.hexadecimal }

    /// `0x` and the digits without leading zeros; `0x0` for 0.
    public static func text(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    /// Reads the strict form: `0x`, at least one digit, no leading zero, at most 64 digits.
    public static func parse(_ text: some StringProtocol) -> UInt256? {
        guard text.hasPrefix("0x") else { return nil }
        let digits = text.dropFirst(2)
        guard !digits.isEmpty, digits == "0" || !digits.hasPrefix("0") else { return nil }
        guard !digits.hasPrefix("0x") else { return nil }
        return UInt256(hexadecimal: digits)
    }
}
