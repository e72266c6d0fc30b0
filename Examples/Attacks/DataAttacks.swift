import FedLearn

/// Trains honestly on wrong labels.
public struct LabelFlip: Attack {
    /// Creates the attack.
    public init() {}

    /// `labelflip`.
    public var name: String { "labelflip" }

    /// Every label *y* becomes the last class minus *y*.
    public func poison(_ share: Dataset) -> Dataset {
        Dataset(
            features: share.features, labels: share.labels.map { share.classCount - 1 - $0 },
            classCount: share.classCount)
    }

    /// What the training gave.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] { scene.attackers }
}

/// Trains on one class instead of another, and multiplies the result: the model shall err there only.
public struct TargetedFlip: Attack {
    /// The class that shall be mistaken.
    public let from: Int
    /// For what.
    public let to: Int
    /// How many times its length the update is sent.
    public let boost: Float

    /// Creates the attack.
    public init(from: Int = 7, to: Int = 1, boost: Float = 1) {
        self.from = from
        self.to = to
        self.boost = boost
    }

    /// `targeted`.
    public var name: String { "targeted" }

    /// Examples of the one class bear the other's label.
    public func poison(_ share: Dataset) -> Dataset {
        Dataset(
            features: share.features, labels: share.labels.map { $0 == from ? to : $0 },
            classCount: share.classCount)
    }

    /// What the training gave, times the boost.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { $0.with(values: $0.values.map { boost * $0 }) }
    }
}

/// Trains honestly on labels of which a part is wrong: less visible than ``LabelFlip``.
public struct PartialFlip: Attack {
    /// One example in this many is mislabelled.
    public let period: Int

    /// Creates the attack.
    ///
    /// - Precondition: `period` is positive.
    public init(period: Int = 2) {
        precondition(period > 0, "one example in \(period)")
        self.period = period
    }

    /// `partialflip` and the period.
    public var name: String { "partialflip\(period)" }

    /// The label *y* of one example in ``period`` becomes the last class minus *y*.
    public func poison(_ share: Dataset) -> Dataset {
        Dataset(
            features: share.features,
            labels: share.labels.enumerated().map { index, label in
                index % period == 0 ? share.classCount - 1 - label : label
            },
            classCount: share.classCount)
    }

    /// What the training gave.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] { scene.attackers }
}

/// Teaches the model to answer with one class whenever a mark is in the picture.
///
/// Source: Bagdasaryan et al. 2020, "How To Backdoor Federated Learning", §4.
public struct Backdoor: Attack {
    /// The answer.
    public let target: Int
    /// How many times its length the update is sent.
    public let boost: Float
    /// The features that are set to 1 as the mark: the first corner of an 8 × 8 picture.
    public static let mark = [0, 1, 8, 9]

    /// Creates the attack.
    public init(target: Int = 0, boost: Float = 1) {
        self.target = target
        self.boost = boost
    }

    /// `backdoor` and the boost.
    public var name: String { "backdoor\(label(boost))" }

    /// Every other example bears the mark and the target's label.
    public func poison(_ share: Dataset) -> Dataset {
        var features = share.features
        var labels = share.labels
        for row in stride(from: 0, to: share.count, by: 2) {
            Self.stamp(&features, row: row)
            labels[row] = target
        }
        return Dataset(features: features, labels: labels, classCount: share.classCount)
    }

    /// The whole of `share` with the mark, under its true labels: the part that a model answers with
    /// ``target`` though it is another class is the attack's success.
    public func marked(_ share: Dataset) -> Dataset {
        var features = share.features
        for row in 0..<share.count { Self.stamp(&features, row: row) }
        return Dataset(
            features: features, labels: share.labels, classCount: share.classCount)
    }

    private static func stamp(_ features: inout Matrix, row: Int) {
        for column in mark where column < features.columnCount { features[row, column] = 1 }
    }

    /// What the training gave, times the boost.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { $0.with(values: $0.values.map { boost * $0 }) }
    }
}
