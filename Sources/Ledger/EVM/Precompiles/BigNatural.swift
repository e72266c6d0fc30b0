/// A natural number of any size, as far as MODEXP needs it.
struct BigNatural: Equatable {
    /// The least significant first; the last is not 0.
    private(set) var limbs: [UInt64]

    init(limbs: [UInt64]) {
        self.limbs = limbs
        trim()
    }

    init(bigEndian bytes: [UInt8]) {
        var limbs = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
        for (index, byte) in bytes.reversed().enumerated() {
            limbs[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        self.init(limbs: limbs)
    }

    /// The number in 256 bits, if it fits.
    private var word: UInt256? {
        guard limbs.count <= 4 else { return nil }
        let l = limbs + [UInt64](repeating: 0, count: 4 - limbs.count)
        return UInt256(l[0], l[1], l[2], l[3])
    }

    private mutating func trim() { while limbs.last == 0 { limbs.removeLast() } }

    var isZero: Bool { limbs.isEmpty }

    /// The lowest bytes, the most significant first.
    func bytes(count: Int) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        for (index, limb) in limbs.enumerated() {
            for byte in 0..<8 where index * 8 + byte < count {
                out[count - 1 - index * 8 - byte] = UInt8(
                    truncatingIfNeeded: limb >> UInt64(8 * byte))
            }
        }
        return out
    }

    /// This number to the power of `exponent · 256^zeroBytes`.
    func raised(to exponent: [UInt8], zeroBytes: Int, modulo modulus: BigNatural) -> BigNatural {
        if modulus.limbs.isEmpty || modulus.limbs == [1] { return BigNatural(limbs: []) }
        let significant = exponent.drop { $0 == 0 }
        guard let first = significant.first else { return BigNatural(limbs: [1]) }
        let base = remainder(dividingBy: modulus)
        if base.isZero { return base }
        let bits = significant.count * 8 - first.leadingZeroBitCount + zeroBytes * 8
        func bit(_ place: Int) -> Bool {
            let place = place - zeroBytes * 8
            guard place >= 0 else { return false }
            return significant[significant.endIndex - 1 - place / 8] >> UInt8(place % 8) & 1 != 0
        }
        if modulus.limbs[0] & 1 == 1 {
            return MontgomeryContext(modulus.limbs).power(base, bits: bits, bit: bit)
        }
        if let modulus = modulus.word, let base = base.word {
            var result = base
            for place in stride(from: bits - 2, through: 0, by: -1) {
                result = result.multiplied(by: result, modulo: modulus)
                if bit(place) { result = result.multiplied(by: base, modulo: modulus) }
            }
            return BigNatural(limbs: [result.w0, result.w1, result.w2, result.w3])
        }
        var result = base
        for place in stride(from: bits - 2, through: 0, by: -1) {
            result = result.multiplied(by: result).remainder(dividingBy: modulus)
            if bit(place) { result = result.multiplied(by: base).remainder(dividingBy: modulus) }
        }
        return result
    }

    func multiplied(by other: BigNatural) -> BigNatural {
        var out = [UInt64](repeating: 0, count: limbs.count + other.limbs.count)
        for (i, x) in limbs.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in other.limbs.enumerated() {
                (carry, out[i + j]) = UInt256.accumulate(out[i + j], carry, x, y)
            }
            out[i + other.limbs.count] = carry
        }
        return BigNatural(limbs: out)
    }

    /// Knuth, TAOCP volume 2, §4.3.1, algorithm D, without the quotient. The divisor is not 0.
    func remainder(dividingBy divisor: BigNatural) -> BigNatural {
        let n = divisor.limbs.count
        guard limbs.count >= n, let top = divisor.limbs.last else { return self }
        if n == 1 {
            var rest: UInt64 = 0
            for limb in limbs.reversed() { rest = top.dividingFullWidth((rest, limb)).remainder }
            return BigNatural(limbs: [rest])
        }
        let shift = UInt64(top.leadingZeroBitCount)
        let v = Self.shifted(divisor.limbs, by: shift).prefix(n)
        var u = Self.shifted(limbs, by: shift)
        u.withUnsafeMutableBufferPointer { u in
            v.withUnsafeBufferPointer { v in Self.reduce(u, v, n) }
        }
        u.removeLast(u.count - n)
        if shift != 0 {
            for index in 0..<n {
                u[index] = u[index] >> shift | (index + 1 < n ? u[index + 1] << (64 - shift) : 0)
            }
        }
        return BigNatural(limbs: u)
    }

    private static func reduce(
        _ u: UnsafeMutableBufferPointer<UInt64>, _ v: UnsafeBufferPointer<UInt64>, _ n: Int
    ) {
        let (high, next) = (v[n - 1], v[n - 2])
        for at in stride(from: u.count - n - 1, through: 0, by: -1) {
            var digit = UInt64.max
            if u[at + n] < high {
                var rest: UInt64
                (digit, rest) = high.dividingFullWidth((u[at + n], u[at + n - 1]))
                while true {
                    let product = digit.multipliedFullWidth(by: next)
                    guard
                        product.high > rest || (product.high == rest && product.low > u[at + n - 2])
                    else { break }
                    digit -= 1
                    let (sum, overflow) = rest.addingReportingOverflow(high)
                    if overflow { break }
                    rest = sum
                }
            }
            var carry: UInt64 = 0
            var borrow: UInt64 = 0
            for index in 0..<n {
                let product = UInt256.accumulate(carry, digit, v[index])
                carry = product.high
                let (d, b1) = u[at + index].subtractingReportingOverflow(product.low)
                let (e, b2) = d.subtractingReportingOverflow(borrow)
                u[at + index] = e
                borrow = b1 || b2 ? 1 : 0
            }
            let (d, b1) = u[at + n].subtractingReportingOverflow(carry)
            let (e, b2) = d.subtractingReportingOverflow(borrow)
            u[at + n] = e
            var isNegative = b1 || b2
            while isNegative {
                var addend: UInt64 = 0
                for index in 0..<n {
                    let (s, c1) = u[at + index].addingReportingOverflow(v[index])
                    let (t, c2) = s.addingReportingOverflow(addend)
                    u[at + index] = t
                    addend = c1 || c2 ? 1 : 0
                }
                let (s, c) = u[at + n].addingReportingOverflow(addend)
                u[at + n] = s
                isNegative = !c
            }
        }
    }

    /// Moved up by fewer than 64 bits, into one more limb.
    private static func shifted(_ limbs: [UInt64], by shift: UInt64) -> [UInt64] {
        var out = limbs + [0]
        guard shift != 0 else { return out }
        for index in stride(from: out.count - 1, to: 0, by: -1) {
            out[index] = out[index] << shift | out[index - 1] >> (64 - shift)
        }
        out[0] <<= shift
        return out
    }
}
