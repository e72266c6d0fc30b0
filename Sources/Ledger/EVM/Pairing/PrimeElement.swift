/// What a prime field is made of: the constants of Montgomery's form, limb by limb, the least significant
/// being limb 0. Constants fold away where the loops over them are unrolled.
protocol PrimeParameters: Sendable {
    /// The modulus, which is 3 modulo 4 and leaves its highest bit free.
    static func modulus(_ limb: Int) -> UInt64
    /// `-modulus⁻¹` modulo 2⁶⁴.
    static var inverseLimb: UInt64 { get }
    /// 2 to the power of the limbs' bits, modulo the modulus: Montgomery's 1.
    static func one(_ limb: Int) -> UInt64
    /// The square of that, which brings numbers into Montgomery form.
    static func square(_ limb: Int) -> UInt64
}

/// An integer modulo a prime, in Montgomery form and always below the modulus.
struct PrimeElement<let count: Int, Parameters: PrimeParameters>: PrimeField {
    typealias Limbs = InlineArray<count, UInt64>
    private var limb: Limbs

    @inline(__always)
    private init(limb: Limbs) { self.limb = limb }

    @inline(__always) static var zero: Self { Self(limb: Limbs(repeating: 0)) }
    @inline(__always) static var one: Self { Self(limb: Limbs { Parameters.one($0) }) }
    private static var square: Self { Self(limb: Limbs { Parameters.square($0) }) }

    static var modulus: [UInt64] { (0..<count).map { Parameters.modulus($0) } }

    @inline(__always)
    static func == (a: Self, b: Self) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<count { difference |= a.limb[index] ^ b.limb[index] }
        return difference == 0
    }

    @inline(__always)
    private static func add(_ a: UInt64, _ b: UInt64, _ carry: inout Bool) -> UInt64 {
        let (s, c1) = a.addingReportingOverflow(b)
        let (t, c2) = s.addingReportingOverflow(carry ? 1 : 0)
        carry = c1 || c2
        return t
    }

    @inline(__always)
    private static func subtract(_ a: UInt64, _ b: UInt64, _ borrow: inout Bool) -> UInt64 {
        let (s, c1) = a.subtractingReportingOverflow(b)
        let (t, c2) = s.subtractingReportingOverflow(borrow ? 1 : 0)
        borrow = c1 || c2
        return t
    }

    /// Takes the modulus off, unless the value is below it.
    @inline(__always)
    private static func reduced(_ t: Limbs) -> Self {
        var difference = t
        var borrow = false
        for index in 0..<count {
            difference[index] = subtract(t[index], Parameters.modulus(index), &borrow)
        }
        return borrow ? Self(limb: t) : Self(limb: difference)
    }

    @inline(__always)
    static func + (a: Self, b: Self) -> Self {
        var sum = a.limb
        var carry = false
        for index in 0..<count { sum[index] = add(a.limb[index], b.limb[index], &carry) }
        return reduced(sum)
    }

    @inline(__always)
    static func - (a: Self, b: Self) -> Self {
        var difference = a.limb
        var borrow = false
        for index in 0..<count {
            difference[index] = subtract(a.limb[index], b.limb[index], &borrow)
        }
        let mask: UInt64 = borrow ? .max : 0
        var carry = false
        for index in 0..<count {
            difference[index] = add(
                difference[index], Parameters.modulus(index) & mask, &carry)
        }
        return Self(limb: difference)
    }

    /// Montgomery's product (CIOS: Koç, Acar, Kaliski 1996; without the last carry, which the free top bit
    /// of the modulus allows).
    static func * (a: Self, b: Self) -> Self {
        var t = Limbs(repeating: 0)
        for row in 0..<count {
            let y = b.limb[row]
            var (carry, low) = UInt256.accumulate(t[0], a.limb[0], y)
            let q = low &* Parameters.inverseLimb
            var (reduction, _) = UInt256.accumulate(low, q, Parameters.modulus(0))
            for index in 1..<count {
                (carry, low) = UInt256.accumulate(t[index], carry, a.limb[index], y)
                (reduction, t[index &- 1]) = UInt256.accumulate(
                    low, reduction, q, Parameters.modulus(index))
            }
            t[count &- 1] = carry &+ reduction
        }
        return reduced(t)
    }

    var squared: Self { self * self }

    /// Numbers below the modulus; `nil` for others.
    init?(bigEndian bytes: ArraySlice<UInt8>) {
        var limbs = [UInt64](repeating: 0, count: count)
        for (index, byte) in bytes.reversed().enumerated() where byte != 0 {
            guard index < 8 * count else { return nil }
            limbs[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        guard limbs.reversed().lexicographicallyPrecedes(Self.modulus.reversed()) else {
            return nil
        }
        self = Self(limb: Limbs { limbs[$0] }) * Self.square
    }

    /// Out of Montgomery form, the least significant limb first.
    var limbs: [UInt64] {
        let plain = self * Self(limb: Limbs { $0 == 0 ? 1 : 0 })
        return (0..<count).map { plain.limb[$0] }
    }

    var bytes: [UInt8] {
        limbs.reversed().flatMap { limb in
            stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: limb >> UInt64($0))
            }
        }
    }
}

// MARK: Inversion

extension PrimeElement {
    /// By the binary greatest common divisor, 31 steps at a time on the numbers' ends (Pornin 2020,
    /// "Optimized Binary GCD for Modular Inversion", algorithm 2); 0 for 0. Not in constant time.
    var inverse: Self {
        // a = limb · u and b = limb · v, both modulo the modulus.
        var a = limb
        var b = Limbs { Parameters.modulus($0) }
        var u = Self.zero
        u.limb[0] = 1
        var v = Self.zero
        while !Self.isZero(a) {
            var step = Reduction(a, b)
            let nextA = Self.combined(a, step.f0, b, step.g0)
            let nextB = Self.combined(a, step.f1, b, step.g1)
            step.negate(first: nextA.isNegative, second: nextB.isNegative)
            (a, b) = (nextA.limbs, nextB.limbs)
            (u, v) = (
                Self.combined(u, step.f0, v, step.g0), Self.combined(u, step.f1, v, step.g1)
            )
        }
        // Twice out of Montgomery form by inverting, hence twice into it.
        return v * Self.square * Self.square
    }

    /// What 31 steps make of two numbers: each a combination of both, divided by 2³¹.
    private struct Reduction {
        var f0: Int64 = 1
        var g0: Int64 = 0
        var f1: Int64 = 0
        var g1: Int64 = 1

        /// Decides the steps by the lowest 31 and the highest 33 bits.
        @inline(__always)
        init(_ a: Limbs, _ b: Limbs) {
            var top = count &- 1
            while top > 0, a[top] | b[top] == 0 { top &-= 1 }
            let bits = 64 &* (top &+ 1) &- (a[top] | b[top]).leadingZeroBitCount
            var x = Self.ends(a, max(bits, 64))
            var y = Self.ends(b, max(bits, 64))
            for _ in 0..<31 {
                if x & 1 != 0 {
                    if x < y {
                        (x, y) = (y, x)
                        (f0, f1) = (f1, f0)
                        (g0, g1) = (g1, g0)
                    }
                    x &-= y
                    f0 &-= f1
                    g0 &-= g1
                }
                x &>>= 1
                f1 &<<= 1
                g1 &<<= 1
            }
        }

        @inline(__always)
        private static func ends(_ number: Limbs, _ bits: Int) -> UInt64 {
            if bits == 64 { return number[0] }
            let (limb, shift) = ((bits &- 33) >> 6, UInt64((bits &- 33) & 63))
            var high = number[limb] &>> shift
            if shift > 31, limb &+ 1 < count { high |= number[limb &+ 1] &<< (64 &- shift) }
            return number[0] & 0x7fff_ffff | high &<< 31
        }

        @inline(__always)
        mutating func negate(first: Bool, second: Bool) {
            if first { (f0, g0) = (0 &- f0, 0 &- g0) }
            if second { (f1, g1) = (0 &- f1, 0 &- g1) }
        }
    }

    @inline(__always)
    private static func isZero(_ number: Limbs) -> Bool {
        var bits: UInt64 = 0
        for index in 0..<count { bits |= number[index] }
        return bits == 0
    }

    /// `(a f + b g) / 2³¹`, which leaves no remainder: its absolute value and whether it is negative.
    @inline(__always)
    private static func combined(
        _ a: Limbs, _ f: Int64, _ b: Limbs, _ g: Int64
    ) -> (limbs: Limbs, isNegative: Bool) {
        var out = a
        var sum: Int128 = 0
        var below: UInt64 = 0
        for index in 0..<count {
            sum &+= Int128(a[index]) &* Int128(f) &+ Int128(b[index]) &* Int128(g)
            let low = UInt64(truncatingIfNeeded: sum)
            sum &>>= 64
            if index > 0 { out[index &- 1] = below &>> 31 | low &<< 33 }
            below = low
        }
        out[count &- 1] = below &>> 31 | UInt64(truncatingIfNeeded: sum) &<< 33
        let isNegative = sum < 0
        if isNegative {
            var carry = true
            for index in 0..<count { out[index] = add(~out[index], 0, &carry) }
        }
        return (out, isNegative)
    }

    /// `(u f + v g) / 2³¹` modulo the modulus.
    @inline(__always)
    private static func combined(_ u: Self, _ f: Int64, _ v: Self, _ g: Int64) -> Self {
        let lowest = u.limb[0] &* UInt64(bitPattern: f) &+ v.limb[0] &* UInt64(bitPattern: g)
        // The multiple of the modulus that makes the sum divisible.
        let multiple = Int128((lowest &* Parameters.inverseLimb) & 0x7fff_ffff)
        var out = u.limb
        var sum: Int128 = 0
        var below: UInt64 = 0
        for index in 0..<count {
            sum &+=
                Int128(u.limb[index]) &* Int128(f) &+ Int128(v.limb[index]) &* Int128(g)
                &+ Int128(Parameters.modulus(index)) &* multiple
            let low = UInt64(truncatingIfNeeded: sum)
            sum &>>= 64
            if index > 0 { out[index &- 1] = below &>> 31 | low &<< 33 }
            below = low
        }
        out[count &- 1] = below &>> 31 | UInt64(truncatingIfNeeded: sum) &<< 33
        if sum < 0 {
            var carry = false
            for index in 0..<count {
                out[index] = add(out[index], Parameters.modulus(index), &carry)
            }
            return Self(limb: out)
        }
        return reduced(out)
    }
}
