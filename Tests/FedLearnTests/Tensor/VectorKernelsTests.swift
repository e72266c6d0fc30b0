import Testing

@testable import FedLearn

@Suite("Vector kernels") struct VectorKernelsTests {
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float(generator.nextNormal()) }
    }

    @Test("the weighted sum reproduces the published bits")
    func weightedSumMatchesVector() throws {
        let inputs = try Vectors.floats("weighted_sum_inputs.f32")
        let expected = try Vectors.floats("weighted_sum_output.f32")
        let counts = [448, 489, 185, 46, 93, 318, 118]
        let rows = counts.indices.map { Array(inputs[$0 * 1031..<($0 + 1) * 1031]) }
        let total = Float(counts.reduce(0, +))
        let sum = VectorKernels.weightedSum(
            of: rows, weights: counts.map { Float($0) / total }, count: 1031)
        #expect(sum.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test("blocks and pairs keep the order of additions", arguments: [0, 1, 2, 3, 5])
    func weightedSumOrder(rowCount: Int) {
        let count = (1 << 18) + 3  // one block and a remainder
        let rows = (0..<rowCount).map { random(count, seed: UInt64($0)) }
        let weights = random(rowCount, seed: 99)
        let sum = VectorKernels.weightedSum(of: rows, weights: weights, count: count)
        for index in [0, 1, 1000, (1 << 18) - 1, 1 << 18, count - 1] {
            var expected: Float = 0
            for row in 0..<rowCount { expected = expected + weights[row] * rows[row][index] }
            #expect(sum[index] == expected)
        }
    }

    @Test("products and sums are not fused")
    func noFusedMultiplyAdd() {
        let x: Float = 1 + 0x1p-23
        var target: [Float] = [-(x * x)]
        VectorKernels.addScaled([x], by: x, to: &target)
        // Fused, the rounding error of the product would be left over.
        #expect(target == [0])
        #expect((-(x * x)).addingProduct(x, x) != 0)
    }

    @Test("dot product and norm agree with plain sums", arguments: [0, 1, 3, 4, 7, 64, 1001])
    func reductions(count: Int) {
        let a = random(count, seed: 1)
        let b = random(count, seed: 2)
        let expected = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(VectorKernels.dot(a, b) - expected) <= 1e-12 * Double(count + 1))
        let square = a.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(VectorKernels.norm(a) - square.squareRoot()) <= 1e-12 * Double(count + 1))
    }

    @Test func normOfHugeValuesIsFinite() {
        #expect(VectorKernels.norm([Float](repeating: 3e38, count: 100)) > 1e39)
    }

    @Test("infinity and NaN are found wherever they are", arguments: [0, 1, 7, 8, 99])
    func findsNonFinite(position: Int) {
        var values = random(100, seed: 5)
        #expect(VectorKernels.isFinite(values))
        for bad in [Float.infinity, -.infinity, .nan, .signalingNaN] {
            values[position] = bad
            #expect(!VectorKernels.isFinite(values))
        }
        values[position] = .greatestFiniteMagnitude
        #expect(VectorKernels.isFinite(values))
    }

    @Test("the matrix product adds in ascending inner order", arguments: [1, 3, 4, 5, 9])
    func matrixProduct(inner: Int) {
        let a = Matrix(rowCount: 3, columnCount: inner, elements: random(3 * inner, seed: 6))
        let b = Matrix(rowCount: inner, columnCount: 7, elements: random(inner * 7, seed: 7))
        let c = a.multiplied(by: b)
        for row in 0..<3 {
            for column in 0..<7 {
                var expected: Float = 0
                for k in 0..<inner { expected = expected + a[row, k] * b[k, column] }
                #expect(c[row, column] == expected)
            }
        }
    }
}
