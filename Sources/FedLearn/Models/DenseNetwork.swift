/// Fully connected layers with ReLU between them and softmax cross-entropy at the end.
///
/// The shared engine of ``SoftmaxRegression`` (no hidden layer) and ``MLP``. Each layer's weights are
/// `inputs` × `outputs`, row-major, followed by its `outputs` biases.
struct DenseNetwork: Sendable {
    /// The width of every layer, inputs first.
    let sizes: [Int]
    let layout: ParameterLayout

    /// - Precondition: at least two layers, none empty.
    init(sizes: [Int]) {
        precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "layer sizes \(sizes)")
        self.sizes = sizes
        var layout = ParameterLayout()
        for layer in 0..<sizes.count - 1 {
            layout.append("layer\(layer).weights", shape: [sizes[layer], sizes[layer + 1]])
            layout.append("layer\(layer).biases", shape: [sizes[layer + 1]])
        }
        self.layout = layout
    }

    var layerCount: Int { sizes.count - 1 }

    func weightOffset(_ layer: Int) -> Int { layout.blocks[2 * layer].offset }
    func biasOffset(_ layer: Int) -> Int { layout.blocks[2 * layer + 1].offset }

    /// Where each layer's outputs, their gradients and one transposed weight matrix lie in a workspace.
    struct Plan {
        var activations: [Int] = []
        var deltas: [Int] = []
        var transposed = 0
        var count = 0

        init(sizes: [Int], batchCount: Int) {
            for size in sizes.dropFirst() {
                activations.append(count)
                count += size * batchCount
                deltas.append(count)
                count += size * batchCount
            }
            transposed = count
            // The first layer's inputs need no gradient, so its weights are never transposed.
            count += zip(sizes.dropFirst(), sizes.dropFirst(2)).map { $0 * $1 }.reduce(0, max)
        }
    }

    /// Computes every layer's outputs into `memory`; the last layer's are the logits.
    func forward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        memory: UnsafeMutablePointer<Float>, plan: Plan
    ) {
        var source = inputs
        for layer in 0..<layerCount {
            let width = sizes[layer + 1]
            let output = memory + plan.activations[layer]
            let biases = parameters + biasOffset(layer)
            var row = 0
            while row < count {
                (output + row * width).update(from: biases, count: width)
                row += 1
            }
            VectorKernels.addProduct(
                source, rowStride: sizes[layer], innerStride: 1,
                parameters + weightOffset(layer), to: output,
                rows: count, inner: sizes[layer], columns: width)
            if layer + 1 < layerCount { Self.rectify(output, count: count * width) }
            source = UnsafePointer(output)
        }
    }

    /// Adds nothing: overwrites `gradient` with that of the mean loss, given the deltas of the logits.
    func backward(
        _ inputs: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        gradient: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>, plan: Plan
    ) {
        gradient.update(repeating: 0, count: layout.count)
        for layer in stride(from: layerCount - 1, through: 0, by: -1) {
            let width = sizes[layer + 1]
            let inputWidth = sizes[layer]
            let delta = UnsafePointer(memory + plan.deltas[layer])
            let source = layer == 0 ? inputs : UnsafePointer(memory + plan.activations[layer - 1])
            VectorKernels.addProduct(
                source, rowStride: 1, innerStride: inputWidth, delta,
                to: gradient + weightOffset(layer), rows: inputWidth, inner: count, columns: width)
            let biasGradient = gradient + biasOffset(layer)
            var row = 0
            while row < count {
                VectorKernels.addScaled(delta + row * width, by: 1, to: biasGradient, count: width)
                row += 1
            }
            guard layer > 0 else { continue }
            let transposed = memory + plan.transposed
            Self.transpose(
                parameters + weightOffset(layer), rows: inputWidth, columns: width, to: transposed)
            let below = memory + plan.deltas[layer - 1]
            below.update(repeating: 0, count: count * inputWidth)
            VectorKernels.addProduct(
                delta, rowStride: width, innerStride: 1, transposed, to: below,
                rows: count, inner: width, columns: inputWidth)
            Self.zero(below, whereNotPositive: source, count: count * inputWidth)
        }
    }

    /// Turns logits into the deltas `(softmax - oneHot) / count` and returns the mean loss.
    func softmaxCrossEntropy(
        labels: [Int], memory: UnsafeMutablePointer<Float>, plan: Plan
    ) -> Float {
        SoftmaxCrossEntropy.lossAndDelta(
            logits: memory + plan.activations[layerCount - 1], labels: labels,
            classCount: sizes[layerCount], delta: memory + plan.deltas[layerCount - 1])
    }

    private static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
        var i = 0
        while i < count {
            values[i] = values[i] > 0 ? values[i] : 0
            i += 1
        }
    }

    private static func zero(
        _ values: UnsafeMutablePointer<Float>, whereNotPositive gate: UnsafePointer<Float>,
        count: Int
    ) {
        var i = 0
        while i < count {
            values[i] = gate[i] > 0 ? values[i] : 0
            i += 1
        }
    }

    private static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int,
        to target: UnsafeMutablePointer<Float>
    ) {
        var row = 0
        while row < rows {
            var column = 0
            while column < columns {
                target[column * rows + row] = source[row * columns + column]
                column += 1
            }
            row += 1
        }
    }
}
