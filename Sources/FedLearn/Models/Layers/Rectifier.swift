/// max(x, 0), value by value.
public struct Rectifier: Layer {
    /// The number of values.
    public let inputCount: Int

    /// Creates a layer for so many values.
    public init(_ count: Int) { inputCount = count }

    /// `rectifier`.
    public var name: String { "rectifier" }
    /// As many as go in.
    public var outputCount: Int { inputCount }
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
        var i = 0
        while i < count * inputCount {
            output[i] = input[i] > 0 ? input[i] : 0
            i += 1
        }
    }

    /// Computes the gradients; see ``Layer``.
    public func backward(_ pass: BackwardPass) {
        guard let inputGradient = pass.inputGradient else { return }
        var i = 0
        while i < pass.count * inputCount {
            inputGradient[i] = pass.input[i] > 0 ? pass.outputGradient[i] : 0
            i += 1
        }
    }
}
