/// A multilayer perceptron: fully connected layers with ReLU between them and a softmax at the end.
public struct MLP: Model {
    private let network: LayeredModel
    /// The width of every layer from features to classes.
    public let layerSizes: [Int]

    /// Creates the model.
    ///
    /// - Parameter layerSizes: The width of every layer from features to classes, such as
    ///   `[64, 64, 10]`.
    /// - Precondition: at least two layers, none empty.
    public init(layerSizes: [Int]) {
        network = .perceptron(sizes: layerSizes)
        self.layerSizes = layerSizes
    }

    /// Per layer the weights, `inputs` × `outputs`, and the biases.
    public var layout: ParameterLayout { network.layout }
    /// The number of features of an example.
    public var featureCount: Int { network.featureCount }
    /// The number of classes.
    public var classCount: Int { network.classCount }

    /// Normal weights of variance 2 / inputs (He et al. 2015, §2.2) and zero biases.
    public func initialParameters(seed: UInt64) -> ModelParameters {
        network.initialParameters(seed: seed)
    }

    /// Mean cross-entropy over a batch and its gradient; see ``Model``.
    public func lossAndGradient(
        of batch: Batch, at parameters: [Float], into gradient: inout [Float],
        using workspace: inout ModelWorkspace
    ) -> Float {
        network.lossAndGradient(of: batch, at: parameters, into: &gradient, using: &workspace)
    }

    /// The unnormalised score of every class for every row.
    public func logits(for inputs: Matrix, at parameters: [Float]) -> Matrix {
        network.logits(for: inputs, at: parameters)
    }
}
