extension UInt256 {
    /// Bitwise and.
    @inlinable @inline(__always)
    public static func & (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(a.w0 & b.w0, a.w1 & b.w1, a.w2 & b.w2, a.w3 & b.w3)
    }

    /// Bitwise or.
    @inlinable @inline(__always)
    public static func | (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(a.w0 | b.w0, a.w1 | b.w1, a.w2 | b.w2, a.w3 | b.w3)
    }

    /// Bitwise exclusive or.
    @inlinable @inline(__always)
    public static func ^ (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(a.w0 ^ b.w0, a.w1 ^ b.w1, a.w2 ^ b.w2, a.w3 ^ b.w3)
    }

    /// Bitwise not.
    @inlinable @inline(__always)
    public static prefix func ~ (a: UInt256) -> UInt256 { UInt256(~a.w0, ~a.w1, ~a.w2, ~a.w3) }

    /// Moved up by some bits; 0 from 256 bits on.
    @inlinable @inline(__always)
    public static func << (a: UInt256, bits: UInt64) -> UInt256 {
        if bits >= 256 { return .zero }
        let s = bits & 63
        // Two shifts, as a shift by 64 would leave everything in place.
        let r = 63 &- s
        switch bits >> 6 {
        case 0:
            return UInt256(
                a.w0 &<< s, a.w1 &<< s | (a.w0 &>> 1) &>> r, a.w2 &<< s | (a.w1 &>> 1) &>> r,
                a.w3 &<< s | (a.w2 &>> 1) &>> r)
        case 1:
            return UInt256(
                0, a.w0 &<< s, a.w1 &<< s | (a.w0 &>> 1) &>> r, a.w2 &<< s | (a.w1 &>> 1) &>> r)
        case 2: return UInt256(0, 0, a.w0 &<< s, a.w1 &<< s | (a.w0 &>> 1) &>> r)
        default: return UInt256(0, 0, 0, a.w0 &<< s)
        }
    }

    /// Moved down by some bits, zeros following; 0 from 256 bits on.
    @inlinable @inline(__always)
    public static func >> (a: UInt256, bits: UInt64) -> UInt256 {
        if bits >= 256 { return .zero }
        let s = bits & 63
        let r = 63 &- s
        switch bits >> 6 {
        case 0:
            return UInt256(
                a.w0 &>> s | (a.w1 &<< 1) &<< r, a.w1 &>> s | (a.w2 &<< 1) &<< r,
                a.w2 &>> s | (a.w3 &<< 1) &<< r, a.w3 &>> s)
        case 1:
            return UInt256(
                a.w1 &>> s | (a.w2 &<< 1) &<< r, a.w2 &>> s | (a.w3 &<< 1) &<< r, a.w3 &>> s, 0)
        case 2: return UInt256(a.w2 &>> s | (a.w3 &<< 1) &<< r, a.w3 &>> s, 0, 0)
        default: return UInt256(a.w3 &>> s, 0, 0, 0)
        }
    }

    /// Moved down by some bits, the sign following (EIP-145: SAR).
    @inlinable @inline(__always)
    public func arithmeticallyShifted(downBy bits: UInt64) -> UInt256 {
        guard isNegative else { return self >> bits }
        return ~(~self >> bits)
    }

    /// The byte at a place from the most significant on; 0 beyond the 32nd (Yellow Paper: BYTE).
    @inlinable @inline(__always)
    public func byte(at place: UInt256) -> UInt256 {
        guard place.fitsUInt64, place.w0 < 32 else { return .zero }
        let shifted = self >> ((31 &- place.w0) &* 8)
        return UInt256(shifted.w0 & 0xff)
    }

    /// Extends the sign of a number of `place + 1` bytes (Yellow Paper: SIGNEXTEND).
    @inlinable @inline(__always)
    public func signExtended(fromByte place: UInt256) -> UInt256 {
        guard place.fitsUInt64, place.w0 < 31 else { return self }
        let up = (31 &- place.w0) &* 8
        return (self << up).arithmeticallyShifted(downBy: up)
    }
}
