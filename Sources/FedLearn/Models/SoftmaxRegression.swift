/// Multinomial logistic regression: one linear layer and a softmax.
public struct SoftmaxRegression: Model {
    private let network: LayeredModel

    /// Creates the model.
    ///
    /// - Precondition: both counts are positive.
    public init(featureCount: Int, classCount: Int) {
        network = .perceptron(sizes: [featureCount, classCount])
    }

    /// The weights, `features` × `classes`, and the biases.
    public var layout: ParameterLayout { network.layout }
    /// The number of features of an example.
    public var featureCount: Int { network.featureCount }
    /// The number of classes.
    public var classCount: Int { network.classCount }

    /// Zeros: the loss is convex, so the start only decides how long the way is.
    public func initialParameters(seed: UInt64) -> ModelParameters {
        ModelParameters(layout: layout, values: [Float](repeating: 0, count: layout.count))
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
