import CTensor
import PeerKit
import Testing

@testable import FedLearn

@Suite("Equal bits") struct DeterminismTests {
    private struct Golden: Decodable {
        let weights: [Int]
        let sha256OrderedF32: String
        let sha256FixedI64: String
        let sha256FixedF32: String
    }

    /// Every rule, on random updates of more than one chunk.
    private var rules: [any AggregationRule] {
        [
            WeightedMean(), PlainMean(), CoordinateMedian(), TrimmedMean(trimming: 2),
            MeanAroundMedian(maximumFaults: 2), Krum(maximumFaults: 2),
            Krum.multi(maximumFaults: 2), Bulyan(maximumFaults: 2), GeometricMedian(),
            SmoothedGeometricMedian(), CenteredClipping(), FLTrust(root: update(99)),
            DivideAndConquer(maximumFaults: 2, coordinates: 500, seed: 4),
            NearestNeighborMixing(maximumFaults: 2, then: GeometricMedian()),
            Bucketing(bucketSize: 2, seed: 5, then: CoordinateMedian()),
            AnchoredMean(maximumFaults: 2),
        ]
    }

    private static let dimension = CoordinateChunks.size + 1_037

    private func update(_ member: Int) -> [Float] {
        var generator = SeededGenerator(seeds: 7, UInt64(member))
        return (0..<Self.dimension).map { _ in Float(generator.nextUniform() - 0.4) }
    }

    private func contributions() -> [Contribution] {
        (0..<11).map {
            Contribution(member: $0, exampleCount: 10 + 3 * $0, values: update($0))
        }
    }

    @Test("sums have the published hashes, in order and in fixed point")
    func publishedHashes() throws {
        let golden = try Vectors.json("determinism/determinism.json", as: Golden.self)
        let inputs = try Vectors.floats("determinism/inputs.f32")
        let dimension = inputs.count / golden.weights.count
        let ordered32 = try Vectors.floats("determinism/ordered_f32.f32")
        let fixed32 = try Vectors.floats("determinism/fixed_f32.f32")
        let fixed64 = try Vectors.bytes("determinism/fixed_i64.i64")
        var contributions = golden.weights.indices.map {
            Contribution(
                member: $0, exampleCount: golden.weights[$0],
                values: Array(inputs[$0 * dimension..<($0 + 1) * dimension]))
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<8 {
            let ordered = try WeightedMean().aggregate(contributions, dimension: dimension)
            #expect(ordered.values == ordered32)
            #expect(
                ModelParameters.hash(of: ordered.values).description == golden.sha256OrderedF32)
            var mean = FixedPointMean(dimension: dimension)
            for contribution in contributions { try mean.add(contribution) }
            let steps = mean.steps.map(\.littleEndian).withUnsafeBytes { ContentHash(hashing: $0) }
            #expect(steps.description == golden.sha256FixedI64)
            #expect(mean.steps.map(\.littleEndian).withUnsafeBytes { Array($0) } == fixed64)
            let result = try mean.mean()
            #expect(result == fixed32)
            #expect(ModelParameters.hash(of: result).description == golden.sha256FixedF32)
            generator.shuffle(&contributions)
        }
    }

    @Test("partial sums of several peers add up to the same bits")
    func partialSums() throws {
        let contributions = contributions()
        var whole = FixedPointMean(dimension: Self.dimension)
        for contribution in contributions { try whole.add(contribution) }
        var first = FixedPointMean(dimension: Self.dimension)
        var second = FixedPointMean(dimension: Self.dimension)
        for contribution in contributions.reversed() {
            if contribution.member % 2 == 0 {
                try first.add(contribution)
            } else {
                try second.add(contribution)
            }
        }
        try second.add(first)
        let expected = try whole.mean()
        #expect(try second.mean() == expected)
    }

    @Test("one hash whatever the order of arrival and the number of threads")
    func shuffledArrivals() async throws {
        var contributions = contributions()
        var generator = SeededGenerator(seed: 1)
        for rule in rules {
            let first = try rule.aggregate(contributions, dimension: Self.dimension)
            let hash = ModelParameters.hash(of: first.values)
            for width in [1, 2, 4] {
                generator.shuffle(&contributions)
                let again = try await rule.aggregate(
                    contributions, dimension: Self.dimension, on: Runtime.live.executors,
                    width: width)
                #expect(ModelParameters.hash(of: again.values) == hash, "\(rule.name)")
                #expect(again.included == first.included)
                #expect(again.scores == first.scores)
            }
        }
    }

    @Test("every form of a kernel has the bits of plain Swift", arguments: [1, 3, 4, 5, 9, 13])
    func formsOfKernels(count: Int) {
        let rows = (0..<count).map { update($0) }
        let range = 5..<2_600
        let squares = plainSquares(rows, range)
        let scales = rows.indices.map { Float($0) / 7 - 0.3 }
        let sums = range.map { index in
            rows.indices.reduce(Float(0)) { $0 + scales[$1] * rows[$1][index] }
        }
        let medians = range.map { index in
            let column = rows.map { $0[index] }.sorted()
            return (column[(count - 1) / 2] + column[count / 2]) * 0.5
        }
        for level in 0...ctensor_best_form().rawValue {
            let form = ctensor_form(rawValue: level)
            #expect(
                VectorKernels.squaredDistances(
                    of: rows, in: range, originIncluded: false, form: form) == squares)
            var sum = [Float](repeating: 0, count: range.count)
            VectorKernels.addWeightedSum(
                of: rows, weights: scales, in: range, to: &sum, form: form)
            #expect(sum == sums)
            #expect(ColumnStatistic.median.evaluate(rows, in: range, form: form) == medians)
        }
    }

    @Test("more rows than a panel has are measured alike in every form")
    func manyRows() {
        let rows = (0..<131).map { (member: Int) -> [Float] in
            (0..<37).map { (index: Int) -> Float in
                let value = index * 31 + member * member * 7
                return Float(value % 1_024) / 64
            }
        }
        let expected = plainSquares(rows, 0..<37)
        for level in 0...ctensor_best_form().rawValue {
            #expect(
                VectorKernels.squaredDistances(
                    of: rows, in: 0..<37, originIncluded: false,
                    form: ctensor_form(rawValue: level)) == expected)
        }
    }

    @Test("impossible values are found while distances are measured, and spoil nobody else's")
    func impossibleValues() throws {
        let dimension = 2_600
        func contribution(_ member: Int) -> Contribution {
            Contribution(
                member: member, exampleCount: 1, values: Array(update(member)[..<dimension]))
        }
        func spoilt(_ member: Int, _ value: Float, at index: Int) -> Contribution {
            var values = Array(update(member)[..<dimension])
            values[index] = value
            return Contribution(member: member, exampleCount: 1, values: values)
        }
        let good = [0, 2, 3, 5, 6, 8, 9].map(contribution)
        let bad = [
            spoilt(1, .nan, at: 0), spoilt(4, -.infinity, at: dimension - 1),
            spoilt(7, 2 * AggregationLimits.largestMagnitude, at: 1_024),
            spoilt(10, -.nan, at: 1_023),
        ]
        let rule = Krum(maximumFaults: 1)
        let expected = try rule.aggregate(good, dimension: dimension)
        let result = try Krum(maximumFaults: 5).aggregate(good + bad, dimension: dimension)
        #expect(result.values == expected.values)
        #expect(result.evidence == expected.evidence)
        #expect(result.scores == expected.scores)
        #expect(
            result.rejected == [
                Rejection(member: 1, reason: .nonFinite), Rejection(member: 4, reason: .nonFinite),
                Rejection(member: 7, reason: .excessiveMagnitude),
                Rejection(member: 10, reason: .nonFinite),
            ])
        #expect(throws: AggregationError.self) {
            try rule.aggregate(bad, dimension: dimension)
        }
    }

    @Test("squares are fused in every form, up to the largest and down to the least numbers")
    func fusedSquares() {
        // Of all sizes that a float has: differences whose squares vanish, are subnormal, tie, overflow.
        var generator = SeededGenerator(seed: 4)
        for exponent in stride(from: -149, through: 70, by: 1) {
            let scale = Float(sign: .plus, exponent: exponent, significand: 1)
            let rows = (0..<2).map { _ in
                (0..<48).map { _ in
                    let wide = generator.nextInteger(below: 40) - 20
                    return Float(generator.nextUniform() - 0.5) * scale
                        * Float(sign: .plus, exponent: wide, significand: 1)
                }
            }
            let expected = plainSquares(rows, 0..<48)
            for level in 0...ctensor_best_form().rawValue {
                let squares = VectorKernels.squaredDistances(
                    of: rows, in: 0..<48, originIncluded: false,
                    form: ctensor_form(rawValue: level))
                #expect(squares == expected, "2^\(exponent), form \(level)")
            }
        }
        // Unfused, the square's own rounding would be lost here: (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24.
        let x: Float = 1 + 0x1p-12
        var rows = [[Float](repeating: 0, count: 17), [Float](repeating: 0, count: 17)]
        rows[0][0] = 0x1p-13
        rows[0][16] = x
        let sum = VectorKernels.squaredDistances(of: rows, in: 0..<17, originIncluded: false)[1]
        #expect(sum == Double((0x1p-26 as Float).addingProduct(x, x)))
        #expect(sum != Double(0x1p-26 + x * x))
    }

    @Test(
        "every form of the matrix product has the bits of plain Swift",
        arguments: [(1, 1, 1), (5, 3, 17), (16, 64, 10), (7, 300, 37), (4, 16, 64), (9, 8, 32)])
    func formsOfProducts(rows: Int, inner: Int, columns: Int) {
        let a = Array(update(1)[..<(rows * inner)])
        let b = Array((update(2) + update(3) + update(4))[..<(inner * columns)])
        let start = Array(update(5)[..<(rows * columns)])
        for isTransposed in [false, true] {
            let (rowStride, innerStride) = isTransposed ? (1, rows) : (inner, 1)
            var expected = start
            for i in 0..<rows {
                for j in 0..<columns {
                    for k in 0..<inner {
                        let product = a[i * rowStride + k * innerStride] * b[k * columns + j]
                        expected[i * columns + j] = expected[i * columns + j] + product
                    }
                }
            }
            for level in 0...ctensor_best_form().rawValue {
                var c = start
                VectorKernels.addProduct(
                    a, rowStride: rowStride, innerStride: innerStride, b, to: &c, rows: rows,
                    inner: inner, columns: columns, form: ctensor_form(rawValue: level))
                #expect(c == expected)
            }
        }
    }

    /// The order of operations that the C code must have, written down once more.
    private func plainSquares(_ rows: [[Float]], _ range: Range<Int>) -> [Double] {
        let count = rows.count
        var result = [Double](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0..<count where j != i {
                for start in stride(from: range.lowerBound, to: range.upperBound, by: 1_024) {
                    var lane = [Float](repeating: 0, count: 16)
                    for k in start..<min(start + 1_024, range.upperBound) {
                        let difference = rows[i][k] - rows[j][k]
                        // Fused: one rounding for product and sum.
                        lane[(k - start) % 16].addProduct(difference, difference)
                    }
                    for half in [8, 4, 2, 1] {
                        for index in 0..<half { lane[index] = lane[index] + lane[index + half] }
                    }
                    result[i * count + j] += Double(lane[0])
                }
            }
        }
        return result
    }
}
