import FedLearn

/// As far from the honest mean as keeps the sum of squared distances to honest members within theirs.
///
/// Source: Shejwalkar and Houmansadr 2021, "Manipulating the Byzantine", §IV-C (Min-Sum).
public struct MinSum: Attack {
    /// The direction of the shift.
    public let direction: MinMax.Direction

    /// Creates the attack.
    public init(direction: MinMax.Direction = .deviation) { self.direction = direction }

    /// `minsum` and the direction.
    public var name: String { "minsum-\(direction.rawValue)" }

    /// The same update from every attacker, found by bisection.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        let way = direction == .backwards ? mean : scene.honestDeviation
        let limit = scene.honest.map { spread(around: $0.values, scene) }.reduce(0, max)
        return scene.everyone(
            sends: scene.farthest(from: mean, against: way) {
                spread(around: $0, scene) <= limit
            })
    }

    private func spread(around point: [Float], _ scene: AttackScene) -> Double {
        scene.honest.reduce(0) { sum, honest in
            let gap = VectorKernels.norm(VectorKernels.difference(point, honest.values))
            return sum + gap * gap
        }
    }
}

/// Against the sign of the honest mean, as far as Krum would still prefer one of the copies.
///
/// Source: Fang, Cao, Jia and Gong 2020, "Local Model Poisoning Attacks to Byzantine-Robust Federated
/// Learning", §4.2 (full knowledge).
public struct DirectedDeviation: Attack {
    /// Creates the attack.
    public init() {}

    /// `fang`.
    public var name: String { "fang" }

    /// The same update from every attacker, found by bisection.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        let length = Float(scene.honestLength / Double(max(1, scene.dimension)).squareRoot())
        let signs = mean.map { $0 > 0 ? length : $0 < 0 ? -length : 0 }
        let krum = Krum(maximumFaults: scene.toleratedFaults)
        let found = scene.farthest(from: mean, against: signs) { candidate in
            let sent = scene.honest + scene.everyone(sends: candidate)
            let result = try? krum.aggregate(sent, dimension: scene.dimension)
            return scene.attackers.contains { result?.included == [$0.member] }
        }
        return scene.everyone(sends: found)
    }
}

/// Perturbs the previous result at a right angle to where the honest members go, which clipping around
/// that result cannot cut.
///
/// Source: Özfatura, Özfatura, Küpçü and Gündüz 2023, "Byzantines can also Learn from History: Fall of
/// Centered Clipping in Federated Learning", §4 (relocated orthogonal perturbation).
public struct RelocatedPerturbation: Attack {
    /// Length of the perturbation relative to the median honest update.
    public let factor: Float

    /// Creates the attack.
    public init(factor: Float = 1) { self.factor = factor }

    /// `rop` and the factor.
    public var name: String { "rop\(label(factor))" }

    /// The previous result plus the perturbation, the same from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        let centre =
            scene.previous.isEmpty
            ? [Float](repeating: 0, count: scene.dimension) : scene.previous
        // The deviation without its part along the mean; half of the mean's direction is then taken
        // away, which makes the angle to it obtuse (the paper's θ = π / 2 and a reference in between).
        let raw = scene.honestDeviation
        let square = VectorKernels.dot(mean, mean)
        let along = square > 0 ? Float(VectorKernels.dot(raw, mean) / square) : 0
        let orthogonal = zip(raw, mean).map { $0 - along * $1 }
        let sideways = scene.stretched(orthogonal, to: factor)
        let back = scene.stretched(mean, to: factor / 2)
        return scene.everyone(
            sends: centre.indices.map { centre[$0] - sideways[$0] - back[$0] })
    }
}

/// Everyone repeats the honest member that is farthest from the others, so that its view counts most.
///
/// Source: as ``Mimic``, with the victim of §3.2's appendix: the one that deviates most.
public struct MimicFarthest: Attack {
    /// Creates the attack.
    public init() {}

    /// `mimicfar`.
    public var name: String { "mimicfar" }

    /// The farthest member's update from every attacker.
    public func forge(
        in scene: AttackScene, using generator: inout SeededGenerator
    ) -> [Contribution] {
        let mean = scene.honestMean
        let gaps = scene.honest.map {
            VectorKernels.norm(VectorKernels.difference($0.values, mean))
        }
        let victim = gaps.indices.max { gaps[$0] < gaps[$1] } ?? 0
        return scene.everyone(sends: scene.honest[victim].values)
    }
}

extension AttackScene {
    /// The point `start - factor * way` with the largest factor that `isAllowed`, by bisection.
    ///
    /// - Parameter isAllowed: Whether a candidate will do; taken to hold below some factor only.
    func farthest(
        from start: [Float], against way: [Float], where isAllowed: ([Float]) -> Bool
    ) -> [Float] {
        var low: Float = 0
        var high: Float = 64
        for _ in 0..<30 {
            let middle = (low + high) / 2
            if isAllowed(shifted(start, by: middle, way)) { low = middle } else { high = middle }
        }
        return shifted(start, by: low, way)
    }

    private func shifted(_ start: [Float], by factor: Float, _ way: [Float]) -> [Float] {
        zip(start, way).map { $0 - factor * $1 }
    }
}
