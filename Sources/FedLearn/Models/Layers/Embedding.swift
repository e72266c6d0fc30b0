/// A learned vector for every token; features are token numbers.
///
/// What is no token of the vocabulary (negative, too large, a fraction is rounded down) counts as
/// token 0, so that data cannot reach outside the table.
public struct Embedding: Layer {
    /// The number of tokens.
    public let vocabulary: Int
    /// Values per token.
    public let width: Int
    /// Tokens of one example.
    public let length: Int

    /// Creates a layer.
    ///
    /// - Precondition: all are positive, and `vocabulary` below 2^24, up to which `Float` counts.
    public init(vocabulary: Int, width: Int, length: Int) {
        precondition(
            vocabulary > 0 && vocabulary < 1 << 24 && width > 0 && length > 0,
            "\(vocabulary) tokens of \(width) values")
        self.vocabulary = vocabulary
        self.width = width
        self.length = length
    }

    /// `embedding`.
    public var name: String { "embedding" }
    /// One number per token.
    public var inputCount: Int { length }
    /// length × width.
    public var outputCount: Int { length * width }
    /// vocabulary × width.
    public var parameters: [(name: String, shape: [Int])] {
        [("vectors", [vocabulary, width])]
    }
    /// None.
    public var scratchCount: Int { 0 }

    /// Normal values of variance 1 / width.
    public func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let deviation = (1 / Double(width)).squareRoot()
        for index in 0..<vocabulary * width {
            parameters[index] = Float(generator.nextNormal() * deviation)
        }
    }

    private func token(_ value: Float) -> Int {
        value >= 0 && value < Float(vocabulary) ? Int(value) : 0
    }

    /// Computes the outputs; see ``Layer``.
    public func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        for position in 0..<count * length {
            (output + position * width).update(
                from: parameters + token(input[position]) * width, count: width)
        }
    }

    /// Computes the gradients; token numbers have none, so the inputs' is zero.
    public func backward(_ pass: BackwardPass) {
        for position in 0..<pass.count * length {
            VectorKernels.addScaled(
                pass.outputGradient + position * width, by: 1,
                to: pass.parameterGradient + token(pass.input[position]) * width, count: width)
        }
        pass.inputGradient?.update(repeating: 0, count: pass.count * length)
    }
}

/// The mean over the positions of a sequence.
public struct MeanPool: Layer {
    /// Positions.
    public let length: Int
    /// Values per position.
    public let width: Int

    /// Creates a layer.
    ///
    /// - Precondition: both are positive.
    public init(length: Int, width: Int) {
        precondition(length > 0 && width > 0, "a mean over \(length) × \(width)")
        self.length = length
        self.width = width
    }

    /// `mean`.
    public var name: String { "mean" }
    /// length × width.
    public var inputCount: Int { length * width }
    /// width.
    public var outputCount: Int { width }
    /// None.
    public var parameters: [(name: String, shape: [Int])] { [] }
    /// None.
    public var scratchCount: Int { 0 }

    /// Nothing to set.
    public func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {}

    /// Computes the outputs; see ``Layer``.
    public func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        output.update(repeating: 0, count: count * width)
        let share = 1 / Float(length)
        for position in 0..<count * length {
            VectorKernels.addScaled(
                input + position * width, by: share, to: output + position / length * width,
                count: width)
        }
    }

    /// Computes the gradients; see ``Layer``.
    public func backward(_ pass: BackwardPass) {
        guard let inputGradient = pass.inputGradient else { return }
        inputGradient.update(repeating: 0, count: pass.count * inputCount)
        let share = 1 / Float(length)
        for position in 0..<pass.count * length {
            VectorKernels.addScaled(
                pass.outputGradient + position / length * width, by: share,
                to: inputGradient + position * width, count: width)
        }
    }
}
