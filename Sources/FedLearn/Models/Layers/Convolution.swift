/// A two-dimensional convolution (in the usage of neural networks: a correlation) with zero padding.
///
/// Images are rows of pixels of channels (height × width × channels). Every window is laid out as a row
/// ("im2col"), so that the convolution is one matrix product with weights of shape
/// (kernel · kernel · channels) × filters.
public struct Convolution: Layer {
    /// Rows, columns and channels of an image.
    public let height: Int
    /// Columns.
    public let width: Int
    /// Channels.
    public let channels: Int
    /// The channels of the result.
    public let filters: Int
    /// The window's rows and columns.
    public let kernel: Int
    /// How far apart windows are.
    public let stride: Int

    /// Creates a layer; the padding is (kernel − 1) / 2 on each side.
    ///
    /// - Precondition: all are positive, and `kernel` is odd.
    public init(
        height: Int, width: Int, channels: Int, filters: Int, kernel: Int = 3, stride: Int = 1
    ) {
        precondition(
            min(height, width, channels, filters, stride) > 0 && kernel > 0 && kernel % 2 == 1,
            "convolution of \(height) × \(width) × \(channels) by \(filters) × \(kernel)")
        self.height = height
        self.width = width
        self.channels = channels
        self.filters = filters
        self.kernel = kernel
        self.stride = stride
    }

    /// Rows of the result.
    public var outputHeight: Int { (height - 1) / stride + 1 }
    /// Columns of the result.
    public var outputWidth: Int { (width - 1) / stride + 1 }
    private var positions: Int { outputHeight * outputWidth }
    private var patch: Int { kernel * kernel * channels }

    /// `convolution`.
    public var name: String { "convolution" }
    /// height · width · channels.
    public var inputCount: Int { height * width * channels }
    /// outputHeight · outputWidth · filters.
    public var outputCount: Int { positions * filters }
    /// Weights, (kernel · kernel · channels) × filters, and biases.
    public var parameters: [(name: String, shape: [Int])] {
        [("weights", [patch, filters]), ("biases", [filters])]
    }
    /// The windows, their gradient, and the transposed weights.
    public var scratchCount: Int { 2 * positions * patch + patch * filters }

    /// Normal weights of variance 2 / inputs of a window (He et al. 2015) and zero biases.
    public func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let deviation = (2 / Double(patch)).squareRoot()
        for index in 0..<patch * filters {
            parameters[index] = Float(generator.nextNormal() * deviation)
        }
        (parameters + patch * filters).update(repeating: 0, count: filters)
    }

    /// Computes the outputs; see ``Layer``.
    public func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        for example in 0..<count {
            unfold(
                input + example * inputCount, into: scratch + example * positions * patch)
        }
        let rows = count * positions
        for row in 0..<rows {
            (output + row * filters).update(from: parameters + patch * filters, count: filters)
        }
        VectorKernels.addProduct(
            scratch, rowStride: patch, innerStride: 1, parameters, to: output,
            rows: rows, inner: patch, columns: filters)
    }

    /// Computes the gradients; see ``Layer``.
    public func backward(_ pass: BackwardPass) {
        let rows = pass.count * positions
        VectorKernels.addProduct(
            pass.scratch, rowStride: 1, innerStride: patch, pass.outputGradient,
            to: pass.parameterGradient, rows: patch, inner: rows, columns: filters)
        let biases = pass.parameterGradient + patch * filters
        for row in 0..<rows {
            VectorKernels.addScaled(
                pass.outputGradient + row * filters, by: 1, to: biases, count: filters)
        }
        guard let inputGradient = pass.inputGradient else { return }
        let windows = pass.scratch + rows * patch
        let transposed = pass.scratch + 2 * rows * patch
        LayerKernels.transpose(pass.parameters, rows: patch, columns: filters, to: transposed)
        windows.update(repeating: 0, count: rows * patch)
        VectorKernels.addProduct(
            pass.outputGradient, rowStride: filters, innerStride: 1, transposed, to: windows,
            rows: rows, inner: filters, columns: patch)
        inputGradient.update(repeating: 0, count: pass.count * inputCount)
        for example in 0..<pass.count {
            fold(
                windows + example * positions * patch,
                addingTo: inputGradient + example * inputCount)
        }
    }

    /// Visits every row of pixels of every window: (first value in the window, in the image, length).
    @inline(__always)
    private func visit(_ body: (_ window: Int, _ image: Int) -> Void, outside: (Int) -> Void) {
        let padding = kernel / 2
        var window = 0
        for row in 0..<outputHeight {
            for column in 0..<outputWidth {
                for y in row * stride - padding...row * stride + padding {
                    for x in column * stride - padding...column * stride + padding {
                        if y >= 0 && y < height && x >= 0 && x < width {
                            body(window, (y * width + x) * channels)
                        } else {
                            outside(window)
                        }
                        window += channels
                    }
                }
            }
        }
    }

    private func unfold(_ image: UnsafePointer<Float>, into windows: UnsafeMutablePointer<Float>) {
        visit { window, pixel in
            (windows + window).update(from: image + pixel, count: channels)
        } outside: { window in
            (windows + window).update(repeating: 0, count: channels)
        }
    }

    private func fold(
        _ windows: UnsafePointer<Float>, addingTo image: UnsafeMutablePointer<Float>
    ) {
        visit { window, pixel in
            VectorKernels.addScaled(windows + window, by: 1, to: image + pixel, count: channels)
        } outside: { _ in
        }
    }
}
