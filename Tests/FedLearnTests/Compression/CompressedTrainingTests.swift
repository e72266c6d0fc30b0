import Testing

@testable import FedLearn

/// What compression costs in accuracy: ten clients, the digits, the 64-64-10 perceptron.
@Suite("Compressed training") struct CompressedTrainingTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        let name: String
        let codec: @Sendable (_ round: Int) throws -> SelectingCodec
        var testDescription: String { name }
    }

    /// All at most 2,500 bytes for 4,810 parameters.
    static let settings = [
        Setting(name: "largest 25 %, bytes") { _ in
            try SelectingCodec(
                selection: .largest(count: 1202), quantiser: .blocks(block: 256))
        },
        Setting(name: "largest 10 %, bytes") { _ in
            try SelectingCodec(
                selection: .largest(count: 481), quantiser: .blocks(block: 256))
        },
        Setting(name: "common mask 48 %, bytes") { round in
            try SelectingCodec(
                selection: .mask(CoordinateMask(seed: UInt64(round), count: 2309)),
                quantiser: .blocks(block: 256))
        },
    ]

    @Test("an update of 2.5 KB trains as well as one of 19 KB", arguments: settings)
    func compressedTraining(setting: Setting) throws {
        let dense = try Self.dense.get()
        let small = try Self.run(rounds: Self.rounds, codec: setting.codec)
        #expect(small.largestUpdate <= 2500)
        #expect(dense.largestUpdate >= 19_240)
        #expect(small.accuracy >= dense.accuracy - 0.003, "\(small) \(dense)")
    }

    static let rounds = 30
    static let dense = Result { try run(rounds: rounds) { _ in try SelectingCodec() } }

    /// Trains for `rounds` rounds; the accuracy is the mean of the last five.
    static func run(
        rounds: Int, seed: UInt64 = 1, clients: Int = 10, partition: Partition = .iid,
        codec: (Int) throws -> SelectingCodec
    ) throws -> (accuracy: Double, largestUpdate: Int) {
        let data = try Digits.load()
        let model = MLP(layerSizes: [64, 64, 10])
        let shares = try partition.shares(
            of: data.training.labels, memberCount: clients, seed: seed)
        let sets = shares.map { data.training.selecting(rows: $0) }
        var parameters = model.initialParameters(seed: seed)
        var owed = [ErrorFeedback](
            repeating: ErrorFeedback(dimension: model.parameterCount), count: clients)
        var largest = 0
        var accuracies: [Double] = []
        for round in 0..<rounds {
            var contributions: [Contribution] = []
            for client in 0..<clients {
                let result = try Trainer.train(
                    model, from: parameters, on: sets[client], with: Hyperparameters(),
                    seed: seed &* 1000 &+ UInt64(round * clients + client))
                var generator = SeededGenerator(seeds: seed, UInt64(round), UInt64(client))
                var codec = try codec(round)
                let compressed = try owed[client].compress(
                    result.delta, with: &codec, using: &generator)
                let bytes = CompressedUpdateCodec.encode(compressed)
                largest = max(largest, bytes.count)
                let received = try CompressedUpdateCodec.decode(
                    bytes, dimension: model.parameterCount)
                contributions.append(
                    Contribution(
                        member: client, exampleCount: result.exampleCount,
                        values: received.expanded()))
            }
            let mean = try WeightedMean().aggregate(
                contributions, dimension: model.parameterCount)
            var values = parameters.values
            VectorKernels.addScaled(mean.values, by: 1, to: &values)
            parameters = ModelParameters(layout: model.layout, values: values)
            accuracies.append(model.accuracy(on: data.test, at: values))
        }
        return (accuracies.suffix(5).reduce(0, +) / 5, largest)
    }
}
