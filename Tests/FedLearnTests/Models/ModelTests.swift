import Testing

@testable import FedLearn

@Suite("Models") struct ModelTests {
    private func dataset(count: Int, features: Int, classes: Int, seed: UInt64) -> Dataset {
        var generator = SeededGenerator(seed: seed)
        return Dataset(
            features: Matrix(
                rowCount: count, columnCount: features,
                elements: (0..<count * features).map { _ in Float(generator.nextNormal()) }),
            labels: (0..<count).map { _ in generator.nextInteger(below: classes) },
            classCount: classes)
    }

    @Test(
        "loss and gradient agree with finite differences in Double",
        arguments: [[6, 4], [6, 5, 4], [5, 7, 6, 3], [64, 9, 10]])
    func gradient(sizes: [Int]) {
        let model: any Model =
            sizes.count == 2
            ? SoftmaxRegression(featureCount: sizes[0], classCount: sizes[1])
            : MLP(layerSizes: sizes)
        let data = dataset(
            count: 5, features: sizes[0], classes: sizes[sizes.count - 1], seed: 11)
        var generator = SeededGenerator(seed: 12)
        let parameters = (0..<model.parameterCount).map { _ in
            Float(generator.nextNormal() * 0.4)
        }
        var batch = Batch()
        batch.fill(from: data, rows: 0..<data.count)
        var gradient = [Float](repeating: .nan, count: parameters.count)
        var workspace = ModelWorkspace()
        // A larger batch before, so that leftovers in the workspace would show.
        var larger = Batch()
        larger.fill(from: data, rows: [0, 1, 2, 3, 4, 0, 1])
        _ = model.lossAndGradient(
            of: larger, at: parameters, into: &gradient, using: &workspace)
        let loss = model.lossAndGradient(
            of: batch, at: parameters, into: &gradient, using: &workspace)

        let reference = ReferenceNetwork(sizes: sizes)
        let features = (0..<data.count).map { data.features.row($0).map(Double.init) }
        let values = parameters.map(Double.init)
        let expectedLoss = reference.loss(values, features: features, labels: data.labels)
        #expect(abs(Double(loss) - expectedLoss) < 1e-5)
        let expected = reference.gradient(values, features: features, labels: data.labels)
        let scale = expected.reduce(0) { max($0, abs($1)) }
        let error = zip(gradient, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(scale > 0.01)
        #expect(error < 1e-5 * max(1, scale))
    }

    @Test("large scores neither overflow nor lose the loss")
    func largeLogits() {
        let model = SoftmaxRegression(featureCount: 1, classCount: 2)
        let data = Dataset(
            features: Matrix(rowCount: 1, columnCount: 1, elements: [1]), labels: [0],
            classCount: 2)
        var batch = Batch()
        batch.fill(from: data, rows: [0])
        var gradient = [Float](repeating: 0, count: 4)
        var workspace = ModelWorkspace()
        let loss = model.lossAndGradient(
            of: batch, at: [-1000, 1000, 0, 0], into: &gradient, using: &workspace)
        #expect(loss == 2000)
        #expect(gradient == [-1, 1, -1, 1])
    }

    @Test("layout names every parameter once")
    func layout() {
        let model = MLP(layerSizes: [64, 64, 10])
        #expect(model.parameterCount == 64 * 64 + 64 + 64 * 10 + 10)
        #expect(
            model.layout.blocks.map(\.name) == [
                "layer0.weights", "layer0.biases", "layer1.weights", "layer1.biases",
            ])
        #expect(model.layout.blocks.flatMap(\.range) == Array(0..<model.parameterCount))
    }

    @Test("He initialisation has variance 2 / inputs and zero biases")
    func initialisation() {
        let model = MLP(layerSizes: [64, 64, 10])
        let parameters = model.initialParameters(seed: 1)
        let weights = parameters.values[model.layout.blocks[0].range]
        let variance = weights.reduce(0.0) { $0 + Double($1 * $1) } / Double(weights.count)
        #expect(abs(variance - 2.0 / 64) < 0.003)
        #expect(parameters.values[model.layout.blocks[1].range].allSatisfy { $0 == 0 })
        #expect(parameters == model.initialParameters(seed: 1))
        #expect(parameters != model.initialParameters(seed: 2))
    }
}
