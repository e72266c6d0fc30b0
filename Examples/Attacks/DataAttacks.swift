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
