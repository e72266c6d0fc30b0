import Testing

@testable import FedLearn

@Suite("Layers") struct LayerTests {
    struct Architecture: Sendable, CustomTestStringConvertible {
        let name: String
        let model: LayeredModel
        let features: @Sendable (inout SeededGenerator) -> Float
        var testDescription: String { name }
    }

    static let architectures: [Architecture] = [
        Architecture(
            name: "dense",
            model: LayeredModel([DenseLayer(6, 5), Rectifier(5), DenseLayer(5, 3)])
        ) { Float($0.nextNormal()) },
        Architecture(
            name: "shared dense",
            model: LayeredModel([
                DenseLayer(3, 4, positions: 5), MeanPool(length: 5, width: 4), DenseLayer(4, 3),
            ])
        ) { Float($0.nextNormal()) },
        Architecture(
            name: "convolution",
            model: .convolutional(
                height: 6, width: 5, channels: 2, filters: [3, 4], classCount: 3)
        ) { Float($0.nextNormal()) },
        Architecture(
            name: "convolution with stride 1",
            model: LayeredModel([
                Convolution(height: 4, width: 4, channels: 1, filters: 2),
                Convolution(height: 4, width: 4, channels: 2, filters: 2, kernel: 5),
                DenseLayer(32, 3),
            ])
        ) { Float($0.nextNormal()) },
        Architecture(
            name: "attention",
            model: .attention(length: 5, inputWidth: 3, width: 8, heads: 2, classCount: 3)
        ) { Float($0.nextNormal()) },
        Architecture(
            name: "embeddings",
            model: .embeddings(vocabulary: 11, length: 6, width: 4, classCount: 3)
        ) { Float($0.nextInteger(below: 11)) },
        Architecture(
            name: "embeddings under attention",
            model: LayeredModel([
                Embedding(vocabulary: 7, width: 6, length: 4), SelfAttention(length: 4, width: 6),
                MeanPool(length: 4, width: 6), DenseLayer(6, 3),
            ])
        ) { Float($0.nextInteger(below: 7)) },
    ]

    private func batch(_ architecture: Architecture, count: Int) -> Batch {
        var generator = SeededGenerator(seed: 77)
        let model = architecture.model
        let elements = (0..<count * model.featureCount).map { _ in
            architecture.features(&generator)
        }
        let dataset = Dataset(
            features: Matrix(
                rowCount: count, columnCount: model.featureCount, elements: elements),
            labels: (0..<count).map { $0 % model.classCount }, classCount: model.classCount)
        var batch = Batch()
        batch.fill(from: dataset, rows: 0..<count)
        return batch
    }

    @Test("gradients agree with finite differences, block by block", arguments: architectures)
    func gradients(architecture: Architecture) {
        let model = architecture.model
        let batch = batch(architecture, count: 5)
        let parameters = model.initialParameters(seed: 3).values
        var gradient = [Float](repeating: 9, count: parameters.count)
        var workspace = ModelWorkspace()
        _ = model.lossAndGradient(
            of: batch, at: parameters, into: &gradient, using: &workspace)
        var generator = SeededGenerator(seed: 5)
        for block in model.layout.blocks {
            let length = VectorKernels.norm(Array(gradient[block.range]))
            // Along the gradient, where the slope is its length, and along random directions.
            for attempt in 0..<4 {
                var direction = [Float](repeating: 0, count: parameters.count)
                for index in block.range {
                    direction[index] =
                        attempt == 0 && length > 0
                        ? gradient[index] / Float(length) : Float(generator.nextNormal())
                }
                let scale = VectorKernels.norm(direction)
                let slope = VectorKernels.dot(direction, gradient) / scale
                // Small, as rectifiers have kinks.
                let step = 1e-3
                func loss(_ sign: Double) -> Double {
                    var moved = parameters
                    VectorKernels.addScaled(
                        direction, by: Float(sign * step / scale), to: &moved)
                    var ignored = gradient
                    return Double(
                        model.lossAndGradient(
                            of: batch, at: moved, into: &ignored, using: &workspace))
                }
                let difference = (loss(1) - loss(-1)) / (2 * step)
                #expect(
                    isClose(slope, difference, relative: 0.015, absolute: 5e-4),
                    "\(block.name): \(slope), finite difference \(difference)")
            }
        }
    }

    @Test(
        "equal seeds give equal bits; batches give what their examples give",
        arguments: architectures)
    func batches(architecture: Architecture) {
        let model = architecture.model
        let parameters = model.initialParameters(seed: 3)
        #expect(parameters == model.initialParameters(seed: 3))
        #expect(parameters != model.initialParameters(seed: 4))
        let batch = batch(architecture, count: 4)
        let inputs = Matrix(
            rowCount: 4, columnCount: model.featureCount, elements: batch.features)
        let all = model.logits(for: inputs, at: parameters.values)
        for row in 0..<4 {
            let one = model.logits(
                for: inputs.selecting(rows: [row]), at: parameters.values)
            #expect(Array(one.row(0)) == Array(all.row(row)))
        }
    }

    @Test("a convolution is the sum over its window, zero outside the image")
    func convolution() {
        let layer = Convolution(height: 3, width: 3, channels: 1, filters: 1)
        let model = LayeredModel([layer])
        // Weights 1…9 and a bias of 100 on an image 1…9.
        let parameters = (1...9).map { Float($0) } + [100]
        let image = Matrix(rowCount: 1, columnCount: 9, elements: (1...9).map { Float($0) })
        let result = Array(model.logits(for: image, at: parameters).row(0))
        #expect(result[4] == 100 + 285)
        // The corner's window has 1, 2, 4, 5 under the weights 5, 6, 8, 9.
        #expect(result[0] == 100 + 5 + 12 + 32 + 45)
        let strided = Convolution(height: 5, width: 4, channels: 1, filters: 2, stride: 2)
        #expect(strided.outputHeight == 3 && strided.outputWidth == 2)
    }

    @Test("tokens outside the vocabulary cannot reach outside the table")
    func hostileTokens() {
        let model = LayeredModel.embeddings(vocabulary: 3, length: 4, classCount: 2)
        let parameters = model.initialParameters(seed: 1).values
        let hostile = Matrix(
            rowCount: 1, columnCount: 4, elements: [-1, 3, 1e30, .nan])
        let zero = Matrix(rowCount: 1, columnCount: 4, elements: [0, 0, 0, 0])
        #expect(
            model.logits(for: hostile, at: parameters) == model.logits(for: zero, at: parameters))
    }

    @Test("a small convolutional network learns the digits")
    func learnsDigits() throws {
        let data = try Digits.load()
        let model = LayeredModel.convolutional(height: 8, width: 8, classCount: 10)
        var optimiser = Adam(learningRate: 0.01)
        let start = model.initialParameters(seed: 1)
        let result = try Trainer.train(
            model, from: start, on: data.training.selecting(rows: Array(0..<500)),
            with: Hyperparameters(localEpochs: 3), optimiser: &optimiser, seed: 1)
        var values = start.values
        VectorKernels.addScaled(result.delta, by: 1, to: &values)
        #expect(model.accuracy(on: data.test, at: values) > 0.8)
    }
}
