import ArgumentParser
import FedLearn

/// What FedLearn takes on one thread, beside `Benchmarks/fedlearn_peers.py`, which prints the same names.
struct Learning: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fedlearn",
        abstract: "Aggregation, compression, privacy and training on one core, in CPU time.")

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case sums, largeSum = "large-sum", rules, compression, privacy, training
    }

    @Argument(help: "Which measurements.") var part: Part

    func run() throws {
        var book = TimeBook()
        switch part {
        case .sums: try sums(&book)
        case .largeSum: largeSum(&book)
        case .rules: try rules(&book)
        case .compression: try compression(&book)
        case .privacy: try privacy(&book)
        case .training: try training(&book)
        }
        try report(["measure": "fedlearn-\(part.rawValue)", "ms": book.milliseconds])
    }

    private func updates(_ rows: Int, _ count: Int) -> [Contribution] {
        var generator = SeededGenerator(seed: 1)
        return (0..<rows).map { member in
            Contribution(
                member: member, exampleCount: 1,
                values: (0..<count).map { _ in Float(generator.nextUniform()) - 0.5 })
        }
    }

    private func sums(_ book: inout TimeBook) throws {
        // What the machine's memory gives, by the same clock.
        let memory = [Float](repeating: 1, count: 50_000_000)
        var bits: UInt32 = 0
        book.time("reading 50 x 1m", runs: 9) { bits &+= sumOfBits(memory) }
        guard bits != 1 else { return }
        let all = updates(100, 1_000_000)
        for (count, name) in [(100_000, "100k"), (1_000_000, "1m")] {
            let cut =
                count == 1_000_000
                ? all
                : all.map {
                    Contribution(
                        member: $0.member, exampleCount: 1, values: Array($0.values[..<count]))
                }
            for rows in [10, 50, 100] {
                let part = Array(cut[..<rows])
                let vectors = part.map(\.values)
                let weights = [Float](repeating: 1 / Float(rows), count: rows)
                var sum = [Float](repeating: 0, count: count)
                book.time("sum \(rows) x \(name)", runs: 15) {
                    VectorKernels.addWeightedSum(of: vectors, weights: weights, to: &sum)
                }
                try book.time("mean \(rows) x \(name)", runs: 7) {
                    _ = try WeightedMean().aggregate(part, dimension: count)
                }
            }
        }
    }

    private func largeSum(_ book: inout TimeBook) {
        let vectors = (0..<50).map { row in
            (0..<10_000_000).map { Float(($0 &* 31 &+ row) & 1023) / 1024 }
        }
        let weights = [Float](repeating: 0.02, count: 50)
        var sum = [Float](repeating: 0, count: 10_000_000)
        book.time("sum 50 x 10m", runs: 5) {
            VectorKernels.addWeightedSum(of: vectors, weights: weights, to: &sum)
        }
    }

    private func rules(_ book: inout TimeBook) throws {
        let count = 1_000_000
        let all = updates(100, count)
        let fifty = Array(all[..<50])
        let short = all.map {
            Contribution(member: $0.member, exampleCount: 1, values: Array($0.values[..<100_000]))
        }
        func time(
            _ name: String, _ rule: any AggregationRule, _ updates: [Contribution], runs: Int = 5
        ) throws {
            try book.time(name, runs: runs) {
                _ = try rule.aggregate(updates, dimension: updates[0].values.count)
            }
        }
        try time("median 50 x 1m", CoordinateMedian(), fifty)
        try time("trimmed mean 50 x 1m", TrimmedMean(trimming: 10), fifty)
        try time("Krum 100 x 1m", Krum(maximumFaults: 20), all)
        try time("Multi-Krum 100 x 1m", Krum.multi(maximumFaults: 20), all)
        try time("Bulyan 100 x 1m", Bulyan(maximumFaults: 20), all, runs: 3)
        try time("Krum 100 x 100k", Krum(maximumFaults: 20), short)
        try time("Bulyan 100 x 100k", Bulyan(maximumFaults: 20), short)
        try time("geometric median 50 x 1m", GeometricMedian(), fifty)
        try time("psic's default 100 x 1m", AnchoredMean(maximumFaults: 20), all)
    }

    private func compression(_ book: inout TimeBook) throws {
        let update = updates(1, 1_000_000)[0].values
        var generator = SeededGenerator(seed: 2)
        book.time("top-k 1 % of 1m", runs: 15) {
            _ = VectorKernels.largestMagnitudes(10_000, of: update)
        }
        let codec = try SelectingCodec(quantiser: .blocks(block: 256))
        try book.time("int8 in blocks of 256, 1m", runs: 15) {
            _ = try codec.compress(update, using: &generator)
        }
    }

    private func privacy(_ book: inout TimeBook) throws {
        var values = updates(1, 1_000_000)[0].values
        var generator = SecureGenerator(key: [UInt8](repeating: 9, count: 32))
        book.time("Gaussian noise 1m", runs: 7) {
            GaussianSampler.addNoise(deviation: 0.1, to: &values, using: &generator)
        }
        let pair = MaskKeyPair(secret: [UInt8](repeating: 1, count: 32))
        let other = MaskKeyPair(secret: [UInt8](repeating: 2, count: 32))
        guard let key = pair.pairMaskKey(with: other.publicKey) else { return }
        var words = [UInt32](repeating: 0, count: 1_000_000)
        book.time("mask 1m", runs: 25) {
            MaskStream.apply(.add, key: key, round: 1, to: &words)
        }
        let secret = (0..<32).map { BinaryField8(UInt8($0)) }
        var shares = try Shamir.split(secret, threshold: 51, count: 100, using: &generator)
        try book.time("Shamir split 32 B, 51 of 100", runs: 15) {
            shares = try Shamir.split(secret, threshold: 51, count: 100, using: &generator)
        }
        let enough = Array(shares.prefix(51))
        try book.time("Shamir combine 32 B, 51 of 100", runs: 15) {
            _ = try Shamir.combine(enough, threshold: 51)
        }
        let mechanism = try SubsampledGaussian(noiseMultiplier: 1, samplingRate: 0.01)
        try book.time("RDP accountant, 3,000 steps", runs: 5) {
            _ = try RenyiAccountant.epsilon(of: mechanism, count: 3_000, delta: 1e-5)
        }
        try book.time("PLD accountant, 3,000 steps", runs: 3) {
            _ = try LossAccountant.epsilon(of: mechanism, count: 3_000, delta: 1e-5)
        }
    }

    private func training(_ book: inout TimeBook) throws {
        var generator = SeededGenerator(seed: 3)
        let rows = 1_600
        let data = Dataset(
            features: Matrix(
                rowCount: rows, columnCount: 64,
                elements: (0..<rows * 64).map { _ in Float(generator.nextUniform()) }),
            labels: (0..<rows).map { $0 % 10 }, classCount: 10)
        let model = MLP(layerSizes: [64, 64, 10])
        let start = model.initialParameters(seed: 1)
        let settings = Hyperparameters(learningRate: 0.1, batchSize: 16, localEpochs: 10)
        // A thousand steps a run.
        try book.time("MLP step, batch 16", runs: 15, each: 1_000) {
            _ = try Trainer.train(model, from: start, on: data, with: settings, seed: 1)
        }
        let privacy = try ExamplePrivacy(clip: 1, noiseMultiplier: 1, samplingRate: 0.04)
        var secure = SecureGenerator(key: [UInt8](repeating: 5, count: 32))
        try book.time("DP-SGD step, 64 expected", runs: 7, each: 100) {
            var optimiser = GradientDescent(learningRate: 0.1)
            _ = try PrivateTrainer.train(
                model, from: start, on: data, steps: 100, privacy: privacy,
                optimiser: &optimiser, using: &secure)
        }
    }
}

/// Medians of CPU time.
struct TimeBook {
    private(set) var milliseconds: [String: Double] = [:]

    /// - Parameter each: How many times `body` does what `name` says.
    mutating func time(
        _ name: String, runs: Int, each: Int = 1, _ body: () throws -> Void
    ) rethrows {
        try body()
        var times: [Double] = []
        for _ in 0..<runs {
            let start = cpuSeconds()
            try body()
            times.append(cpuSeconds() - start)
        }
        times.sort()
        milliseconds[name] = 1_000 * times.sortedValue(at: 0.5) / Double(each)
    }
}
