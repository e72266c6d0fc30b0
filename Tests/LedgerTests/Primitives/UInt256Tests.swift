import Testing

@testable import Ledger

@Suite("256-bit integers") struct UInt256Tests {
    /// Numbers with long runs of ones and zeros, where carries go wrong, among random ones.
    static func numbers(_ count: Int, seed: UInt64) -> [UInt256] {
        var generator = SplitMix(state: seed)
        return (0..<count).map { _ in
            func limb() -> UInt64 {
                switch generator.next() % 4 {
                case 0: 0
                case 1: .max
                case 2: 1 << (generator.next() % 64)
                default: generator.next()
                }
            }
            return UInt256(limb(), limb(), limb(), limb())
        }
    }

    private func big(_ value: UInt256) -> BigNatural { BigNatural(bigEndian: value.bytes) }

    @Test("addition and subtraction undo each other") func sums() {
        let numbers = Self.numbers(200, seed: 1)
        for (a, b) in zip(numbers, numbers.reversed()) {
            #expect((a &+ b) &- b == a)
            #expect(a.addingReportingOverflow(b).overflow == (a &+ b < a))
            #expect(a.subtractingReportingOverflow(b).overflow == (a < b))
        }
        #expect(UInt256.max &+ 1 == 0)
    }

    @Test("products are those of schoolbook multiplication") func products() {
        let numbers = Self.numbers(300, seed: 2)
        for (a, b) in zip(numbers, numbers.reversed()) {
            #expect((a &* b).bytes == big(a).multiplied(by: big(b)).bytes(count: 32))
        }
    }

    @Test("quotient and remainder make the dividend, and the remainder is small") func quotients() {
        let numbers = Self.numbers(300, seed: 3)
        for (a, b) in zip(numbers, numbers.reversed()) where !b.isZero {
            let (quotient, remainder) = a.dividedBy(b)
            #expect(remainder < b)
            #expect(quotient &* b &+ remainder == a)
        }
        #expect(UInt256.max.dividedBy(0).quotient == 0)
    }

    @Test("products and sums modulo a number are cut only once") func modular() {
        let numbers = Self.numbers(300, seed: 4)
        for (index, a) in numbers.enumerated() {
            let b = numbers[(index * 7 + 1) % numbers.count]
            let m = numbers[(index * 13 + 2) % numbers.count]
            guard !m.isZero else { continue }
            let product = big(a).multiplied(by: big(b)).remainder(dividingBy: big(m))
            #expect(a.multiplied(by: b, modulo: m).bytes == product.bytes(count: 32))
            let (low, carry) = a.addingReportingOverflow(b)
            let sum = BigNatural(limbs: [low.w0, low.w1, low.w2, low.w3, carry ? 1 : 0])
            #expect(
                a.adding(b, modulo: m).bytes
                    == sum.remainder(dividingBy: big(m)).bytes(count: 32))
        }
        #expect(UInt256.max.multiplied(by: .max, modulo: 0) == 0)
    }

    @Test("signed division follows the Yellow Paper at its edges") func signed() {
        let least = UInt256(0, 0, 0, 1 << 63)
        #expect(least.signedDivided(by: .max) == least)
        #expect(UInt256(7).negated.signedDivided(by: 2) == UInt256(3).negated)
        #expect(UInt256(7).negated.signedRemainder(dividingBy: 2) == UInt256.one.negated)
        #expect(UInt256(7).signedRemainder(dividingBy: UInt256(2).negated) == 1)
    }

    @Test(
        "shifts move bits as multiplication does",
        arguments: [0, 1, 63, 64, 65, 127, 128, 200, 255])
    func shifts(by bits: UInt64) {
        for a in Self.numbers(50, seed: 5) {
            let power = UInt256(2).raised(to: UInt256(bits))
            #expect(a << bits == a &* power)
            #expect(a >> bits == a.dividedBy(power).quotient)
        }
        #expect(UInt256.max << 256 == 0)
        #expect(UInt256.max >> .max == 0)
        #expect(UInt256.max.arithmeticallyShifted(downBy: 1000) == .max)
    }

    @Test("sign extension looks at one bit") func signExtension() {
        #expect(UInt256(0x80).signExtended(fromByte: 0) == UInt256(0x80).negated)
        #expect(UInt256(0x17f).signExtended(fromByte: 0) == 0x7f)
        #expect(UInt256(0xff).signExtended(fromByte: 31) == 0xff)
        #expect(UInt256(0xff).signExtended(fromByte: .max) == 0xff)
    }

    @Test("decimal and hexadecimal text round-trips") func text() {
        for a in Self.numbers(100, seed: 6) {
            #expect(UInt256(decimal: a.description) == a)
            #expect(UInt256(hexadecimal: "0x" + a.hexadecimal) == a)
            #expect(Quantity.parse(Quantity.text(a)) == a)
        }
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        #expect(UInt256.max.description == most)
        #expect(UInt256(decimal: String(most.dropLast()) + "6") == nil)
    }

    @Test(
        "quantities have one form", arguments: ["0x", "0x01", "1", "0X1", "0x0x1", "0xg", "-0x1"])
    func strictQuantity(_ text: String) {
        #expect(Quantity.parse(text) == nil)
    }

    @Test("multiplication that must be exact sees each overflow") func exact() {
        for a in Self.numbers(100, seed: 7) {
            for b in Self.numbers(10, seed: 8) {
                let wide = big(a).multiplied(by: big(b))
                #expect((a.multipliedExactly(by: b) == nil) == (wide.limbs.count > 4))
            }
        }
    }
}

/// A small seeded generator (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
