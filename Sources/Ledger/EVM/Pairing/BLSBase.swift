/// The base field of BLS12-381 (EIP-2537), the integers modulo its 381-bit prime.
///
/// 6 limbs in Montgomery form, always below the modulus. The code is written out, so that all
/// limbs stay in registers.
struct BLSBase: PrimeField {
    var l0: UInt64
    var l1: UInt64
    var l2: UInt64
    var l3: UInt64
    var l4: UInt64
    var l5: UInt64

    @inline(__always) static var zero: Self {
        BLSBase(l0: 0, l1: 0, l2: 0, l3: 0, l4: 0, l5: 0)
    }

    /// 2 to the power of the limbs' bits, modulo the prime: Montgomery's 1.
    @inline(__always) static var one: Self {
        BLSBase(
            l0: 0x7609_0000_0002_fffd,
            l1: 0xebf4_000b_c40c_0002,
            l2: 0x5f48_9857_53c7_58ba,
            l3: 0x77ce_5853_7052_5745,
            l4: 0x5c07_1a97_a256_ec6d,
            l5: 0x15f6_5ec3_fa80_e493)
    }

    /// The square of the above, which brings numbers into Montgomery form.
    private static var conversion: Self {
        BLSBase(
            l0: 0xf4df_1f34_1c34_1746,
            l1: 0x0a76_e6a6_09d1_04f1,
            l2: 0x8de5_476c_4c95_b6d5,
            l3: 0x67eb_88a9_939d_83c0,
            l4: 0x9a79_3e85_b519_952d,
            l5: 0x1198_8fe5_92ca_e3aa)
    }

    @inline(__always) private static var p0: UInt64 { 0xb9fe_ffff_ffff_aaab }
    @inline(__always) private static var p1: UInt64 { 0x1eab_fffe_b153_ffff }
    @inline(__always) private static var p2: UInt64 { 0x6730_d2a0_f6b0_f624 }
    @inline(__always) private static var p3: UInt64 { 0x6477_4b84_f385_12bf }
    @inline(__always) private static var p4: UInt64 { 0x4b1b_a7b6_434b_acd7 }
    @inline(__always) private static var p5: UInt64 { 0x1a01_11ea_397f_e69a }
    /// `-modulus⁻¹` modulo 2⁶⁴.
    @inline(__always) private static var inverseLimb: UInt64 { 0x89f3_fffc_fffc_fffd }

    static var modulus: [UInt64] { [p0, p1, p2, p3, p4, p5] }

    /// Takes the modulus off, unless the value is below it.
    @inline(__always)
    private static func reduced(
        _ t0: UInt64, _ t1: UInt64, _ t2: UInt64, _ t3: UInt64, _ t4: UInt64, _ t5: UInt64
    ) -> Self {
        var borrow = false
        let d0 = subtract(t0, p0, &borrow)
        let d1 = subtract(t1, p1, &borrow)
        let d2 = subtract(t2, p2, &borrow)
        let d3 = subtract(t3, p3, &borrow)
        let d4 = subtract(t4, p4, &borrow)
        let d5 = subtract(t5, p5, &borrow)
        return borrow
            ? BLSBase(l0: t0, l1: t1, l2: t2, l3: t3, l4: t4, l5: t5)
            : BLSBase(l0: d0, l1: d1, l2: d2, l3: d3, l4: d4, l5: d5)
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

    @inline(__always)
    static func + (a: Self, b: Self) -> Self {
        var carry = false
        let t0 = add(a.l0, b.l0, &carry)
        let t1 = add(a.l1, b.l1, &carry)
        let t2 = add(a.l2, b.l2, &carry)
        let t3 = add(a.l3, b.l3, &carry)
        let t4 = add(a.l4, b.l4, &carry)
        let t5 = add(a.l5, b.l5, &carry)
        return reduced(t0, t1, t2, t3, t4, t5)
    }

    @inline(__always)
    static func - (a: Self, b: Self) -> Self {
        var borrow = false
        let t0 = subtract(a.l0, b.l0, &borrow)
        let t1 = subtract(a.l1, b.l1, &borrow)
        let t2 = subtract(a.l2, b.l2, &borrow)
        let t3 = subtract(a.l3, b.l3, &borrow)
        let t4 = subtract(a.l4, b.l4, &borrow)
        let t5 = subtract(a.l5, b.l5, &borrow)
        let mask: UInt64 = borrow ? .max : 0
        var carry = false
        let s0 = add(t0, p0 & mask, &carry)
        let s1 = add(t1, p1 & mask, &carry)
        let s2 = add(t2, p2 & mask, &carry)
        let s3 = add(t3, p3 & mask, &carry)
        let s4 = add(t4, p4 & mask, &carry)
        let s5 = add(t5, p5 & mask, &carry)
        return BLSBase(l0: s0, l1: s1, l2: s2, l3: s3, l4: s4, l5: s5)
    }

    /// Montgomery's product (CIOS without the last carry, which the free top bits of the modulus
    /// allow).
    static func * (a: Self, b: Self) -> Self {
        var t0: UInt64 = 0
        var t1: UInt64 = 0
        var t2: UInt64 = 0
        var t3: UInt64 = 0
        var t4: UInt64 = 0
        var t5: UInt64 = 0
        var x: UInt64 = 0
        var y: UInt64 = 0
        var q: UInt64 = 0
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l0)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l0)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l0)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l0)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l0)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l0)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l1)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l1)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l1)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l1)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l1)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l1)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l2)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l2)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l2)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l2)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l2)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l2)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l3)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l3)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l3)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l3)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l3)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l3)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l4)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l4)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l4)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l4)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l4)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l4)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l5)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l5)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l5)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l5)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        (x, t4) = UInt256.accumulate(t4, x, a.l4, b.l5)
        (y, t3) = UInt256.accumulate(t4, y, q, p4)
        (x, t5) = UInt256.accumulate(t5, x, a.l5, b.l5)
        (y, t4) = UInt256.accumulate(t5, y, q, p5)
        t5 = x &+ y
        return reduced(t0, t1, t2, t3, t4, t5)
    }

    var squared: Self { self * self }

    /// By Fermat's little theorem.
    var inverse: Self {
        var exponent = Self.modulus
        exponent[0] -= 2
        return raised(to: exponent)
    }

    init(l0: UInt64, l1: UInt64, l2: UInt64, l3: UInt64, l4: UInt64, l5: UInt64) {
        self.l0 = l0
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
        self.l4 = l4
        self.l5 = l5
    }

    init?(bigEndian bytes: ArraySlice<UInt8>) {
        var limbs = [UInt64](repeating: 0, count: 6)
        for (index, byte) in bytes.reversed().enumerated() where byte != 0 {
            guard index < 48 else { return nil }
            limbs[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        guard limbs.reversed().lexicographicallyPrecedes(Self.modulus.reversed()) else {
            return nil
        }
        let plain = BLSBase(
            l0: limbs[0], l1: limbs[1], l2: limbs[2], l3: limbs[3], l4: limbs[4], l5: limbs[5])
        self = plain * Self.conversion
    }

    /// Out of Montgomery form, the least significant limb first.
    var limbs: [UInt64] {
        let plain = self * BLSBase(l0: 1, l1: 0, l2: 0, l3: 0, l4: 0, l5: 0)
        return [plain.l0, plain.l1, plain.l2, plain.l3, plain.l4, plain.l5]
    }

    var bytes: [UInt8] {
        limbs.reversed().flatMap { limb in
            stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: limb >> UInt64($0))
            }
        }
    }
}
