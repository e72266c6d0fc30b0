import FedLearn

/// Noise no longer than an honest update, so that its length does not give it away.
///
/// With a factor well below 1 it is the small-norm attack on rules that prefer short updates; at 1 it hides
/// from every test of length.
public struct ScaledNoise: Attack {
    /// Length of the noise relative to the median honest update.
    public let factor: Float

    /// Creates the attack.
    public init(factor: Float) { self.factor = factor }

    /// `noise` and the factor.
    public var name: String { "noise\(label(factor))" }

    /// Independent noise of the same length from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { attacker in
            attacker.with(
                values: scene.stretched(
                    (0..<scene.dimension).map { _ in Float(generator.nextNormal()) }, to: factor))
        }
    }
}

/// Claims to have learned nothing.
public struct ZeroUpdate: Attack {
    /// Creates the attack.
    public init() {}

    /// `zero`.
    public var name: String { "zero" }

    /// Zeros from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.everyone(sends: [Float](repeating: 0, count: scene.dimension))
    }
}

/// The honest mean, shifted by a few standard deviations in directions that stay the same in all rounds:
/// inside the crowd in each round, yet the shifts add up.
public struct HiddenDrift: Attack {
    /// How many standard deviations the mean is shifted in each coordinate.
    public let shift: Float

    /// Creates the attack.
    public init(shift: Float = 1) { self.shift = shift }

    /// `hiddendrift` and the shift.
    public var name: String { "hiddendrift\(label(shift))" }

    /// The same shifted mean from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        // The signs must not change with the round, so they have a seed of their own.
        var fixed = SeededGenerator(seed: 0xD21F7)
        return scene.everyone(
            sends: zip(scene.honestMean, scene.honestDeviation).map { mean, deviation in
                fixed.next() & 1 == 0 ? mean + shift * deviation : mean - shift * deviation
            })
    }
}

extension AttackScene {
    /// The median length of the honest updates.
    public var honestLength: Double {
        let norms = honest.map { VectorKernels.norm($0.values) }.sorted()
        return norms[norms.count / 2]
    }

    /// A vector at `factor` median honest lengths; one without a direction stays as it is.
    func stretched(_ values: [Float], to factor: Float) -> [Float] {
        let norm = VectorKernels.norm(values)
        guard norm > 0 else { return values }
        let scale = factor * Float(honestLength / norm)
        return values.map { scale * $0 }
    }
}
