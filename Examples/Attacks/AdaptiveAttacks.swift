import FedLearn

/// As far from the honest mean as the most distant honest pair allows.
///
/// Source: Shejwalkar and Houmansadr 2021, "Manipulating the Byzantine", §IV-C (Min-Max).
public struct MinMax: Attack {
    /// The direction of the shift.
    public enum Direction: String, Sendable {
        /// Against the honest mean.
        case backwards
        /// Against the honest standard deviation.
        case deviation
    }

    /// The direction of the shift.
    public let direction: Direction

    /// Creates the attack.
    public init(direction: Direction = .deviation) { self.direction = direction }

    /// `minmax` and the direction.
    public var name: String { "minmax-\(direction.rawValue)" }

    /// The same update from every attacker, found by bisection.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        let way = direction == .backwards ? mean : scene.honestDeviation
        let limit = farthestPair(scene)
        var low: Float = 0
        var high: Float = 64
        for _ in 0..<30 {
            let middle = (low + high) / 2
            let candidate = shifted(mean, by: middle, way)
            let reach = scene.honest.reduce(0.0) {
                max($0, VectorKernels.norm(VectorKernels.difference(candidate, $1.values)))
            }
            if reach <= limit { low = middle } else { high = middle }
        }
        return scene.everyone(sends: shifted(mean, by: low, way))
    }

    private func farthestPair(_ scene: AttackScene) -> Double {
        var largest = 0.0
        for (index, one) in scene.honest.enumerated() {
            for other in scene.honest[..<index] {
                let gap = VectorKernels.difference(one.values, other.values)
                largest = max(largest, VectorKernels.norm(gap))
            }
        }
        return largest
    }

    private func shifted(_ mean: [Float], by factor: Float, _ way: [Float]) -> [Float] {
        zip(mean, way).map { $0 - factor * $1 }
    }
}

/// Everyone repeats one honest member, so that it counts several times.
///
/// Source: Karimireddy, He and Jaggi 2022, "Byzantine-Robust Learning on Heterogeneous Datasets via
/// Bucketing", §3.2 (mimic).
public struct Mimic: Attack {
    /// Which of the honest members, in roster order.
    public let victim: Int

    /// Creates the attack.
    public init(victim: Int = 0) { self.victim = victim }

    /// `mimic`.
    public var name: String { "mimic" }

    /// The victim's update from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.everyone(sends: scene.honest[victim % scene.honest.count].values)
    }
}

/// Copies the update of a different honest member each round: work for free.
public struct Copycat: Attack {
    /// Creates the attack.
    public init() {}

    /// `copycat`.
    public var name: String { "copycat" }

    /// Each attacker repeats a random honest member.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map {
            let victim = generator.nextInteger(below: scene.honest.count)
            return $0.with(values: scene.honest[victim].values)
        }
    }
}

/// Does no work and repeats the previous round's result, with a little noise for a disguise.
///
/// Source: Lin, Du and Liu 2019, "Free-riders in Federated Learning", §4.
public struct FreeRider: Attack {
    /// The noise's length relative to the update's.
    public let disguise: Double

    /// Creates the attack.
    public init(disguise: Double = 0.1) { self.disguise = disguise }

    /// `freerider`.
    public var name: String { "freerider" }

    /// The previous aggregate, or nothing in the first round, plus noise.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let base =
            scene.previous.isEmpty
            ? [Float](repeating: 0, count: scene.dimension) : scene.previous
        let root = Double(max(1, scene.dimension)).squareRoot()
        let deviation = disguise * VectorKernels.norm(base) / root
        return scene.attackers.map { attacker in
            attacker.with(values: base.map { $0 + Float(generator.nextNormal() * deviation) })
        }
    }
}

/// Pushes the model in one fixed random direction, at the honest members' length.
public struct SteadyDrift: Attack {
    /// Length of the push relative to the median honest update.
    public let factor: Double

    /// Creates the attack.
    public init(factor: Double = 1) { self.factor = factor }

    /// `drift`.
    public var name: String { "drift" }

    /// The same push from every attacker in every round.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        // The direction must not change with the round, so it has a seed of its own.
        var fixed = SeededGenerator(seed: 0x5EED)
        let way = (0..<scene.dimension).map { _ in Float(fixed.nextNormal()) }
        let norms = scene.honest.map { VectorKernels.norm($0.values) }.sorted()
        let scale = Float(factor * norms[norms.count / 2] / VectorKernels.norm(way))
        return scene.everyone(sends: way.map { scale * $0 })
    }
}

/// The honest mean backwards under noise of the honest members' length, different for each attacker, so
/// that they look as unlike each other as honest members do.
public struct DisguisedManipulation: Attack {
    /// How many times the honest mean is sent backwards.
    public let factor: Float

    /// Creates the attack.
    public init(factor: Float = 1) { self.factor = factor }

    /// `noisyipm` and the factor.
    public var name: String { "noisyipm\(label(factor))" }

    /// The reversed mean plus one honest member's own difference from it, in shuffled order.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        return scene.attackers.map { attacker in
            let pattern = scene.honest[generator.nextInteger(below: scene.honest.count)].values
            return attacker.with(
                values: mean.indices.map { -factor * mean[$0] + (pattern[$0] - mean[$0]) })
        }
    }
}
