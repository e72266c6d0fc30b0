import FedLearn

/// The attacks that come with the package, by name.
public enum AttackCatalogue {
    /// Those of the published comparisons, and psic's promises.
    public static var standard: [any Attack] {
        [
            NoAttack(), SignFlip(factor: 10), SignFlip(factor: 1), GaussianNoise(deviation: 1),
            LabelFlip(), ALittleIsEnough(shift: 1.5), InnerProductManipulation(factor: 0.5),
            InnerProductManipulation(factor: 1), InnerProductManipulation(factor: 2),
            InnerProductManipulation(factor: 10), NotANumber(),
            WeightInflation(claimedExamples: 1_000_000),
            Betrayal(at: 15, then: SignFlip(factor: 1)),
            Betrayal(at: 15, then: InnerProductManipulation(factor: 2)), Copycat(), FreeRider(),
        ]
    }

    /// Others, from the literature and made up, that no rule here was fitted to.
    public static var further: [any Attack] {
        [
            MinMax(direction: .deviation), MinMax(direction: .backwards), Mimic(), SteadyDrift(),
            DisguisedManipulation(factor: 1), DisguisedManipulation(factor: 2), TargetedFlip(),
            ALittleIsEnough(shift: 0.5), ALittleIsEnough(shift: -1.5), ALittleIsEnough(shift: 4),
            InnerProductManipulation(factor: 0.1), SignFlip(factor: 3),
            Intermittent(InnerProductManipulation(factor: 2)),
            Betrayal(at: 15, then: ALittleIsEnough(shift: 1.5)),
        ]
    }

    /// The attack of that name.
    public static func named(_ name: String) -> (any Attack)? {
        (standard + further).first { $0.name == name }
    }
}
