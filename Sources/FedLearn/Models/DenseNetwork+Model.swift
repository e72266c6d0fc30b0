extension DenseNetwork {
    func lossAndGradient(
        of batch: Batch, at parameters: [Float], into gradient: inout [Float],
        using workspace: inout ModelWorkspace
    ) -> Float {
        check(parameters)
        precondition(gradient.count == layout.count, "gradient of \(gradient.count) values")
        precondition(
            batch.count > 0 && batch.features.count == batch.count * sizes[0],
            "\(batch.features.count) features in \(batch.count) examples of \(sizes[0])")
        let classCount = sizes[layerCount]
        precondition(
            batch.labels.allSatisfy { $0 >= 0 && $0 < classCount },
            "label outside 0..<\(classCount)")
        let plan = Plan(sizes: sizes, batchCount: batch.count)
        workspace.reserve(plan.count)
        return batch.features.withUnsafeBufferPointer { inputs in
            parameters.withUnsafeBufferPointer { weights in
                gradient.withUnsafeMutableBufferPointer { result in
                    workspace.memory.withUnsafeMutableBufferPointer { memory in
                        // None is empty (checked above and by the sizes), so each has an address.
                        guard let inputs = inputs.baseAddress, let weights = weights.baseAddress,
                            let result = result.baseAddress, let memory = memory.baseAddress
                        else { return 0 }
                        forward(
                            inputs, count: batch.count, parameters: weights, memory: memory,
                            plan: plan)
                        let loss = softmaxCrossEntropy(
                            labels: batch.labels, memory: memory, plan: plan)
                        backward(
                            inputs, count: batch.count, parameters: weights, gradient: result,
                            memory: memory, plan: plan)
                        return loss
                    }
                }
            }
        }
    }

    func logits(for inputs: Matrix, at parameters: [Float]) -> Matrix {
        check(parameters)
        precondition(inputs.columnCount == sizes[0], "\(inputs.columnCount) features")
        let plan = Plan(sizes: sizes, batchCount: inputs.rowCount)
        let width = sizes[layerCount]
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
        let start = plan.activations[layerCount - 1]
        return Matrix(
            rowCount: inputs.rowCount, columnCount: width,
            elements: Array(memory[start..<start + inputs.rowCount * width]))
    }

    private func check(_ parameters: [Float]) {
        precondition(
            parameters.count == layout.count, "\(parameters.count) values for \(layout.count)")
    }
}
