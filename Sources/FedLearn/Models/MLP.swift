/// A multilayer perceptron: fully connected layers with ReLU between them and a softmax at the end.
public struct MLP: Model {
    private let network: DenseNetwork

    /// Creates the model.
    ///
    /// - Parameter layerSizes: The width of every layer from features to classes, such as
    ///   `[64, 64, 10]`.
    /// - Precondition: at least two layers, none empty.
    public init(layerSizes: [Int]) { network = DenseNetwork(sizes: layerSizes) }

    /// The width of every layer from features to classes.
    public var layerSizes: [Int] { network.sizes }
    /// Per layer the weights, `inputs` × `outputs`, and the biases.
    public var layout: ParameterLayout { network.layout }
    /// The number of features of an example.
    public var featureCount: Int { network.sizes[0] }
    /// The number of classes.
    public var classCount: Int { network.sizes[network.layerCount] }

    /// Normal weights of variance 2 / inputs (He et al. 2015, §2.2) and zero biases.
    public func initialParameters(seed: UInt64) -> ModelParameters {
        var generator = SeededGenerator(seed: seed)
        var values = [Float](repeating: 0, count: layout.count)
        for layer in 0..<network.layerCount {
            let deviation = (2 / Double(network.sizes[layer])).squareRoot()
            for index in layout.blocks[2 * layer].range {
                values[index] = Float(generator.nextNormal() * deviation)
            }
        }
        return ModelParameters(layout: layout, values: values)
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
