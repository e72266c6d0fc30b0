/// A classifier made of layers; the last one's outputs are the logits.
public struct LayeredModel: Model {
    /// The layers, first to last.
    public let layers: [any Layer]
    /// The layers' parameters, `layer0.convolution.weights` and so on.
    public let layout: ParameterLayout
    private let offsets: [Int]

    /// Creates a model.
    ///
    /// - Precondition: at least one layer; each takes what the one before it gives.
    public init(_ layers: [any Layer]) {
        precondition(!layers.isEmpty, "a model without layers")
        for (before, after) in zip(layers, layers.dropFirst()) {
            precondition(
                before.outputCount == after.inputCount,
                "\(after.name) takes \(after.inputCount) values, not \(before.outputCount)")
        }
        var layout = ParameterLayout()
        var offsets: [Int] = []
        for (index, layer) in layers.enumerated() {
            offsets.append(layout.count)
            for (name, shape) in layer.parameters {
                layout.append("layer\(index).\(layer.name).\(name)", shape: shape)
            }
        }
        self.layers = layers
        self.layout = layout
        self.offsets = offsets
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
            for (layer, offset) in zip(layers, offsets) {
                layer.initialise(base + offset, using: &generator)
            }
        }
        return ModelParameters(layout: layout, values: values)
    }

    /// Where each layer's outputs, their gradient and its scratch lie.
    private struct Plan {
        var outputs: [Int] = []
        var gradients: [Int] = []
        var scratch: [Int] = []
        var count = 0

        init(_ layers: [any Layer], batchCount: Int) {
            for layer in layers {
                outputs.append(count)
                count += layer.outputCount * batchCount
                gradients.append(count)
                count += layer.outputCount * batchCount
                scratch.append(count)
                count += layer.scratchCount * batchCount
            }
        }
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
        let plan = Plan(layers, batchCount: batch.count)
        workspace.reserve(plan.count)
        return batch.features.withUnsafeBufferPointer { inputs in
            parameters.withUnsafeBufferPointer { weights in
                gradient.withUnsafeMutableBufferPointer { result in
                    workspace.memory.withUnsafeMutableBufferPointer { memory in
                        guard let inputs = inputs.baseAddress, let weights = weights.baseAddress,
                            let result = result.baseAddress, let memory = memory.baseAddress
                        else { return 0 }
                        forward(
                            inputs, count: batch.count, parameters: weights, memory: memory,
                            plan: plan)
                        let last = layers.count - 1
                        let loss = SoftmaxCrossEntropy.lossAndDelta(
                            logits: memory + plan.outputs[last], labels: batch.labels,
                            classCount: classCount, delta: memory + plan.gradients[last])
                        backward(
                            inputs, count: batch.count, parameters: weights, gradient: result,
                            memory: memory, plan: plan)
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
        let plan = Plan(layers, batchCount: inputs.rowCount)
        var memory = [Float](repeating: 0, count: plan.count)
        inputs.elements.withUnsafeBufferPointer { features in
            parameters.withUnsafeBufferPointer { weights in
                memory.withUnsafeMutableBufferPointer { memory in
                    guard let features = features.baseAddress, let weights = weights.baseAddress,
                        let memory = memory.baseAddress
                    else { return }
                    forward(
                        features, count: inputs.rowCount, parameters: weights, memory: memory,
                        plan: plan)
                }
            }
        }
        let start = plan.outputs[layers.count - 1]
        return Matrix(
            rowCount: inputs.rowCount, columnCount: classCount,
            elements: Array(memory[start..<start + inputs.rowCount * classCount]))
    }

    private func forward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        memory: UnsafeMutablePointer<Float>, plan: Plan
    ) {
        var source = inputs
        for (index, layer) in layers.enumerated() {
            let output = memory + plan.outputs[index]
            layer.forward(
                source, count: count, parameters: parameters + offsets[index], output: output,
                scratch: memory + plan.scratch[index])
            source = UnsafePointer(output)
        }
    }

    private func backward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        gradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>, plan: Plan
    ) {
        gradient.update(repeating: 0, count: layout.count)
        for index in layers.indices.reversed() {
            layers[index].backward(
                BackwardPass(
                    count: count,
                    input: index == 0 ? inputs : UnsafePointer(memory + plan.outputs[index - 1]),
                    output: UnsafePointer(memory + plan.outputs[index]),
                    outputGradient: UnsafePointer(memory + plan.gradients[index]),
                    parameters: parameters + offsets[index],
                    parameterGradient: gradient + offsets[index],
                    inputGradient: index == 0 ? nil : memory + plan.gradients[index - 1],
                    scratch: memory + plan.scratch[index]))
        }
    }
}
