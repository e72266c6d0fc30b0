import Testing

@testable import FedLearn

@Suite("Noise") struct NoiseTests {
    private func generator(_ byte: UInt8 = 1) -> SecureGenerator {
        SecureGenerator(key: [UInt8](repeating: byte, count: 32))
    }

    @Test("the generator's first words are ChaCha20's after the next key (RFC 8439, A.1 #1)")
    func generatorIsChaCha20() {
        // The block of an all-zero key and nonce begins 76 b8 e0 ad…; its first half is the next key.
        var generator = SecureGenerator(key: [UInt8](repeating: 0, count: 32))
        let expected: [UInt8] = [
            0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8,
            0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69,
            0xb2, 0xee, 0x65, 0x86,
        ]
        let bytes = generator.bytes(count: 32)
        #expect(bytes == expected)
    }

    @Test("the stream is even, does not repeat over refills, and depends on the key")
    func generatorIsEven() {
        var first = generator(1)
        var second = generator(1)
        var other = generator(2)
        var ones = 0
        var seen = Set<UInt64>()
        for _ in 0..<5000 {
            let word = first.next()
            let again = second.next()
            #expect(word == again)
            ones += word.nonzeroBitCount
            seen.insert(word)
        }
        #expect(seen.count == 5000)
        let foreign = other.next()
        #expect(!seen.contains(foreign))
        // 320,000 fair bits: five standard deviations are 1,414.
        #expect(abs(ones - 160_000) < 1_414)
    }

    @Test("exp(-a/b) is hit as often as it should be", arguments: [(1, 3), (1, 1), (7, 2), (0, 5)])
    func bernoulli(numerator: Int, denominator: Int) {
        var generator = generator(9)
        let trials = 40_000
        let hits = (0..<trials).count { _ in
            DiscreteGaussian.bernoulliExponential(
                UInt128(numerator), over: UInt128(denominator), using: &generator)
        }
        let p = Elementary.exp(-Double(numerator) / Double(denominator))
        let deviation = (Double(trials) * p * (1 - p)).squareRoot()
        #expect(abs(Double(hits) - Double(trials) * p) <= 5 * deviation)
    }

    @Test("samples have the discrete Gaussian's frequencies", arguments: [1, 2, 9, 100])
    func frequencies(variance: UInt64) throws {
        let distribution = try DiscreteGaussian(variance: variance)
        var generator = generator(UInt8(variance))
        let trials = 20_000
        var counts: [Int64: Int] = [:]
        for _ in 0..<trials { counts[distribution.sample(using: &generator), default: 0] += 1 }
        let weights = (-200...200).map { x in
            Elementary.exp(-Double(x * x) / (2 * Double(variance)))
        }
        let total = weights.reduce(0, +)
        var chiSquare = 0.0
        var cells = 0
        for (x, weight) in zip(-200...200, weights) {
            let expected = Double(trials) * weight / total
            guard expected >= 10 else { continue }
            let difference = Double(counts[Int64(x)] ?? 0) - expected
            chiSquare += difference * difference / expected
            cells += 1
        }
        // Five standard deviations above the mean of the chi-square distribution.
        #expect(chiSquare < Double(cells) + 5 * (2 * Double(cells)).squareRoot() + 10)
    }

    @Test("wide noise has its variance, and the widest does not overflow")
    func wideNoise() throws {
        for exponent in [30, 44, 56] {
            let variance: UInt64 = 1 << UInt64(exponent)
            let distribution = try DiscreteGaussian(variance: variance)
            var generator = generator(UInt8(exponent))
            var square = 0.0
            let trials = 3000
            for _ in 0..<trials {
                let sample = Double(distribution.sample(using: &generator))
                square += sample * sample / Double(variance)
            }
            #expect(abs(square / Double(trials) - 1) < 5 * (2 / Double(trials)).squareRoot())
        }
        #expect(throws: PrivacyError.self) {
            _ = try DiscreteGaussian(variance: PrivacyLimits.maximumGridVariance * 10)
        }
    }

    @Test("equal keys give equal noise, pinned so that no machine differs unnoticed")
    func noiseIsPinned() throws {
        let distribution = try DiscreteGaussian(variance: 10_000)
        var generator = generator(5)
        let samples = (0..<8).map { _ in distribution.sample(using: &generator) }
        #expect(samples == Self.pinned)
    }
    private static let pinned: [Int64] = [230, -44, 178, 94, 72, -24, 67, -124]

    @Test("honest survivors' noise adds up to what was asked for")
    func sharesAddUp() throws {
        let grid = try FixedPointGrid(fractionBits: 20, bound: 4)
        let share = try NoiseShare(
            multiplier: 1.1, clip: 0.5, clients: 20, byzantine: 4, dropouts: 3, grid: grid)
        #expect(share.honestSurvivors == 13)
        let total = 13 * Double(share.distribution.variance)
        let wanted = 1.1 * 0.5 * grid.scale
        #expect(total >= wanted * wanted && total <= wanted * wanted + 13)
        #expect(share.divergence < 1e-300)
        #expect(throws: PrivacyError.self) {
            _ = try NoiseShare(
                multiplier: 1, clip: 1, clients: 7, byzantine: 4, dropouts: 3, grid: grid)
        }
    }

    @Test("quantised vectors keep the clip exactly, though rounding may lengthen them")
    func gridKeepsNorm() throws {
        let grid = try FixedPointGrid(fractionBits: 4, bound: 8)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            let values = (0..<400).map { _ in Float(generator.nextNormal()) }
            let steps = try grid.quantise(values, clippedToNorm: 3)
            let square = FixedPointGrid.squaredNorm(of: steps)
            #expect(square <= UInt128(48 * 48))
        }
    }

    @Test("the grid says how many vectors a 32-bit sum holds")
    func gridRoom() throws {
        let grid = try FixedPointGrid(fractionBits: 20, bound: 4)
        #expect(grid.maximumSummands() == 511)
        #expect(grid.maximumSummands(noiseDeviation: 1e7) < 511)
        #expect(throws: PrivacyError.self) { _ = try FixedPointGrid(fractionBits: 30, bound: 4) }
        #expect(throws: PrivacyError.self) { _ = try FixedPointGrid(fractionBits: 301, bound: 1) }
        #expect(throws: PrivacyError.notFinite) { _ = try grid.quantise([.nan]) }
        #expect(try grid.quantise([100, -100]) == [4 << 20, -4 << 20])
    }
}
