import FedLearn

/// Two groups of attackers that do different things: the first half this, the others that.
///
/// One group can draw a rule's suspicion while the other works.
public struct TwoGroups: Attack {
    /// What the first half does, rounded up.
    public let first: any Attack
    /// What the others do.
    public let second: any Attack

    /// Creates the attack.
    public init(_ first: any Attack, _ second: any Attack) {
        self.first = first
        self.second = second
    }

    /// Both names with `+` between them.
    public var name: String { "\(first.name)+\(second.name)" }

    /// Each group's answer; both see all honest updates, and only their own group's.
    ///
    /// Data are not poisoned, as an attacker's group is not known there.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let middle = (scene.attackers.count + 1) / 2
        let groups = [scene.attackers[..<middle], scene.attackers[middle...]]
        var sent: [Contribution] = []
        for (attack, group) in zip([first, second], groups) where !group.isEmpty {
            let part = AttackScene(
                round: scene.round, honest: scene.honest, attackers: Array(group),
                previous: scene.previous, toleratedFaults: scene.toleratedFaults)
            sent += attack.forge(in: part, using: &generator)
        }
        return sent
    }
}

/// Attacks in rounds chosen at random, so that nobody can wait for the next.
public struct Sporadic: Attack {
    /// What happens in the chosen rounds.
    public let attack: any Attack
    /// The probability of a round.
    public let probability: Double

    /// Creates the attack.
    public init(_ attack: any Attack, probability: Double = 0.5) {
        self.attack = attack
        self.probability = probability
    }

    /// The attack's name, `~` and the probability.
    public var name: String { "\(attack.name)~\(label(Float(probability)))" }

    /// Poisoned data are trained on in all rounds: what is sporadic is the forging.
    public func poison(_ share: Dataset) -> Dataset { attack.poison(share) }

    /// Honest updates, or the attack.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        generator.nextUniform() < probability
            ? attack.forge(in: scene, using: &generator) : scene.attackers
    }
}

/// Hides an attack behind a claim of very many examples.
public struct Inflated: Attack {
    /// What is sent.
    public let attack: any Attack
    /// How many examples are claimed.
    public let claimedExamples: Int

    /// Creates the attack.
    public init(_ attack: any Attack, claimedExamples: Int = 1_000_000) {
        self.attack = attack
        self.claimedExamples = claimedExamples
    }

    /// `heavy:` and the attack's name.
    public var name: String { "heavy:\(attack.name)" }

    /// As the attack.
    public func poison(_ share: Dataset) -> Dataset { attack.poison(share) }

    /// The attack's answer under a false weight.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        attack.forge(in: scene, using: &generator).map {
            Contribution(
                member: $0.member, exampleCount: claimedExamples, values: $0.values)
        }
    }
}
