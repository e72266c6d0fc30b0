/// Every output a weighted sum of all inputs, plus a bias; applied to each of `positions` parts of an
/// example alike.
public struct DenseLayer: Layer {
    /// Values of one part that go in and come out.
    let width: (input: Int, output: Int)
    let positions: Int

    /// Creates a layer.
    ///
    /// - Parameter positions: Into how many equal parts an example falls, which share the weights.
    /// - Precondition: all are positive.
    public init(_ inputCount: Int, _ outputCount: Int, positions: Int = 1) {
        precondition(inputCount > 0 && outputCount > 0 && positions > 0, "an empty layer")
        width = (inputCount, outputCount)
        self.positions = positions
    }

    /// `dense`.
    public var name: String { "dense" }
    /// All parts' inputs.
    public var inputCount: Int { width.input * positions }
    /// All parts' outputs.
    public var outputCount: Int { width.output * positions }
    /// Weights, inputs × outputs, and biases.
    public var parameters: [(name: String, shape: [Int])] {
        [("weights", [width.input, width.output]), ("biases", [width.output])]
    }
    /// For the transposed weights.
    public var scratchCount: Int { width.input * width.output }

    /// Normal weights of variance 2 / inputs (He et al. 2015) and zero biases.
    public func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let deviation = (2 / Double(width.input)).squareRoot()
        for index in 0..<width.input * width.output {
            parameters[index] = Float(generator.nextNormal() * deviation)
        }
        (parameters + width.input * width.output).update(repeating: 0, count: width.output)
    }

    /// Computes the outputs; see ``Layer``.
    public func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let rows = count * positions
        for row in 0..<rows {
            (output + row * width.output).update(
                from: parameters + width.input * width.output, count: width.output)
        }
        VectorKernels.addProduct(
            input, rowStride: width.input, innerStride: 1, parameters, to: output,
            rows: rows, inner: width.input, columns: width.output)
    }

    /// Computes the gradients; see ``Layer``.
    public func backward(_ pass: BackwardPass) {
        let rows = pass.count * positions
        VectorKernels.addProduct(
            pass.input, rowStride: 1, innerStride: width.input, pass.outputGradient,
            to: pass.parameterGradient, rows: width.input, inner: rows, columns: width.output)
        let biases = pass.parameterGradient + width.input * width.output
        for row in 0..<rows {
            VectorKernels.addScaled(
                pass.outputGradient + row * width.output, by: 1, to: biases, count: width.output)
        }
        guard let inputGradient = pass.inputGradient else { return }
        LayerKernels.transpose(
            pass.parameters, rows: width.input, columns: width.output, to: pass.scratch)
        inputGradient.update(repeating: 0, count: rows * width.input)
        VectorKernels.addProduct(
            pass.outputGradient, rowStride: width.output, innerStride: 1, pass.scratch,
            to: inputGradient, rows: rows, inner: width.output, columns: width.input)
    }
}
