/// Multiplication modulo an odd number of any size without divisions (Montgomery 1985).
struct MontgomeryContext {
    private let modulus: [UInt64]
    /// `-modulus⁻¹` modulo 2⁶⁴.
    private let inverse: UInt64

    /// - Parameter modulus: Odd and above 1; its last limb is not 0.
    init(_ modulus: [UInt64]) {
        self.modulus = modulus
        // Newton: each step doubles the bits that are right, from the three of x ≡ x⁻¹ mod 8.
        var x = modulus[0]
        for _ in 0..<5 { x = x &* (2 &- modulus[0] &* x) }
        inverse = 0 &- x
    }

    /// `base` to a power that is given by its bits, of which the highest is set.
    func power(_ base: BigNatural, bits: Int, bit: (Int) -> Bool) -> BigNatural {
        let n = modulus.count
        let number = BigNatural(limbs: modulus)
        let raw = base.limbs + [UInt64](repeating: 0, count: n - base.limbs.count)
        let shifted = BigNatural(limbs: [UInt64](repeating: 0, count: n) + raw)
        // One block of memory for the power, the base, 1 and the product in the making.
        var limbs = [UInt64](repeating: 0, count: 4 * n + 2)
        for (index, limb) in shifted.remainder(dividingBy: number).limbs.enumerated() {
            limbs[index] = limb
            limbs[n + index] = limb
        }
        limbs[2 * n] = 1
        limbs.withUnsafeMutableBufferPointer { limbs in
            modulus.withUnsafeBufferPointer { m in
                guard let result = limbs.baseAddress, let m = m.baseAddress else { return }
                let scratch = result + 3 * n
                for place in stride(from: bits - 2, through: 0, by: -1) {
                    multiply(n, result, result, m, scratch)
                    if bit(place) { multiply(n, result, result + n, m, scratch) }
                }
                multiply(n, result, result + 2 * n, m, scratch)
            }
        }
        return BigNatural(limbs: Array(limbs[..<n]))
    }

    private typealias Limbs = UnsafeMutablePointer<UInt64>

    /// `a = a · b / 2^(64 n)` modulo the modulus (CIOS: Koç, Acar, Kaliski 1996); a and b may be the
    /// same.
    private func multiply(
        _ n: Int, _ a: Limbs, _ b: Limbs, _ m: UnsafePointer<UInt64>, _ t: Limbs
    ) {
        for index in 0..<(n + 2) { t[index] = 0 }
        for i in 0..<n { step(b[i], n, a, m, t) }
        subtract(n, m, t)
        for index in 0..<n { a[index] = t[index] }
    }

    @inline(__always)
    private func step(
        _ x: UInt64, _ n: Int, _ a: Limbs, _ m: UnsafePointer<UInt64>, _ t: Limbs
    ) {
        var carry: UInt64 = 0
        for j in 0..<n { (carry, t[j]) = UInt256.accumulate(t[j], carry, a[j], x) }
        var overflow: Bool
        (t[n], overflow) = t[n].addingReportingOverflow(carry)
        t[n + 1] = overflow ? 1 : 0
        let q = t[0] &* inverse
        (carry, _) = UInt256.accumulate(t[0], 0, q, m[0])
        for j in 1..<max(n, 1) { (carry, t[j - 1]) = UInt256.accumulate(t[j], carry, q, m[j]) }
        (t[n - 1], overflow) = t[n].addingReportingOverflow(carry)
        t[n] = t[n + 1] &+ (overflow ? 1 : 0)
    }

    /// Takes the modulus off once if the result is not below it.
    @inline(__always)
    private func subtract(_ n: Int, _ m: UnsafePointer<UInt64>, _ t: Limbs) {
        var isBelow = t[n] == 0
        if isBelow {
            isBelow = false
            for index in stride(from: n - 1, through: 0, by: -1) where t[index] != m[index] {
                isBelow = t[index] < m[index]
                break
            }
        }
        if isBelow { return }
        var borrow: UInt64 = 0
        for index in 0..<n {
            let (d, b1) = t[index].subtractingReportingOverflow(m[index])
            let (e, b2) = d.subtractingReportingOverflow(borrow)
            t[index] = e
            borrow = b1 || b2 ? 1 : 0
        }
    }
}
