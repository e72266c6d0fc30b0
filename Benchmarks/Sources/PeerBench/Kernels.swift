import ArgumentParser
import FedLearn

/// What a fixed amount of memory traffic takes at best.
struct Memory: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Probe memory bandwidth on one core: sum, copy, triad.")
    @Option(help: "Floats in each vector.") var count = 50_000_000
    @Option(help: "Repetitions; the best and the median are told.") var runs = 9

    func run() throws {
        let a = [Float](repeating: 1, count: count)
        let b = [Float](repeating: 2, count: count)
        var target = [Float](repeating: 0, count: count)
        let bytes = Double(count * MemoryLayout<Float>.stride)
        var sink: UInt32 = 0
        let read = timed(runs) { sink &+= sumOfBits(a) }
        let copy = timed(runs) { copyVector(a, to: &target) }
        let triad = timed(runs) { triadVector(a, b, 3, to: &target) }
        try report([
            "measure": "memory", "floats": count, "check": sink,
            "read_gb_s": bytes / read.median / 1e9, "read_gb_s_best": bytes / read.best / 1e9,
            "copy_gb_s": 2 * bytes / copy.median / 1e9,
            "copy_gb_s_best": 2 * bytes / copy.best / 1e9,
            "triad_gb_s": 3 * bytes / triad.median / 1e9,
            "triad_gb_s_best": 3 * bytes / triad.best / 1e9,
        ])
    }
}

/// The kernel at the heart of aggregation.
struct WeightedSum: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Weighted sum of vectors, as an aggregation adds updates.")
    @Option(help: "Vectors.") var rows = 50
    @Option(help: "Floats in each.") var count = 1_000_000
    @Option(help: "Repetitions; the best and the median are told.") var runs = 25

    func run() throws {
        let vectors = (0..<rows).map { row in
            (0..<count).map { Float(($0 &* 31 &+ row) & 1023) / 1024 }
        }
        let weights = (0..<rows).map { Float($0 + 1) / Float(rows) }
        var sum = [Float](repeating: 0, count: count)
        let fresh = timed(runs) {
            sum = VectorKernels.weightedSum(of: vectors, weights: weights, count: count)
        }
        let inPlace = timed(runs) {
            VectorKernels.addWeightedSum(of: vectors, weights: weights, to: &sum)
        }
        // The traffic that cannot be avoided: each vector is read once.
        let bytes = Double(rows * count * MemoryLayout<Float>.stride)
        try report([
            "measure": "weighted-sum", "rows": rows, "floats": count, "check": sum[count / 2],
            "gb_s": bytes / fresh.median / 1e9, "gb_s_best": bytes / fresh.best / 1e9,
            "in_place_gb_s": bytes / inPlace.median / 1e9,
            "in_place_gb_s_best": bytes / inPlace.best / 1e9,
        ])
    }
}

/// Wall-clock seconds of `body`, repeated.
private func timed(_ runs: Int, _ body: () -> Void) -> (median: Double, best: Double) {
    body()
    var times: [Double] = []
    for _ in 0..<runs {
        let start = wallSeconds()
        body()
        times.append(wallSeconds() - start)
    }
    times.sort()
    return (times.sortedValue(at: 0.5), times[0])
}

// Bits are added rather than floats: a float sum may not be reordered and would wait for its
// additions instead of memory.
@inline(never) func sumOfBits(_ x: [Float]) -> UInt32 {
    var sum: UInt32 = 0
    x.withUnsafeBufferPointer { buffer in
        var i = 0
        while i < buffer.count {
            sum &+= buffer[i].bitPattern
            i += 1
        }
    }
    return sum
}

@inline(never) private func copyVector(_ x: [Float], to target: inout [Float]) {
    target.withUnsafeMutableBytes { destination in
        x.withUnsafeBytes { destination.copyMemory(from: $0) }
    }
}

@inline(never) private func triadVector(
    _ x: [Float], _ y: [Float], _ scale: Float, to target: inout [Float]
) {
    x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
            target.withUnsafeMutableBufferPointer { target in
                let count = min(x.count, y.count, target.count)
                var i = 0
                while i < count {
                    target[i] = x[i] + scale * y[i]
                    i += 1
                }
            }
        }
    }
}
