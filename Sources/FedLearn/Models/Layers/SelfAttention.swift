/// A block of self-attention with a residual connection: X + softmax(Q Kᵀ / √d) V W_o, head by head.
///
/// Source: Vaswani et al. 2017, "Attention Is All You Need", §3.2. Without masks, dropout and
/// normalisation: for short sequences on small models.
public struct SelfAttention: Layer {
    /// Positions of the sequence.
    public let length: Int
    /// Values per position.
    public let width: Int
    /// Heads, each of width / heads values.
    public let heads: Int

    /// Creates a block.
    ///
    /// - Precondition: all are positive, and `heads` divides `width`.
    public init(length: Int, width: Int, heads: Int = 1) {
        precondition(
            length > 0 && heads > 0 && width > 0 && width % heads == 0,
            "\(heads) heads of \(width) values")
        self.length = length
        self.width = width
        self.heads = heads
    }

    /// `attention`.
    public var name: String { "attention" }
    /// length × width.
    public var inputCount: Int { length * width }
    /// length × width.
    public var outputCount: Int { length * width }
    /// Four matrices of width × width.
    public var parameters: [(name: String, shape: [Int])] {
        ["query", "key", "value", "output"].map { ($0, [width, width]) }
    }
    private var block: Int { length * width }
    private var weights: Int { heads * length * length }
    private var square: Int { width * width }
    /// Queries, keys, values, mixtures and attention, their gradients, and a transposed matrix.
    public var scratchCount: Int { 2 * (4 * block + weights) + square }

    /// Normal weights of variance 1 / width; the output's a quarter of it, so that the block begins
    /// near the identity.
    public func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let deviation = (1 / Double(width)).squareRoot()
        for index in 0..<4 * square {
            let scale = index < 3 * square ? deviation : deviation / 2
            parameters[index] = Float(generator.nextNormal() * scale)
        }
    }

    /// Computes the outputs; see ``Layer``.
    public func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        for example in 0..<count {
            let x = input + example * block
            let y = output + example * block
            let memory = scratch + example * scratchCount
            memory.update(repeating: 0, count: 4 * block)
            for matrix in 0..<3 {
                multiply(x, parameters + matrix * square, addingTo: memory + matrix * block)
            }
            let mixture = memory + 3 * block
            let attention = memory + 4 * block
            for head in 0..<heads {
                attend(
                    memory, head: head, attention: attention + head * length * length,
                    mixture: mixture)
            }
            y.update(from: x, count: block)
            multiply(mixture, parameters + 3 * square, addingTo: y)
        }
    }

    /// `target += rows · matrix`.
    private func multiply(
        _ rows: UnsafePointer<Float>, _ matrix: UnsafePointer<Float>,
        addingTo target: UnsafeMutablePointer<Float>
    ) {
        VectorKernels.addProduct(
            rows, rowStride: width, innerStride: 1, matrix, to: target,
            rows: length, inner: width, columns: width)
    }

    private func attend(
        _ memory: UnsafePointer<Float>, head: Int, attention: UnsafeMutablePointer<Float>,
        mixture: UnsafeMutablePointer<Float>
    ) {
        let size = width / heads
        let offset = head * size
        let scale = 1 / Float(size).squareRoot()
        for i in 0..<length {
            let row = attention + i * length
            var largest = -Float.infinity
            for j in 0..<length {
                var score: Float = 0
                for k in 0..<size {
                    score =
                        score + memory[i * width + offset + k]
                        * memory[block + j * width + offset + k]
                }
                row[j] = score * scale
                largest = row[j] > largest ? row[j] : largest
            }
            var total: Float = 0
            for j in 0..<length {
                row[j] = Elementary.exp(row[j] - largest)
                total = total + row[j]
            }
            for j in 0..<length {
                row[j] = row[j] / total
                VectorKernels.addScaled(
                    memory + 2 * block + j * width + offset, by: row[j],
                    to: mixture + i * width + offset, count: size)
            }
        }
    }

    /// Computes the gradients; see ``Layer``.
    public func backward(_ pass: BackwardPass) {
        for example in 0..<pass.count {
            let x = pass.input + example * block
            let dy = pass.outputGradient + example * block
            let memory = pass.scratch + example * scratchCount
            let gradients = memory + 4 * block + weights
            let transposed = gradients + 4 * block + weights
            gradients.update(repeating: 0, count: 4 * block)
            // The output matrix, and back through it to the mixtures.
            accumulate(
                memory + 3 * block, dy, to: pass.parameterGradient + 3 * square)
            LayerKernels.transpose(
                pass.parameters + 3 * square, rows: width, columns: width, to: transposed)
            multiply(dy, transposed, addingTo: gradients + 3 * block)
            for head in 0..<heads {
                attendBackward(memory, gradients, head: head)
            }
            for matrix in 0..<3 {
                accumulate(
                    x, gradients + matrix * block, to: pass.parameterGradient + matrix * square)
            }
            guard let inputGradient = pass.inputGradient else { continue }
            let dx = inputGradient + example * block
            dx.update(from: dy, count: block)
            for matrix in 0..<3 {
                LayerKernels.transpose(
                    pass.parameters + matrix * square, rows: width, columns: width,
                    to: transposed)
                multiply(gradients + matrix * block, transposed, addingTo: dx)
            }
        }
    }

    /// `target += rowsᵀ · gradient`.
    private func accumulate(
        _ rows: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        to target: UnsafeMutablePointer<Float>
    ) {
        VectorKernels.addProduct(
            rows, rowStride: 1, innerStride: width, gradient, to: target,
            rows: width, inner: length, columns: width)
    }

    private func attendBackward(
        _ memory: UnsafePointer<Float>, _ gradients: UnsafeMutablePointer<Float>, head: Int
    ) {
        let size = width / heads
        let offset = head * size
        let scale = 1 / Float(size).squareRoot()
        let attention = memory + 4 * block + head * length * length
        let scores = gradients + 4 * block + head * length * length
        for i in 0..<length {
            let row = attention + i * length
            let mixed = gradients + 3 * block + i * width + offset
            var inner: Float = 0
            for j in 0..<length {
                let value = memory + 2 * block + j * width + offset
                var slope: Float = 0
                for k in 0..<size { slope = slope + mixed[k] * value[k] }
                scores[i * length + j] = slope
                inner = inner + slope * row[j]
                VectorKernels.addScaled(
                    mixed, by: row[j], to: gradients + 2 * block + j * width + offset, count: size)
            }
            for j in 0..<length {
                // The softmax's derivative, and the scale of the scores.
                let slope = row[j] * (scores[i * length + j] - inner) * scale
                VectorKernels.addScaled(
                    memory + block + j * width + offset, by: slope,
                    to: gradients + i * width + offset, count: size)
                VectorKernels.addScaled(
                    memory + i * width + offset, by: slope,
                    to: gradients + block + j * width + offset, count: size)
            }
        }
    }
}
