/// The base field of BN254 (EIP-196), the integers modulo its 254-bit prime.
///
/// 4 limbs in Montgomery form, always below the modulus. The code is written out, so that all
/// limbs stay in registers.
struct BN254Base: PrimeField {
    var l0: UInt64
    var l1: UInt64
    var l2: UInt64
    var l3: UInt64

    @inline(__always) static var zero: Self {
        BN254Base(l0: 0, l1: 0, l2: 0, l3: 0)
    }

    /// 2 to the power of the limbs' bits, modulo the prime: Montgomery's 1.
    @inline(__always) static var one: Self {
        BN254Base(
            l0: 0xd35d_438d_c58f_0d9d,
            l1: 0x0a78_eb28_f5c7_0b3d,
            l2: 0x666e_a36f_7879_462c,
            l3: 0x0e0a_77c1_9a07_df2f)
    }

    /// The square of the above, which brings numbers into Montgomery form.
    private static var conversion: Self {
        BN254Base(
            l0: 0xf32c_fc5b_538a_fa89,
            l1: 0xb5e7_1911_d445_01fb,
            l2: 0x47ab_1eff_0a41_7ff6,
            l3: 0x06d8_9f71_cab8_351f)
    }

    @inline(__always) private static var p0: UInt64 { 0x3c20_8c16_d87c_fd47 }
    @inline(__always) private static var p1: UInt64 { 0x9781_6a91_6871_ca8d }
    @inline(__always) private static var p2: UInt64 { 0xb850_45b6_8181_585d }
    @inline(__always) private static var p3: UInt64 { 0x3064_4e72_e131_a029 }
    /// `-modulus⁻¹` modulo 2⁶⁴.
    @inline(__always) private static var inverseLimb: UInt64 { 0x87d2_0782_e486_6389 }

    static var modulus: [UInt64] { [p0, p1, p2, p3] }

    /// Takes the modulus off, unless the value is below it.
    @inline(__always)
    private static func reduced(
        _ t0: UInt64, _ t1: UInt64, _ t2: UInt64, _ t3: UInt64
    ) -> Self {
        var borrow = false
        let d0 = subtract(t0, p0, &borrow)
        let d1 = subtract(t1, p1, &borrow)
        let d2 = subtract(t2, p2, &borrow)
        let d3 = subtract(t3, p3, &borrow)
        return borrow
            ? BN254Base(l0: t0, l1: t1, l2: t2, l3: t3)
            : BN254Base(l0: d0, l1: d1, l2: d2, l3: d3)
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
        return reduced(t0, t1, t2, t3)
    }

    @inline(__always)
    static func - (a: Self, b: Self) -> Self {
        var borrow = false
        let t0 = subtract(a.l0, b.l0, &borrow)
        let t1 = subtract(a.l1, b.l1, &borrow)
        let t2 = subtract(a.l2, b.l2, &borrow)
        let t3 = subtract(a.l3, b.l3, &borrow)
        let mask: UInt64 = borrow ? .max : 0
        var carry = false
        let s0 = add(t0, p0 & mask, &carry)
        let s1 = add(t1, p1 & mask, &carry)
        let s2 = add(t2, p2 & mask, &carry)
        let s3 = add(t3, p3 & mask, &carry)
        return BN254Base(l0: s0, l1: s1, l2: s2, l3: s3)
    }

    /// Montgomery's product (CIOS without the last carry, which the free top bits of the modulus
    /// allow).
    static func * (a: Self, b: Self) -> Self {
        var t0: UInt64 = 0
        var t1: UInt64 = 0
        var t2: UInt64 = 0
        var t3: UInt64 = 0
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
        t3 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l1)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l1)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l1)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l1)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        t3 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l2)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l2)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l2)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l2)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        t3 = x &+ y
        (x, t0) = UInt256.accumulate(t0, a.l0, b.l3)
        q = t0 &* inverseLimb
        (y, _) = UInt256.accumulate(t0, q, p0)
        (x, t1) = UInt256.accumulate(t1, x, a.l1, b.l3)
        (y, t0) = UInt256.accumulate(t1, y, q, p1)
        (x, t2) = UInt256.accumulate(t2, x, a.l2, b.l3)
        (y, t1) = UInt256.accumulate(t2, y, q, p2)
        (x, t3) = UInt256.accumulate(t3, x, a.l3, b.l3)
        (y, t2) = UInt256.accumulate(t3, y, q, p3)
        t3 = x &+ y
        return reduced(t0, t1, t2, t3)
    }

    var squared: Self { self * self }

    /// By Fermat's little theorem.
    var inverse: Self {
        var exponent = Self.modulus
        exponent[0] -= 2
        return raised(to: exponent)
    }

    init(l0: UInt64, l1: UInt64, l2: UInt64, l3: UInt64) {
        self.l0 = l0
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
    }

    init?(bigEndian bytes: ArraySlice<UInt8>) {
        var limbs = [UInt64](repeating: 0, count: 4)
        for (index, byte) in bytes.reversed().enumerated() where byte != 0 {
            guard index < 32 else { return nil }
            limbs[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        guard limbs.reversed().lexicographicallyPrecedes(Self.modulus.reversed()) else {
            return nil
        }
        let plain = BN254Base(l0: limbs[0], l1: limbs[1], l2: limbs[2], l3: limbs[3])
        self = plain * Self.conversion
    }

    /// Out of Montgomery form, the least significant limb first.
    var limbs: [UInt64] {
        let plain = self * BN254Base(l0: 1, l1: 0, l2: 0, l3: 0)
        return [plain.l0, plain.l1, plain.l2, plain.l3]
    }

    var bytes: [UInt8] {
        limbs.reversed().flatMap { limb in
            stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: limb >> UInt64($0))
            }
        }
    }
}
