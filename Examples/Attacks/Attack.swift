import FedLearn

/// What Byzantine members do instead of training honestly.
///
/// All attackers of a round are played together, as they collude: they see what honest members send
/// in the same round, know each other's data, and answer with one contribution each. A new attack
/// implements ``forge(in:using:)``; one that works through its data instead, or besides, implements
/// ``poison(_:)``. Equal seeds give equal attacks.
public protocol Attack: Sendable {
    /// A stable name for tables and command lines.
    var name: String { get }

    /// The data that an attacker trains on; by default its own, unchanged.
    func poison(_ share: Dataset) -> Dataset

    /// Whether attackers train on the poisoned data in this round, counted from 0; by default always.
    func poisons(inRound round: Int) -> Bool

    /// The contributions of all attackers, in the order of ``AttackScene/attackers``.
    func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution]
}

extension Attack {
    /// Leaves the data as they are.
    public func poison(_ share: Dataset) -> Dataset { share }

    /// In every round.
    public func poisons(inRound round: Int) -> Bool { true }
}

/// What attackers know when they answer.
public struct AttackScene: Sendable {
    /// Rounds completed before this one.
    public let round: Int
    /// What the honest members send in this round.
    public let honest: [Contribution]
    /// What each attacker would send had it trained on its (poisoned) data and not lied.
    public let attackers: [Contribution]
    /// The previous round's result; empty in the first.
    public let previous: [Float]
    /// How many of the attackers' kind the rule claims to tolerate.
    public let toleratedFaults: Int

    /// Creates a scene.
    ///
    /// - Precondition: at least one honest contribution, all of one length.
    public init(
        round: Int, honest: [Contribution], attackers: [Contribution], previous: [Float],
        toleratedFaults: Int
    ) {
        precondition(!honest.isEmpty, "nobody to attack")
        self.round = round
        self.honest = honest
        self.attackers = attackers
        self.previous = previous
        self.toleratedFaults = toleratedFaults
    }

    /// The length of an update.
    public var dimension: Int { honest[0].values.count }

    /// The plain mean of the honest updates.
    public var honestMean: [Float] {
        VectorKernels.weightedSum(
            of: honest.map(\.values),
            weights: [Float](repeating: 1 / Float(honest.count), count: honest.count),
            count: dimension)
    }

    /// The standard deviation of the honest updates, coordinate by coordinate.
    public var honestDeviation: [Float] {
        let mean = honestMean
        var squares = [Double](repeating: 0, count: dimension)
        for contribution in honest {
            for index in squares.indices {
                let difference = Double(contribution.values[index]) - Double(mean[index])
                squares[index] += difference * difference
            }
        }
        return squares.map { Float(($0 / Double(honest.count)).squareRoot()) }
    }

    /// Every attacker with the same values, under its own name and weight.
    public func everyone(sends values: [Float]) -> [Contribution] {
        attackers.map { $0.with(values: values) }
    }
}

extension Contribution {
    /// The same member and weight with other values.
    public func with(values: [Float]) -> Contribution {
        Contribution(member: member, exampleCount: exampleCount, values: values)
    }
}
