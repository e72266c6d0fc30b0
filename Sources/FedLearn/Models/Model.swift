/// A classifier whose parameters are one flat vector.
///
/// Models hold no parameters themselves: they are functions of a vector, so that training and
/// aggregation can pass vectors around freely.
public protocol Model: Sendable {
    /// The blocks of the parameter vector.
    var layout: ParameterLayout { get }
    /// The number of features of an example.
    var featureCount: Int { get }
    /// The number of classes; labels are `0..<classCount`.
    var classCount: Int { get }

    /// The parameters before training; equal seeds give equal bits on every machine.
    func initialParameters(seed: UInt64) -> ModelParameters

    /// Mean cross-entropy over a batch and its gradient.
    ///
    /// - Parameters:
    ///   - batch: At least one example.
    ///   - parameters: `layout.count` values.
    ///   - gradient: Overwritten; `layout.count` values.
    ///   - workspace: Scratch memory, grown on first use and reusable for any batch.
    /// - Returns: The mean loss in nats.
    func lossAndGradient(
        of batch: Batch, at parameters: [Float], into gradient: inout [Float],
        using workspace: inout ModelWorkspace
    ) -> Float

    /// The unnormalised score of every class for every row of `inputs`.
    func logits(for inputs: Matrix, at parameters: [Float]) -> Matrix
}

extension Model {
    /// The length of the parameter vector.
    public var parameterCount: Int { layout.count }

    /// The class with the highest score for every row of `inputs`; of equal scores the lowest class.
    public func predictions(for inputs: Matrix, at parameters: [Float]) -> [Int] {
        let scores = logits(for: inputs, at: parameters)
        return (0..<scores.rowCount).map { row in
            let values = scores.row(row)
            var best = values.startIndex
            for index in values.indices where values[index] > values[best] { best = index }
            return best - values.startIndex
        }
    }

    /// The share of `dataset` that is classified correctly, in 0...1; 0 for an empty data set.
    public func accuracy(on dataset: Dataset, at parameters: [Float]) -> Double {
        guard dataset.count > 0 else { return 0 }
        let predicted = predictions(for: dataset.features, at: parameters)
        let correct = zip(predicted, dataset.labels).count { $0 == $1 }
        return Double(correct) / Double(dataset.count)
    }
}

/// Scratch memory of a model, kept between batches so that a training step allocates nothing.
public struct ModelWorkspace: Sendable {
    var memory: [Float] = []

    /// Creates an empty workspace.
    public init() {}

    mutating func reserve(_ count: Int) {
        if memory.count < count { memory = [Float](repeating: 0, count: count) }
    }
}

/// Examples that a gradient is averaged over.
public struct Batch: Sendable {
    /// Row-major features, `labels.count` rows.
    public private(set) var features: [Float]
    /// The class of each example.
    public private(set) var labels: [Int]

    /// Creates an empty batch.
    public init() {
        features = []
        labels = []
    }

    /// The number of examples.
    public var count: Int { labels.count }

    /// Replaces the contents by the rows of `dataset` at `indices`, keeping the memory.
    public mutating func fill(from dataset: Dataset, rows indices: some Collection<Int>) {
        features.removeAll(keepingCapacity: true)
        labels.removeAll(keepingCapacity: true)
        for index in indices {
            features.append(contentsOf: dataset.features.row(index))
            labels.append(dataset.labels[index])
        }
    }
}
