import Testing

@testable import FedLearn

@Suite("Clipping") struct ClippingTests {
    private struct File: Decodable {
        struct Case: Decodable {
            let c: Double
            let x: [Float]
            let l2: Double
            let l1: Double
            let linf: Double
            let clipped: [Float]
        }
        struct Adaptive: Decodable {
            struct Round: Decodable {
                let c: Double
                let fractionBelow: Double
            }
            let norms: [[Double]]
            let lr: Double
            let gamma: Double
            let history: [Round]
            let finalC: Double
        }
        let cases: [Case]
        let adaptive: Adaptive
    }

    @Test("norms and clipped vectors agree with the golden ones")
    func goldenCases() throws {
        let file: File = try Vectors.golden("clip/clip.json")
        #expect(file.cases.count == 5)
        for item in file.cases {
            #expect(isClose(VectorNorm.l2.measure(item.x), item.l2, relative: 1e-6))
            #expect(isClose(VectorNorm.l1.measure(item.x), item.l1, relative: 1e-6))
            #expect(isClose(VectorNorm.linf.measure(item.x), item.linf, relative: 1e-6))
            var values = item.x
            let outcome = try Clipping(bound: item.c).clip(&values)
            #expect(outcome.wasClipped == (item.l2 > item.c))
            for (value, expected) in zip(values, item.clipped) {
                #expect(isClose(Double(value), Double(expected), relative: 1e-6))
            }
        }
    }

    @Test("the adaptive bound follows the golden history")
    func goldenAdaptive() throws {
        let file: File = try Vectors.golden("clip/clip.json")
        let golden = file.adaptive
        var rule = try AdaptiveClipping(
            bound: golden.history[0].c, quantile: golden.gamma, learningRate: golden.lr)
        var generator = SeededGenerator(seed: 1)
        for (norms, round) in zip(golden.norms, golden.history) {
            #expect(isClose(rule.bound, round.c, relative: 1e-6))
            #expect(isClose(rule.fractionBelow(norms), round.fractionBelow, absolute: 1e-12))
            rule.update(norms: norms, using: &generator)
        }
        #expect(isClose(rule.bound, golden.finalC, relative: 1e-6))
    }

    @Test("a clipped vector is never longer than the bound", arguments: VectorNorm.allCases)
    func boundHolds(norm: VectorNorm) throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let scale = Elementary.exp(20 * generator.nextNormal())
            var values = (0..<101).map { _ in Float(generator.nextNormal() * scale) }
            let clipping = try Clipping(norm: norm, bound: Double(generator.nextUniform()) + 1e-3)
            _ = try clipping.clip(&values)
            #expect(norm.measure(values) <= clipping.bound)
        }
    }

    @Test("what is not a number is refused and left alone")
    func refusesNonFinite() throws {
        for poison in [Float.nan, .infinity, -.infinity] {
            var values: [Float] = [1, poison, 2]
            #expect(throws: PrivacyError.notFinite) {
                _ = try Clipping(bound: 1).clip(&values)
            }
            #expect(values[0] == 1 && values[2] == 2)
        }
        #expect(VectorNorm.linf.measure([1, .nan, 3]).isNaN)
    }

    @Test("impossible settings are refused", arguments: [0, -1, .nan, .infinity] as [Double])
    func refusesBounds(bound: Double) {
        #expect(throws: PrivacyError.self) { _ = try Clipping(bound: bound) }
        #expect(throws: PrivacyError.self) { _ = try AdaptiveClipping(bound: bound) }
    }

    @Test("the noised count moves the bound around the quantile without drifting off")
    func adaptsToQuantile() throws {
        var rule = try AdaptiveClipping(bound: 100, quantile: 0.5, countDeviation: 2)
        var generator = SecureGenerator(key: [UInt8](repeating: 3, count: 32))
        let norms = (1...99).map { Double($0) / 10 }
        for _ in 0..<400 { rule.update(norms: norms, using: &generator) }
        #expect(abs(rule.bound - 5) < 1)
    }
}
