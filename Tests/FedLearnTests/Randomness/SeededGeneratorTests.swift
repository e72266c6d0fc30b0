import Testing

@testable import FedLearn

@Suite("Seeded generator") struct SeededGeneratorTests {
    @Test("SplitMix64 repeats the reference code's outputs for seed 1234567")
    func splitMixVector() {
        var mixer = SplitMix64(state: 1_234_567)
        #expect(
            (0..<5).map { _ in mixer.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("xoshiro256++ repeats the reference code's outputs for state 1, 2, 3, 4")
    func xoshiroVector() {
        var generator = SeededGenerator(state: (1, 2, 3, 4))
        #expect(
            (0..<10).map { _ in generator.next() } == [
                41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386,
                9_228_616_714_210_784_205, 9_973_669_472_204_895_162, 14_011_001_112_246_962_877,
                12_406_186_145_184_390_807, 15_849_039_046_786_891_736,
                10_450_023_813_501_588_000,
            ])
    }

    @Test func seedTuplesGiveUnrelatedSequences() {
        var first: Set<UInt64> = []
        for round in 0..<20 as Range<UInt64> {
            for member in 0..<20 as Range<UInt64> {
                var generator = SeededGenerator(seeds: 7, round, member)
                first.insert(generator.next())
            }
        }
        #expect(first.count == 400)
    }

    @Test func integersAreUniform() {
        var generator = SeededGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<60_000 { counts[generator.nextInteger(below: 6)] += 1 }
        // Five standard deviations (about 91) around 10,000.
        #expect(counts.allSatisfy { abs($0 - 10_000) < 460 })
    }

    @Test func shuffleKeepsEveryElement() {
        var generator = SeededGenerator(seed: 2)
        var elements = Array(0..<1000)
        generator.shuffle(&elements)
        #expect(elements != Array(0..<1000))
        #expect(elements.sorted() == Array(0..<1000))
    }

    @Test func normalHasMeanZeroAndVarianceOne() {
        var generator = SeededGenerator(seed: 3)
        let values = (0..<40_000).map { _ in generator.nextNormal() }
        let mean = values.reduce(0, +) / 40_000
        let variance = values.reduce(0) { $0 + $1 * $1 } / 40_000
        #expect(abs(mean) < 0.025)
        #expect(abs(variance - 1) < 0.04)
    }

    @Test("gamma has the mean and variance of its shape", arguments: [0.3, 1, 4.5])
    func gammaMoments(shape: Double) {
        var generator = SeededGenerator(seed: 4)
        let values = (0..<40_000).map { _ in Elementary.exp(generator.nextLogGamma(shape: shape)) }
        let mean = values.reduce(0, +) / 40_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
        #expect(abs(mean - shape) < 0.06 * shape + 0.01)
        #expect(abs(variance - shape) < 0.12 * shape)
    }

    @Test(
        "Dirichlet shares sum to one even where gamma numbers underflow",
        arguments: [0.001, 0.3, 100])
    func dirichletSums(concentration: Double) {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let shares = generator.nextDirichlet(count: 5, concentration: concentration)
            #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
            #expect(shares.allSatisfy { $0 >= 0 })
        }
    }
}
