/// 0x05, MODEXP: base to the exponent modulo a number (EIP-198, priced by EIP-2565).
enum ModularExponentiation {
    /// The three lengths and what follows them.
    private struct Header {
        let base: UInt64
        let exponent: UInt64
        let modulus: UInt64

        /// `nil` when a length is beyond what any gas could pay for, and matters.
        init(_ input: [UInt8]) {
            func length(_ start: Int) -> UInt64 {
                UInt256(bigEndian: input.padded(start, 32))?.clampedUInt64 ?? .max
            }
            base = length(0)
            exponent = length(32)
            modulus = length(64)
        }
    }

    /// The gas (EIP-2565); `nil` when it is beyond 63 bits.
    static func cost(_ input: [UInt8]) -> Int64? {
        let header = Header(input)
        let size = UInt256(max(header.base, header.modulus))
        let words = (size &+ 7) >> 3
        let complexity = words &* words
        // The exponent's first 32 bytes count by their bits, what follows by its length.
        let start = header.base < UInt64(input.count) ? 96 + Int(header.base) : input.count
        let headLength = Int(min(header.exponent, 32))
        let head = UInt256(bigEndian: input.padded(start, headLength)) ?? .zero
        var iterations = UInt256(count: max(head.bitWidth - 1, 0))
        if header.exponent > 32 {
            iterations = iterations &+ UInt256(header.exponent - 32) &* 8
        }
        let cost = complexity &* max(iterations, .one)
        let gas = max(cost.dividedBy(3).quotient, 200)
        guard gas.fitsUInt64, gas.w0 < UInt64(Int64.max) else { return nil }
        return Int64(gas.w0)
    }

    /// The result, as long as the modulus.
    static func run(_ input: [UInt8]) -> [UInt8]? {
        let header = Header(input)
        if header.modulus == 0 { return [] }
        // What has been paid for is short, but for an exponent of a modulus and base of no length.
        guard header.base < 1 << 32, header.modulus < 1 << 32, header.exponent < 1 << 40 else {
            return nil
        }
        let (b, e, m) = (Int(header.base), Int(header.exponent), Int(header.modulus))
        let base = BigNatural(bigEndian: input.padded(96, b))
        let exponent = input.padded(96 + b, min(e, max(0, input.count - 96 - b)))
        let modulus = BigNatural(bigEndian: input.padded(96 + b + e, m))
        // An exponent that the input cuts off has zeros at its end.
        let zeros = e - exponent.count
        let result = base.raised(to: exponent, zeroBytes: zeros, modulo: modulus)
        return result.bytes(count: m)
    }
}
