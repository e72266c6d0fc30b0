extension UInt256: CustomStringConvertible {
    /// The number in decimal.
    public var description: String {
        var digits: [UInt8] = []
        var rest = self
        // 10¹⁹ is the largest power of ten in a limb.
        let base: UInt64 = 10_000_000_000_000_000_000
        while !rest.fitsUInt64 {
            let (quotient, remainder) = rest.dividedBy(UInt256(base))
            var limb = remainder.w0
            for _ in 0..<19 {
                digits.append(UInt8(truncatingIfNeeded: limb % 10) + 48)
                limb /= 10
            }
            rest = quotient
        }
        var limb = rest.w0
        while limb != 0 || digits.isEmpty {
            digits.append(UInt8(truncatingIfNeeded: limb % 10) + 48)
            limb /= 10
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    /// A decimal number of ASCII digits; `nil` for anything else, and beyond 256 bits.
    public init?(decimal text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.count <= 78 else { return nil }
        self = .zero
        for byte in text.utf8 {
            guard byte >= 48, byte <= 57, let tenfold = multipliedExactly(by: 10),
                let sum = tenfold.addedExactly(UInt256(UInt64(byte - 48)))
            else { return nil }
            self = sum
        }
    }

    /// A hexadecimal number of 1 to 64 digits, in either case, after an optional `0x`.
    ///
    /// Lenient, for files and command lines; JSON-RPC's rules are in ``Quantity``.
    public init?(hexadecimal text: some StringProtocol) {
        var digits = Array(text.utf8)
        if digits.count >= 2, digits[0] == 48, digits[1] == 120 { digits.removeFirst(2) }
        guard !digits.isEmpty, digits.count <= 64 else { return nil }
        self = .zero
        for digit in digits {
            guard let nibble = Hexadecimal.value(of: digit) else { return nil }
            self = self << 4 | UInt256(UInt64(nibble))
        }
    }

    /// The hexadecimal digits without prefix and leading zeros; `0` for 0.
    public var hexadecimal: String {
        let digits = Hexadecimal.digits(of: minimalBytes)
        if digits.isEmpty { return "0" }
        return digits.hasPrefix("0") ? String(digits.dropFirst()) : digits
    }
}
