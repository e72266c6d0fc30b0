import Testing

@testable import Ledger

@Suite("Fields and groups of the pairings") struct PairingFieldTests {
    /// Elements near the ends of the field and in its middle.
    private func elements<Field: PrimeField>(_: Field.Type, bytes: Int, seed: UInt64) -> [Field] {
        var found = (0..<4).flatMap { [Field(small: $0), Field(small: $0).negated] }
        var generator = SplitMix(state: seed)
        while found.count < 60 {
            let number = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if let element = Field(bigEndian: number[...]) { found.append(element) }
        }
        return found
    }

    private func check<Field: PrimeField>(_: Field.Type, bytes: Int) {
        var exponent = Field.modulus
        exponent[0] -= 2
        for element in elements(Field.self, bytes: bytes, seed: 5) {
            // Fermat's little theorem, by another way than the one tested.
            #expect(element.inverse == element.raised(to: exponent))
            #expect(element.isZero || element * element.inverse == .one)
            #expect(Field(bigEndian: element.bytes[...]) == element)
            #expect(element + element.negated == .zero)
            #expect(element.doubled - element == element)
        }
        let modulus = Field.modulus.reversed().flatMap { limb in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: limb >> $0) }
        }
        #expect(Field(bigEndian: modulus[...]) == nil)
        #expect(Field(bigEndian: ([1] + modulus)[...]) == nil)
    }

    @Test("inverses are those of Fermat, in the field of BN254") func bn254() {
        check(BN254Base.self, bytes: 32)
    }

    @Test("inverses are those of Fermat, in the field of BLS12-381") func bls() {
        check(BLSBase.self, bytes: 48)
    }

    @Test("the quick tests of membership agree with the group's order") func membership() {
        var (inside, outside) = (0, 0)
        func note(_ quick: Bool, _ isInfinity: Bool) {
            #expect(quick == isInfinity)
            if quick { inside += 1 } else { outside += 1 }
        }
        let base = elements(BLSBase.self, bytes: 48, seed: 6).suffix(8)
        for (x, z) in zip(base, base.reversed()) {
            if let mapped = BLSMapToCurve.point(x) {
                note(
                    BLSFirstGroup.isInGroup(mapped),
                    JacobianPoint(mapped).multiplied(by: BLS12381.order).isInfinity)
            }
            if let y = (x.squared * x + BLS12381.b).squareRoot {
                let point = AffinePoint(x: x, y: y)
                note(
                    BLSFirstGroup.isInGroup(point),
                    JacobianPoint(point).multiplied(by: BLS12381.order).isInfinity)
            }
            let twisted = Quadratic<BLS12381>(c0: x, c1: z)
            if let mapped = BLSMapToCurve.twistedPoint(twisted) {
                note(
                    BLSSecondGroup.isInGroup(mapped),
                    JacobianPoint(mapped).multiplied(by: BLS12381.order).isInfinity)
            }
            if let y = (twisted.squared * twisted + BLS12381.twistB).squareRoot {
                let point = AffinePoint(x: twisted, y: y)
                note(
                    BLSSecondGroup.isInGroup(point),
                    JacobianPoint(point).multiplied(by: BLS12381.order).isInfinity)
            }
        }
        let bn = elements(BN254Base.self, bytes: 32, seed: 7).suffix(8)
        for (c0, c1) in zip(bn, bn.reversed()) {
            let x = Quadratic<BN254>(c0: c0, c1: c1)
            guard let y = (x.squared * x + BN254.twistB).squareRoot else { continue }
            let point = AffinePoint(x: x, y: y)
            note(
                BN254.isInGroup(point),
                JacobianPoint(point).multiplied(by: BN254.order).isInfinity)
        }
        #expect(inside > 4 && outside > 4)
    }

    @Test("sums of multiples are the sums of the multiples", arguments: [0, 1, 2, 65])
    func scalarSums(count: Int) {
        typealias Point = JacobianPoint<BN254Base>
        let generator = AffinePoint(x: BN254Base(small: 1), y: BN254Base(small: 2))
        let scalars = UInt256Tests.numbers(count, seed: 9)
        var terms: [(point: AffinePoint<BN254Base>, scalar: UInt256)] = []
        var sum = Point.infinity
        for (index, scalar) in scalars.enumerated() {
            let multiple = Point(generator).multiplied(by: [UInt64(index) + 1])
            guard let point = multiple.affine else { continue }
            terms.append((point, scalar))
            sum =
                sum + multiple.multiplied(by: [scalar.w0, scalar.w1, scalar.w2, scalar.w3])
        }
        #expect(ScalarSum.of(terms) == sum)
        // Opposite points vanish, and a scalar of 0 adds nothing.
        #expect(
            ScalarSum.of([(generator, UInt256(7)), (generator.negated, UInt256(7))]).isInfinity)
        #expect(ScalarSum.of([(generator, UInt256.zero)]).isInfinity)
    }

    @Test("cyclotomic squares are squares where they may be used") func squares() {
        let elements = elements(BLSBase.self, bytes: 48, seed: 8).suffix(12)
        let halves = elements.map { Quadratic<BLS12381>(c0: $0, c1: $0.squared) }
        let any = Dodecic<BLS12381>(
            c0: Sextic(c0: halves[0], c1: halves[1], c2: halves[2]),
            c1: Sextic(c0: halves[3], c1: halves[4], c2: halves[5]))
        let first = any.conjugate * any.inverse
        let element = first.frobenius.frobenius * first
        #expect(element.cyclotomicSquare == element.squared)
        #expect(any.cyclotomicSquare != any.squared)
    }
}
