import Foundation
import Testing

@testable import FedLearn

@Suite("Elementary functions") struct ElementaryTests {
    /// Distance in units of the last place of the reference.
    private func ulps(_ value: Double, _ reference: Double) -> Double {
        abs(value - reference) / reference.ulp
    }

    @Test("exp stays within 2 ulp of the C library's")
    func exponentialIsAccurate() {
        var generator = SeededGenerator(seed: 1)
        var worst = 0.0
        for _ in 0..<100_000 {
            let x = (generator.nextUniform() * 2 - 1) * 700
            worst = max(worst, ulps(Elementary.exp(x), Foundation.exp(x)))
            let small = generator.nextUniform() - 0.5
            worst = max(worst, ulps(Elementary.exp(small), Foundation.exp(small)))
        }
        #expect(worst <= 2)
    }

    @Test("log stays within 2 ulp of the C library's")
    func logarithmIsAccurate() {
        var generator = SeededGenerator(seed: 2)
        var worst = 0.0
        for _ in 0..<100_000 {
            // Every exponent, subnormal numbers included.
            let x = Double(bitPattern: generator.next() & 0x7FEF_FFFF_FFFF_FFFF)
            worst = max(worst, ulps(Elementary.log(x), Foundation.log(x)))
            let nearOne = 0.5 + generator.nextUniform()
            worst = max(worst, ulps(Elementary.log(nearOne), Foundation.log(nearOne)))
        }
        #expect(worst <= 2)
    }

    @Test("Float versions are the rounded Double results")
    func floatVersionsAreRounded() {
        var generator = SeededGenerator(seed: 3)
        var differing = 0
        for _ in 0..<100_000 {
            let x = Float((generator.nextUniform() * 2 - 1) * 80)
            if Elementary.exp(x) != Float(Foundation.exp(Double(x))) { differing += 1 }
        }
        #expect(differing == 0)
    }

    @Test("edges of the range")
    func edges() {
        #expect(Elementary.exp(0.0) == 1)
        #expect(Elementary.exp(-800.0) == 0)
        #expect(Elementary.exp(-Double.infinity) == 0)
        #expect(Elementary.exp(710.0) == .infinity)
        #expect(Elementary.exp(709.78).isFinite)
        #expect(Elementary.exp(-745.0) > 0)
        #expect(Elementary.exp(Double.nan).isNaN)
        #expect(Elementary.log(1.0) == 0)
        #expect(Elementary.log(0.0) == -.infinity)
        #expect(Elementary.log(-1.0).isNaN)
        #expect(Elementary.log(Double.infinity) == .infinity)
        #expect(Elementary.log(Double.nan).isNaN)
        #expect(Elementary.exp(Float(100)) == .infinity)
    }

    @Test("bits are pinned, so that another machine or build cannot differ unnoticed")
    func bitsArePinned() {
        var generator = SeededGenerator(seed: 4)
        var mixed: UInt64 = 0
        for _ in 0..<10_000 {
            let x = (generator.nextUniform() * 2 - 1) * 50
            mixed = mixed &* 31 &+ Elementary.exp(x).bitPattern
            mixed = mixed &* 31 &+ Elementary.log(generator.nextUniform()).bitPattern
        }
        #expect(mixed == 17_993_628_375_533_178_506)
    }
}
