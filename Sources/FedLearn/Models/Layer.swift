/// One layer of a ``LayeredModel``: a function of an example's values and of parameters, and its
/// derivative.
///
/// Examples lie one after another. A layer may leave what its derivative needs in `scratch`, which
/// belongs to the same layer and batch from `forward` to `backward`.
///
/// Implementations keep to the rules of ``VectorKernels``: a fixed order, no fused operations.
public protocol Layer: Sendable {
    /// For people, such as `convolution`; names the parameters.
    var name: String { get }
    /// Values of one example that go in.
    var inputCount: Int { get }
    /// Values that come out.
    var outputCount: Int { get }
    /// The parameters' names and shapes, in the order in which they lie.
    var parameters: [(name: String, shape: [Int])] { get }
    /// Values of scratch memory for each example.
    var scratchCount: Int { get }

    /// Sets the parameters before training.
    func initialise(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator)

    /// Computes the outputs of `count` examples.
    func forward(
        _ input: UnsafePointer<Float>, count: Int, parameters: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>)

    /// Adds the parameters' gradient and, unless the layer is the first, overwrites the inputs'.
    func backward(_ pass: BackwardPass)
}

extension Layer {
    /// The number of parameters.
    public var parameterCount: Int {
        parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
}

/// What a layer's derivative is computed from and into.
public struct BackwardPass {
    /// The examples.
    public let count: Int
    /// What went in.
    public let input: UnsafePointer<Float>
    /// What came out.
    public let output: UnsafePointer<Float>
    /// The loss's gradient with respect to what came out.
    public let outputGradient: UnsafePointer<Float>
    /// The parameters.
    public let parameters: UnsafePointer<Float>
    /// Where the parameters' gradient is added.
    public let parameterGradient: UnsafeMutablePointer<Float>
    /// Where the inputs' gradient goes; `nil` for the first layer.
    public let inputGradient: UnsafeMutablePointer<Float>?
    /// What `forward` left.
    public let scratch: UnsafeMutablePointer<Float>
}
