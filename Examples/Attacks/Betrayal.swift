import FedLearn

/// Behaves until round `round`, then turns: trust that was earned is used.
public struct Betrayal: Attack {
    /// The first round of the attack, counted from 0.
    public let round: Int
    /// What comes then.
    public let attack: any Attack

    /// Creates the attack.
    public init(at round: Int, then attack: any Attack) {
        self.round = round
        self.attack = attack
    }

    /// The attack's name, `@` and the round.
    public var name: String { "\(attack.name)@\(round)" }

    /// As the attack.
    public func poison(_ share: Dataset) -> Dataset { attack.poison(share) }

    /// From the round on.
    public func poisons(inRound round: Int) -> Bool {
        round >= self.round && attack.poisons(inRound: round)
    }

    /// Honest updates first, then the attack.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.round < round ? scene.attackers : attack.forge(in: scene, using: &generator)
    }
}

/// Attacks in every other round only, so that good rounds repair the reputation.
public struct Intermittent: Attack {
    /// What happens in odd rounds.
    public let attack: any Attack

    /// Creates the attack.
    public init(_ attack: any Attack) { self.attack = attack }

    /// The attack's name and `/2`.
    public var name: String { "\(attack.name)/2" }

    /// As the attack.
    public func poison(_ share: Dataset) -> Dataset { attack.poison(share) }

    /// In odd rounds.
    public func poisons(inRound round: Int) -> Bool {
        round % 2 == 1 && attack.poisons(inRound: round)
    }

    /// Honest updates in even rounds.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        scene.round % 2 == 0 ? scene.attackers : attack.forge(in: scene, using: &generator)
    }
}

/// No attack: the members that would be attackers are honest.
public struct NoAttack: Attack {
    /// Creates the absence of an attack.
    public init() {}

    /// `none`.
    public var name: String { "none" }

    /// Honest updates.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] { scene.attackers }
}
