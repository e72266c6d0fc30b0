import FedLearn
import Foundation

/// Writes what `Tests/Interop/gradients.py` compares with PyTorch: for every kind of model parameters,
/// a batch, loss and gradient, and where optimisers get in some steps; all as safetensors files.
///
///     GradientFixtures DIRECTORY                 write
///     GradientFixtures DIRECTORY --read          read what Python wrote, and print the losses there
@main enum GradientFixtures {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let directory = arguments.first else {
            FileHandle.standardError.write(
                Data("usage: GradientFixtures DIRECTORY [--read]\n".utf8))
            exit(2)
        }
        let folder = URL(fileURLWithPath: directory)
        for fixture in Fixture.all {
            if arguments.contains("--read") {
                try fixture.read(from: folder)
            } else {
                try fixture.write(to: folder)
            }
        }
    }
}

/// One model with a batch that it is measured on.
struct Fixture {
    let name: String
    let model: any Model
    /// Whether features are token numbers.
    var vocabulary: Int?

    static let all = [
        Fixture(name: "softmax", model: SoftmaxRegression(featureCount: 20, classCount: 6)),
        Fixture(name: "mlp", model: MLP(layerSizes: [20, 16, 12, 6])),
        Fixture(
            name: "cnn",
            model: LayeredModel.convolutional(
                height: 8, width: 8, channels: 2, filters: [4, 6], classCount: 6)),
        Fixture(
            name: "attention",
            model: LayeredModel.attention(
                length: 5, inputWidth: 7, width: 12, heads: 3, classCount: 6)),
        Fixture(
            name: "embedding",
            model: LayeredModel.embeddings(vocabulary: 30, length: 8, width: 10, classCount: 6),
            vocabulary: 30),
    ]

    static let optimisers: [(name: String, make: @Sendable () -> any Optimiser)] = [
        ("sgd", { GradientDescent(learningRate: 0.05) }),
        ("momentum", { GradientDescent(learningRate: 0.05, momentum: 0.9) }),
        ("nesterov", { GradientDescent(learningRate: 0.05, momentum: 0.9, isNesterov: true) }),
        ("adam", { Adam(learningRate: 0.01) }),
        ("adamw", { Adam(learningRate: 0.01, weightDecay: 0.1, isDecoupled: true) }),
    ]
    private static let steps = 5
    private static let count = 9

    /// Inputs and labels from a fixed seed.
    private var batch: Batch {
        var generator = SeededGenerator(seed: 11)
        let features = (0..<Self.count * model.featureCount).map { _ -> Float in
            if let vocabulary { return Float(generator.nextInteger(below: vocabulary)) }
            return Float(generator.nextNormal())
        }
        let labels = (0..<Self.count).map { _ in generator.nextInteger(below: model.classCount) }
        var batch = Batch()
        batch.fill(
            from: Dataset(
                features: Matrix(
                    rowCount: Self.count, columnCount: model.featureCount, elements: features),
                labels: labels, classCount: model.classCount), rows: 0..<Self.count)
        return batch
    }

    func measure(_ values: [Float]) -> (loss: Float, gradient: [Float]) {
        var gradient = [Float](repeating: 0, count: values.count)
        var workspace = ModelWorkspace()
        let loss = model.lossAndGradient(
            of: batch, at: values, into: &gradient, using: &workspace)
        return (loss, gradient)
    }

    /// Parameters to measure at. Biases begin at zero, which would hide mistakes, so noise is added.
    var start: [Float] {
        var generator = SeededGenerator(seed: 3)
        return model.initialParameters(seed: 5).values.map {
            $0 + Float(generator.nextNormal() * 0.05)
        }
    }

    func write(to folder: URL) throws {
        let layout = model.layout
        let start = start
        let (loss, gradient) = measure(start)
        func tensors(_ prefix: String, _ values: [Float]) -> [Checkpoint.Tensor] {
            Checkpoint(ModelParameters(layout: layout, values: values)).tensors.map {
                .init(name: "\(prefix)/\($0.name)", shape: $0.shape, values: $0.values)
            }
        }
        let batch = batch
        var all = tensors("parameters", start) + tensors("gradient", gradient)
        all.append(.init(name: "loss", shape: [], values: [loss]))
        all.append(
            .init(
                name: "features", shape: [Self.count, model.featureCount], values: batch.features))
        all.append(
            .init(name: "labels", shape: [Self.count], values: batch.labels.map { Float($0) }))
        for (name, make) in Self.optimisers {
            all += tensors(name, descend(from: start, with: make()))
        }
        let bytes = CheckpointCodec.encode(Checkpoint(tensors: all, metadata: ["model": name]))
        try Data(bytes).write(to: folder.appendingPathComponent("\(name).safetensors"))
    }

    func descend(from start: [Float], with optimiser: some Optimiser) -> [Float] {
        var optimiser = optimiser
        var values = start
        for _ in 0..<Self.steps { optimiser.step(measure(values).gradient, on: &values) }
        return values
    }

    /// The loss at the parameters in a file of Python's.
    func read(from folder: URL) throws {
        let data = try Data(
            contentsOf: folder.appendingPathComponent("\(name).python.safetensors"))
        let parameters = try CheckpointCodec.decode([UInt8](data))
            .parameters(layout: model.layout)
        print(name, measure(parameters.values).loss)
    }
}
