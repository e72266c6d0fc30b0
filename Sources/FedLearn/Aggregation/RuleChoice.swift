/// An aggregation rule by its name and the faults that it is to tolerate: what a task or a command
/// line says.
///
/// Text form: the name of a rule, such as `anchoredMean`; in front of some may stand `nnm+`
/// (``NearestNeighborMixing``) or `bucketing+` (``Bucketing``, pairs), such as `nnm+trimmedMean`.
/// ``FLTrust`` is not among them, since it needs data that everybody trusts.
public struct RuleChoice: Hashable, Sendable {
    /// Rules that may stand behind `nnm+` and `bucketing+`.
    public static let mixable = [
        "mean", "median", "trimmedMean", "krum", "multiKrum", "bulyan", "geometricMedian",
        "smoothedGeometricMedian", "centeredClipping", "meanAroundMedian",
    ]
    /// Rules by themselves.
    static let plain = ["weightedMean"] + mixable + ["divideAndConquer", "anchoredMean"]
    /// Every name.
    public static let names =
        plain + mixable.map { "nnm+" + $0 } + mixable.map { "bucketing+" + $0 }

    /// The rule's name, one of ``names``.
    public let name: String
    /// How many members may send whatever they like.
    public let maximumFaults: Int

    /// The weighted mean, which tolerates nobody.
    public static let weightedMean = RuleChoice(checked: "weightedMean", 0)

    /// Chooses a rule.
    ///
    /// - Throws: ``RuleChoiceError``.
    public init(_ name: String, maximumFaults: Int) throws(RuleChoiceError) {
        guard Self.names.contains(name) else { throw .unknownRule(name) }
        guard (0...AggregationLimits.largestCount).contains(maximumFaults) else {
            throw .impossibleFaults(maximumFaults)
        }
        self.init(checked: name, maximumFaults)
    }

    private init(checked name: String, _ maximumFaults: Int) {
        self.name = name
        self.maximumFaults = maximumFaults
    }

    /// The rule with nothing remembered.
    ///
    /// - Parameter seed: For rules that draw lots; a new one in every round, or they are foreseen.
    public func rule(seed: UInt64) -> any AggregationRule {
        let parts = name.split(separator: "+", maxSplits: 1)
        guard let last = parts.last else { return WeightedMean() }
        let base = baseRule(String(last), seed: seed)
        guard parts.count == 2 else { return base }
        return parts[0] == "nnm"
            ? NearestNeighborMixing(maximumFaults: maximumFaults, then: base)
            : Bucketing(bucketSize: 2, seed: seed, then: base)
    }

    private func baseRule(_ name: String, seed: UInt64) -> any AggregationRule {
        let faults = maximumFaults
        switch name {
        case "mean": return PlainMean()
        case "median": return CoordinateMedian()
        case "trimmedMean": return TrimmedMean(trimming: faults)
        case "krum": return Krum(maximumFaults: faults)
        case "multiKrum": return Krum.multi(maximumFaults: faults)
        case "bulyan": return Bulyan(maximumFaults: faults)
        case "geometricMedian": return GeometricMedian()
        case "smoothedGeometricMedian": return SmoothedGeometricMedian()
        case "centeredClipping": return CenteredClipping()
        case "meanAroundMedian": return MeanAroundMedian(maximumFaults: faults)
        case "divideAndConquer": return DivideAndConquer(maximumFaults: faults, seed: seed)
        case "anchoredMean": return AnchoredMean(maximumFaults: faults)
        default: return WeightedMean()
        }
    }

    /// Whether the rule has a result when `count` members send updates.
    ///
    /// Found out by asking it, so that a rule's condition stands in one place.
    ///
    /// - Throws: what it throws, such as ``AggregationError/tooFewContributions(have:need:)``.
    public func check(memberCount count: Int) throws(AggregationError) {
        let samples = (0..<count).map { member in
            Contribution(
                member: member, exampleCount: 1,
                values: (0..<4).map { Float((member * 5 + $0 * 3) % 11) + 1 })
        }
        _ = try rule(seed: 0).aggregate(samples, dimension: 4)
    }
}

/// Why no rule can be chosen so.
public enum RuleChoiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No rule has that name.
    case unknownRule(String)
    /// Fewer faults than none, or more than updates may be combined.
    case impossibleFaults(Int)

    /// What was expected and what came.
    public var description: String {
        switch self {
        case .unknownRule(let name):
            "no rule \"\(name)\"; there are \(RuleChoice.plain.joined(separator: ", ")), "
                + "and nnm+ or bucketing+ in front of \(RuleChoice.mixable.joined(separator: ", "))"
        case .impossibleFaults(let count):
            "\(count) faults to tolerate: expected 0 to \(AggregationLimits.largestCount)"
        }
    }
}
