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

    /// Written after psic's rule had its shape; its short memory came later still.
    public static var unseen: [any Attack] {
        let back = InnerProductManipulation(factor: 2)
        let flip = SignFlip(factor: 1)
        return [
            MinSum(direction: .deviation), MinSum(direction: .backwards), DirectedDeviation(),
            RelocatedPerturbation(factor: 1), RelocatedPerturbation(factor: 0.3), MimicFarthest(),
            ScaledNoise(factor: 0.1), ScaledNoise(factor: 1), ScaledNoise(factor: 2), ZeroUpdate(),
            HiddenDrift(shift: 1), HiddenDrift(shift: 3), PartialFlip(period: 2),
            Backdoor(boost: 1), Backdoor(boost: 3), ALittleIsEnough(shift: 0.3),
            ALittleIsEnough(shift: 3), InnerProductManipulation(factor: 100),
            Betrayal(at: 5, then: flip), Betrayal(at: 25, then: flip), Betrayal(at: 5, then: back),
            Betrayal(at: 25, then: back), Betrayal(at: 15, then: LabelFlip()),
            Sporadic(flip), Sporadic(back, probability: 0.2), TwoGroups(back, flip),
            TwoGroups(SignFlip(factor: 10), ALittleIsEnough(shift: 1.5)),
            TwoGroups(GaussianNoise(deviation: 1), InnerProductManipulation(factor: 0.5)),
            Inflated(ALittleIsEnough(shift: 1.5)), Inflated(back),
        ]
    }

    /// All of them.
    public static var all: [any Attack] { standard + further + unseen }

    /// The attack of that name, of the catalogue or composed.
    ///
    /// Names with a number take any: `signflip`, `ipm`, `alie`, `noise`, `hiddendrift`, `rop`, `noisyipm` and
    /// `backdoor` are followed by a factor, such as `ipm3.5`. `A@12` is *A* from round 12, `A/2` in every
    /// other round, `A~0.3` in a round with probability 0.3, `A+B` one half of the attackers *A* and the other
    /// *B*, `heavy:A` is *A* under a false weight.
    public static func named(_ name: String) -> (any Attack)? {
        all.first { $0.name == name } ?? composed(name, depth: 0)
    }

    /// Modifiers nested deeper than this are refused; nobody means them.
    private static let largestDepth = 4

    private static func composed(_ name: String, depth: Int) -> (any Attack)? {
        guard depth < largestDepth else { return nil }
        func part(_ text: some StringProtocol) -> (any Attack)? {
            let text = String(text)
            return all.first { $0.name == text } ?? composed(text, depth: depth + 1)
        }
        if name.hasPrefix("heavy:") { return part(name.dropFirst(6)).map { Inflated($0) } }
        if let (left, right) = split(name, at: "+") {
            guard let first = part(left), let second = part(right) else { return nil }
            return TwoGroups(first, second)
        }
        if let (left, right) = split(name, at: "@"), let round = Int(right), round >= 0 {
            return part(left).map { Betrayal(at: round, then: $0) }
        }
        if let (left, right) = split(name, at: "~"), let share = Double(right),
            (0...1).contains(share)
        {
            return part(left).map { Sporadic($0, probability: share) }
        }
        if name.hasSuffix("/2") { return part(name.dropLast(2)).map { Intermittent($0) } }
        return numbered(name)
    }

    /// An attack with a number of the caller's.
    private static func numbered(_ name: String) -> (any Attack)? {
        let families: [(prefix: String, make: (Float) -> any Attack)] = [
            ("signflip", { SignFlip(factor: $0) }),
            ("ipm", { InnerProductManipulation(factor: $0) }),
            ("alie", { ALittleIsEnough(shift: $0) }), ("noise", { ScaledNoise(factor: $0) }),
            ("hiddendrift", { HiddenDrift(shift: $0) }),
            ("rop", { RelocatedPerturbation(factor: $0) }),
            ("noisyipm", { DisguisedManipulation(factor: $0) }),
            ("backdoor", { Backdoor(boost: $0) }),
        ]
        for family in families where name.hasPrefix(family.prefix) {
            if let factor = Float(name.dropFirst(family.prefix.count)), factor.isFinite {
                return family.make(factor)
            }
        }
        return nil
    }

    private static func split(_ name: String, at mark: Character) -> (Substring, Substring)? {
        guard let place = name.lastIndex(of: mark) else { return nil }
        return (name[..<place], name[name.index(after: place)...])
    }
}
