/// Labelled examples.
public struct Dataset: Equatable, Sendable {
    /// One row per example.
    public let features: Matrix
    /// The class of each example, in `0..<classCount`.
    public let labels: [Int]
    /// The number of classes.
    public let classCount: Int

    /// Creates a data set.
    ///
    /// - Precondition: one label per row, each within `0..<classCount`.
    public init(features: Matrix, labels: [Int], classCount: Int) {
        precondition(
            labels.count == features.rowCount, "\(labels.count) labels, \(features.rowCount) rows")
        precondition(
            labels.allSatisfy { $0 >= 0 && $0 < classCount }, "label outside 0..<\(classCount)")
        self.features = features
        self.labels = labels
        self.classCount = classCount
    }

    /// The number of examples.
    public var count: Int { labels.count }

    /// The examples at `indices`, in that order.
    public func selecting(rows indices: [Int]) -> Dataset {
        Dataset(
            features: features.selecting(rows: indices), labels: indices.map { labels[$0] },
            classCount: classCount)
    }

    /// Row indices of the fixed split: the *k*-th row (*k* = 0, 1, …) of its class in file order is a
    /// test row exactly when *k* mod 5 = 0.
    public func fixedSplit() -> (training: [Int], test: [Int]) {
        var seen = [Int](repeating: 0, count: classCount)
        var training: [Int] = []
        var test: [Int] = []
        for (row, label) in labels.enumerated() {
            if seen[label] % 5 == 0 { test.append(row) } else { training.append(row) }
            seen[label] += 1
        }
        return (training, test)
    }
}
