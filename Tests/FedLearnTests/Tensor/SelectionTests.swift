import Testing

@testable import FedLearn

@Suite("Selection") struct SelectionTests {
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        // Few different values, so that there are ties.
        return (0..<count).map { _ in Float(generator.nextInteger(below: 40)) - 20 }
    }

    @Test(
        "column statistics agree with sorting",
        arguments: [1, 2, 3, 7, 10, 50, 100, 256, 257, 300])
    func columns(count: Int) {
        let rows = (0..<count).map { random(70, seed: UInt64($0)) }
        let k = (count - 1) / 4
        let range = 3..<70
        let medians = ColumnStatistic.median.evaluate(rows, in: range)
        let means = ColumnStatistic.trimmedMean(k: k).evaluate(rows, in: range)
        let near = ColumnStatistic.meanAroundMedian(keeping: count - k).evaluate(rows, in: range)
        for (place, index) in range.enumerated() {
            let column = rows.map { $0[index] }.sorted()
            let median = (column[(count - 1) / 2] + column[count / 2]) / 2
            #expect(medians[place] == median)
            let kept = column[k..<count - k]
            #expect(
                means[place] == Float(kept.reduce(0.0) { $0 + Double($1) } / Double(kept.count)))
            let nearest = column.sorted {
                (($0 - median).magnitude, $0) < (($1 - median).magnitude, $1)
            }.prefix(count - k)
            let sum = nearest.sorted().reduce(0.0) { $0 + Double($1) }
            #expect(near[place] == Float(sum / Double(count - k)))
        }
    }

    @Test("a pruned network has fewer comparators and the same ranks")
    func pruning() {
        let whole = SelectionNetwork(count: 50, ranks: 0..<50)
        let median = SelectionNetwork(count: 50, ranks: 24..<26)
        #expect(whole.pairs.count / 2 == 403)
        #expect(median.pairs.count / 2 == 330)
    }

    @Test(
        "top-k takes the largest magnitudes, of equal ones the first",
        arguments: [0, 1, 5, 99, 100])
    func topK(count: Int) {
        let x = random(100, seed: 8)
        let expected = x.indices.sorted { (x[$0].magnitude, -$0) > (x[$1].magnitude, -$1) }
            .prefix(count).sorted()
        #expect(VectorKernels.largestMagnitudes(count, of: x) == expected)
    }

    @Test("steps round half to even and survive the largest magnitude")
    func fixedPointSteps() {
        #expect(FixedPoint.steps(0x1p-24) == 1)
        #expect(FixedPoint.steps(0x1p-25) == 0)
        #expect(FixedPoint.steps(0x1.8p-24) == 2)
        #expect(FixedPoint.steps(-0x1.8p-24) == -2)
        #expect(FixedPoint.steps(-FixedPoint.largestMagnitude) == -(1 << 39))
        let (product, overflow) = (Int64(1) << 39)
            .multipliedReportingOverflow(by: Int64(FixedPoint.largestTotalWeight))
        #expect(!overflow && product > 0)
    }
}
