/// A classifier made of layers; the last one's outputs are the logits.
public struct LayeredModel: Model {
    /// The layers, first to last.
    public let layers: [any Layer]
    /// The layers' parameters, `layer0.convolution.weights` and so on.
    public let layout: ParameterLayout
    private let places: [Place]
    /// Values of working memory that one example takes.
    private let memoryCount: Int

    /// Where a layer's parameters begin, and where its outputs, their gradient and its scratch do in
    /// the working memory of a batch of one; a larger batch has them as many times farther on.
    private struct Place {
        let parameters: Int
        let outputs: Int
        let gradients: Int
        let scratch: Int
    }

    /// Creates a model.
    ///
    /// - Precondition: at least one layer; each takes what the one before it gives.
    public init(_ layers: [any Layer]) {
        self.init(layers) { index, layer, name in "layer\(index).\(layer).\(name)" }
    }

    /// Creates a model whose parameters are named by `name` from a layer's index, the layer's and the
    /// parameter's name.
    init(_ layers: [any Layer], naming name: (Int, String, String) -> String) {
        precondition(!layers.isEmpty, "a model without layers")
        for (before, after) in zip(layers, layers.dropFirst()) {
            precondition(
                before.outputCount == after.inputCount,
                "\(after.name) takes \(after.inputCount) values, not \(before.outputCount)")
        }
        var layout = ParameterLayout()
        var places: [Place] = []
        var memory = 0
        for (index, layer) in layers.enumerated() {
            let count = layer.outputCount
            places.append(
                Place(
                    parameters: layout.count, outputs: memory, gradients: memory + count,
                    scratch: memory + 2 * count))
            memory += 2 * count + layer.scratchCount
            for (parameter, shape) in layer.parameters {
                layout.append(name(index, layer.name, parameter), shape: shape)
            }
        }
        self.layers = layers
        self.layout = layout
        self.places = places
        memoryCount = memory
    }

    /// The number of features of an example.
    public var featureCount: Int { layers[0].inputCount }
    /// The number of classes.
    public var classCount: Int { layers[layers.count - 1].outputCount }

    /// Each layer's own initialisation.
    public func initialParameters(seed: UInt64) -> ModelParameters {
        var generator = SeededGenerator(seed: seed)
        var values = [Float](repeating: 0, count: layout.count)
        values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for (layer, place) in zip(layers, places) {
                layer.initialise(base + place.parameters, using: &generator)
            }
        }
        return ModelParameters(layout: layout, values: values)
    }

    /// Mean cross-entropy over a batch and its gradient; see ``Model``.
    public func lossAndGradient(
        of batch: Batch, at parameters: [Float], into gradient: inout [Float],
        using workspace: inout ModelWorkspace
    ) -> Float {
        precondition(
            parameters.count == layout.count && gradient.count == layout.count,
            "\(parameters.count) parameters, \(gradient.count) gradients for \(layout.count)")
        precondition(
            batch.count > 0 && batch.features.count == batch.count * featureCount,
            "\(batch.features.count) features in \(batch.count) examples of \(featureCount)")
        precondition(
            batch.labels.allSatisfy { $0 >= 0 && $0 < classCount },
            "label outside 0..<\(classCount)")
        workspace.reserve(memoryCount * batch.count)
        return batch.features.withUnsafeBufferPointer { inputs in
            parameters.withUnsafeBufferPointer { weights in
                gradient.withUnsafeMutableBufferPointer { result in
                    workspace.memory.withUnsafeMutableBufferPointer { memory in
                        guard let inputs = inputs.baseAddress, let weights = weights.baseAddress,
                            let result = result.baseAddress, let memory = memory.baseAddress
                        else { return 0 }
                        forward(
                            inputs, count: batch.count, parameters: weights, memory: memory)
                        let last = places[layers.count - 1]
                        let loss = SoftmaxCrossEntropy.lossAndDelta(
                            logits: memory + last.outputs * batch.count, labels: batch.labels,
                            classCount: classCount, delta: memory + last.gradients * batch.count)
                        backward(
                            inputs, count: batch.count, parameters: weights, gradient: result,
                            memory: memory)
                        return loss
                    }
                }
            }
        }
    }

    /// The unnormalised score of every class for every row.
    public func logits(for inputs: Matrix, at parameters: [Float]) -> Matrix {
        precondition(parameters.count == layout.count, "\(parameters.count) parameters")
        precondition(inputs.columnCount == featureCount, "\(inputs.columnCount) features")
        var memory = [Float](repeating: 0, count: memoryCount * inputs.rowCount)
        inputs.elements.withUnsafeBufferPointer { features in
            parameters.withUnsafeBufferPointer { weights in
                memory.withUnsafeMutableBufferPointer { memory in
                    guard let features = features.baseAddress, let weights = weights.baseAddress,
                        let memory = memory.baseAddress
                    else { return }
                    forward(
                        features, count: inputs.rowCount, parameters: weights, memory: memory)
                }
            }
        }
        let start = places[layers.count - 1].outputs * inputs.rowCount
        return Matrix(
            rowCount: inputs.rowCount, columnCount: classCount,
            elements: Array(memory[start..<start + inputs.rowCount * classCount]))
    }

    private func forward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        memory: UnsafeMutablePointer<Float>
    ) {
        var source = inputs
        for (layer, place) in zip(layers, places) {
            let output = memory + place.outputs * count
            layer.forward(
                source, count: count, parameters: parameters + place.parameters, output: output,
                scratch: memory + place.scratch * count)
            source = UnsafePointer(output)
        }
    }

    private func backward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        gradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        gradient.update(repeating: 0, count: layout.count)
        for index in layers.indices.reversed() {
            let place = places[index]
            let below = index == 0 ? nil : places[index - 1]
            layers[index].backward(
                BackwardPass(
                    count: count,
                    input: below.map { UnsafePointer(memory + $0.outputs * count) } ?? inputs,
                    output: UnsafePointer(memory + place.outputs * count),
                    outputGradient: UnsafePointer(memory + place.gradients * count),
                    parameters: parameters + place.parameters,
                    parameterGradient: gradient + place.parameters,
                    inputGradient: below.map { memory + $0.gradients * count },
                    scratch: memory + place.scratch * count))
        }
    }
}
