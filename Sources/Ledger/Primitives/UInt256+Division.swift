extension UInt256 {
    /// Quotient and remainder; both 0 when the divisor is, as the EVM has it.
    public func dividedBy(
        _ divisor: UInt256
    ) -> (quotient: UInt256, remainder: UInt256) {
        if divisor.fitsUInt64 {
            return divided(by: divisor.w0)
        }
        guard self >= divisor else { return (.zero, self) }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 20) { scratch in
            guard let limbs = scratch.baseAddress else { return (.zero, .zero) }
            let quotient = limbs + 10
            limbs.store(self)
            LimbDivision.divide(limbs, count: 4, by: divisor, quotient: quotient)
            return (UInt256(loading: quotient), UInt256(loading: limbs))
        }
    }

    /// Quotient and remainder by one limb.
    @inline(__always)
    private func divided(by divisor: UInt64) -> (quotient: UInt256, remainder: UInt256) {
        if divisor == 0 { return (.zero, .zero) }
        if fitsUInt64 {
            let (quotient, remainder) = w0.quotientAndRemainder(dividingBy: divisor)
            return (UInt256(quotient), UInt256(remainder))
        }
        let (q3, r3) = w3.quotientAndRemainder(dividingBy: divisor)
        let (q2, r2) = divisor.dividingFullWidth((r3, w2))
        let (q1, r1) = divisor.dividingFullWidth((r2, w1))
        let (q0, r0) = divisor.dividingFullWidth((r1, w0))
        return (UInt256(q0, q1, q2, q3), UInt256(r0))
    }

    /// The quotient of signed numbers, towards zero; 0 when the divisor is (Yellow Paper: SDIV).
    public func signedDivided(by divisor: UInt256) -> UInt256 {
        let quotient = magnitude.dividedBy(divisor.magnitude).quotient
        return isNegative == divisor.isNegative ? quotient : quotient.negated
    }

    /// The remainder of signed numbers, with the sign of the dividend (Yellow Paper: SMOD).
    public func signedRemainder(dividingBy divisor: UInt256) -> UInt256 {
        let remainder = magnitude.dividedBy(divisor.magnitude).remainder
        return isNegative ? remainder.negated : remainder
    }

    /// `(self + other) mod modulus` without a cut between; 0 when the modulus is.
    public func adding(_ other: UInt256, modulo modulus: UInt256) -> UInt256 {
        let (sum, overflow) = addingReportingOverflow(other)
        if !overflow { return sum.dividedBy(modulus).remainder }
        if modulus.isZero { return .zero }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 20) { scratch in
            guard let limbs = scratch.baseAddress else { return .zero }
            limbs.store(sum)
            limbs[4] = 1
            LimbDivision.divide(limbs, count: 5, by: modulus, quotient: limbs + 10)
            return UInt256(loading: limbs)
        }
    }

    /// `(self · other) mod modulus` without a cut between; 0 when the modulus is.
    public func multiplied(by other: UInt256, modulo modulus: UInt256) -> UInt256 {
        if modulus.isZero { return .zero }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 20) { scratch in
            guard let limbs = scratch.baseAddress else { return .zero }
            let count = UInt256.multiply(self, other, into: limbs)
            LimbDivision.divide(limbs, count: count, by: modulus, quotient: limbs + 10)
            return UInt256(loading: limbs)
        }
    }

    /// Writes the product's eight limbs and answers how many of them matter, at least 4.
    private static func multiply(
        _ a: UInt256, _ b: UInt256, into limbs: UnsafeMutablePointer<UInt64>
    ) -> Int {
        func row(_ at: Int, _ y: UInt64) {
            var carry: UInt64 = 0
            (carry, limbs[at]) = accumulate(limbs[at], carry, a.w0, y)
            (carry, limbs[at + 1]) = accumulate(limbs[at + 1], carry, a.w1, y)
            (carry, limbs[at + 2]) = accumulate(limbs[at + 2], carry, a.w2, y)
            (carry, limbs[at + 3]) = accumulate(limbs[at + 3], carry, a.w3, y)
            limbs[at + 4] = carry
        }
        for index in 0..<9 { limbs[index] = 0 }
        row(0, b.w0)
        row(1, b.w1)
        row(2, b.w2)
        row(3, b.w3)
        var count = 8
        while count > 4, limbs[count - 1] == 0 { count -= 1 }
        return count
    }
}

extension UnsafeMutablePointer<UInt64> {
    @inline(__always)
    fileprivate func store(_ value: UInt256) {
        self[0] = value.w0
        self[1] = value.w1
        self[2] = value.w2
        self[3] = value.w3
    }
}

extension UInt256 {
    @inline(__always)
    fileprivate init(loading limbs: UnsafeMutablePointer<UInt64>) {
        self.init(limbs[0], limbs[1], limbs[2], limbs[3])
    }
}

/// Division of several limbs by up to four (Knuth, TAOCP volume 2, §4.3.1, algorithm D).
enum LimbDivision {
    /// Divides in place.
    ///
    /// - Parameters:
    ///   - limbs: `count` limbs and room for one more, the least significant first. Afterwards the
    ///     first four are the remainder.
    ///   - count: 4 to 8.
    ///   - divisor: Not 0.
    ///   - quotient: Room for `count` limbs.
    static func divide(
        _ limbs: UnsafeMutablePointer<UInt64>, count: Int, by divisor: UInt256,
        quotient: UnsafeMutablePointer<UInt64>
    ) {
        for index in 0..<count { quotient[index] = 0 }
        let width = (divisor.bitWidth + 63) / 64
        if width == 1 {
            var remainder: UInt64 = 0
            for index in stride(from: count - 1, through: 0, by: -1) {
                (quotient[index], remainder) = divisor.w0.dividingFullWidth(
                    (remainder, limbs[index]))
                limbs[index] = 0
            }
            limbs[0] = remainder
            return
        }
        let shift = UInt64(width * 64 - divisor.bitWidth)
        let v = divisor << shift
        let top: UInt64
        let second: UInt64
        switch width {
        case 2: (top, second) = (v.w1, v.w0)
        case 3: (top, second) = (v.w2, v.w1)
        default: (top, second) = (v.w3, v.w2)
        }
        limbs[count] = 0
        if shift != 0 {
            for index in stride(from: count, to: 0, by: -1) {
                limbs[index] = limbs[index] << shift | limbs[index - 1] >> (64 - shift)
            }
            limbs[0] <<= shift
        }
        for at in stride(from: count - width, through: 0, by: -1) {
            let digit = estimate(limbs, at: at + width, top: top, second: second)
            quotient[at] = subtract(digit, v, width: width, from: limbs + at)
        }
        if shift != 0 {
            for index in 0..<4 {
                limbs[index] = limbs[index] >> shift | limbs[index + 1] << (64 - shift)
            }
        }
    }

    /// The next digit of the quotient, at most 1 too large (steps D3).
    @inline(__always)
    private static func estimate(
        _ limbs: UnsafeMutablePointer<UInt64>, at: Int, top: UInt64, second: UInt64
    ) -> UInt64 {
        let u0 = limbs[at]
        let u1 = limbs[at - 1]
        let u2 = limbs[at - 2]
        // u0 is at most top, as the partial remainder is below the divisor.
        guard u0 < top else { return .max }
        var (digit, remainder) = top.dividingFullWidth((u0, u1))
        while true {
            let product = digit.multipliedFullWidth(by: second)
            guard product.high > remainder || (product.high == remainder && product.low > u2)
            else { return digit }
            digit &-= 1
            let (sum, overflow) = remainder.addingReportingOverflow(top)
            if overflow { return digit }
            remainder = sum
        }
    }

    /// Subtracts `digit · v`; answers the digit that fits (steps D4 to D6).
    @inline(__always)
    private static func subtract(
        _ digit: UInt64, _ v: UInt256, width: Int, from limbs: UnsafeMutablePointer<UInt64>
    ) -> UInt64 {
        var carry: UInt64 = 0
        var borrow: UInt64 = 0
        for index in 0..<width {
            let limb = v.limb(index)
            let (high, low) = UInt256.accumulate(carry, digit, limb)
            carry = high
            let (d, b1) = limbs[index].subtractingReportingOverflow(low)
            let (e, b2) = d.subtractingReportingOverflow(borrow)
            limbs[index] = e
            borrow = b1 || b2 ? 1 : 0
        }
        let (d, b1) = limbs[width].subtractingReportingOverflow(carry)
        let (e, b2) = d.subtractingReportingOverflow(borrow)
        limbs[width] = e
        guard b1 || b2 else { return digit }
        var digit = digit
        // At most twice: the estimate of .max for u0 == top may be 2 too large.
        while true {
            digit &-= 1
            var addend: UInt64 = 0
            for index in 0..<width {
                let (s, c1) = limbs[index].addingReportingOverflow(v.limb(index))
                let (t, c2) = s.addingReportingOverflow(addend)
                limbs[index] = t
                addend = c1 || c2 ? 1 : 0
            }
            let (s, c) = limbs[width].addingReportingOverflow(addend)
            limbs[width] = s
            if c { return digit }
        }
    }
}

extension UInt256 {
    /// A limb; 0 is the least significant.
    @inline(__always)
    func limb(_ index: Int) -> UInt64 {
        switch index {
        case 0: w0
        case 1: w1
        case 2: w2
        default: w3
        }
    }
}
