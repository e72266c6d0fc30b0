import FedLearn

/// Sends the own update backwards, multiplied by `factor`.
public struct SignFlip: Attack {
    /// How many times its own length the update is sent backwards.
    public let factor: Float

    /// Creates the attack.
    public init(factor: Float) { self.factor = factor }

    /// `signflip` and the factor.
    public var name: String { "signflip\(label(factor))" }

    /// Every attacker's own update times `-factor`.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { $0.with(values: $0.values.map { -factor * $0 }) }
    }
}

/// Sends noise.
public struct GaussianNoise: Attack {
    /// The noise's standard deviation in every coordinate.
    public let deviation: Double

    /// Creates the attack.
    public init(deviation: Double) { self.deviation = deviation }

    /// `gauss`.
    public var name: String { "gauss" }

    /// Independent noise from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { attacker in
            attacker.with(
                values: (0..<scene.dimension).map { _ in
                    Float(generator.nextNormal() * deviation)
                })
        }
    }
}

/// A Little Is Enough: the honest mean shifted by a few standard deviations, within the crowd.
///
/// Source: Baruch, Baruch and Goldberg 2019, "A Little Is Enough", §3.
public struct ALittleIsEnough: Attack {
    /// How many standard deviations the mean is shifted.
    public let shift: Float

    /// Creates the attack.
    public init(shift: Float) { self.shift = shift }

    /// `alie` and the shift.
    public var name: String { "alie\(label(shift))" }

    /// The same shifted mean from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.everyone(
            sends: zip(scene.honestMean, scene.honestDeviation).map { $0 - shift * $1 })
    }
}

/// Inner product manipulation: the honest mean backwards.
///
/// Source: Xie, Koyejo and Gupta 2020, "Fall of Empires", §4.
public struct InnerProductManipulation: Attack {
    /// How many times the honest mean is sent backwards.
    public let factor: Float

    /// Creates the attack.
    public init(factor: Float) { self.factor = factor }

    /// `ipm` and the factor.
    public var name: String { "ipm\(label(factor))" }

    /// The same reversed mean from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.everyone(sends: scene.honestMean.map { -factor * $0 })
    }
}

/// One NaN in an otherwise honest update.
public struct NotANumber: Attack {
    /// Creates the attack.
    public init() {}

    /// `nan`.
    public var name: String { "nan" }

    /// Every attacker's own update with NaN in one random coordinate.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map { attacker in
            var values = attacker.values
            if !values.isEmpty { values[generator.nextInteger(below: values.count)] = .nan }
            return attacker.with(values: values)
        }
    }
}

/// Claims many times the examples for an update that points backwards.
public struct WeightInflation: Attack {
    /// How many examples are claimed.
    public let claimedExamples: Int

    /// Creates the attack.
    public init(claimedExamples: Int) { self.claimedExamples = claimedExamples }

    /// `inflate`.
    public var name: String { "inflate" }

    /// Every attacker's own update backwards, with the claimed weight.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.attackers.map {
            Contribution(
                member: $0.member, exampleCount: claimedExamples, values: $0.values.map { -$0 })
        }
    }
}

/// A number as it stands in an attack's name.
func label(_ number: Float) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
}
