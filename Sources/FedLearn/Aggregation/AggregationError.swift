/// Why a rule has no result.
public enum AggregationError: Error, Equatable, Sendable {
    /// No contribution was given or every one was rejected.
    case noContributions(rejected: [Rejection])
    /// More contributions than ``AggregationLimits/largestCount``.
    case tooManyContributions(have: Int, limit: Int)
    /// The rule cannot tolerate so many faults with so few contributions.
    case tooFewContributions(have: Int, need: Int)
    /// A contribution of another length.
    case wrongDimension(member: Int, found: Int, expected: Int)
    /// A reference, such as the previous aggregate, of another length, or not finite.
    case invalidReference(found: Int, expected: Int)
    /// The remaining contributions' weights sum to zero.
    case zeroTotalWeight
    /// The weights' sum leaves the range of the rule's arithmetic.
    case excessiveTotalWeight
    /// A setting of the rule that no number of contributions makes meaningful.
    case invalidSetting(String)
}

extension AggregationError: CustomStringConvertible {
    /// What was expected and what came.
    public var description: String {
        switch self {
        case .noContributions(let rejected):
            "no contribution left of \(rejected.count): all were rejected"
        case .tooManyContributions(let have, let limit):
            "\(have) contributions, at most \(limit) can be combined"
        case .tooFewContributions(let have, let need):
            "\(have) contributions, the rule needs \(need) to tolerate as many faults as it is told to"
        case .wrongDimension(let member, let found, let expected):
            "member \(member) sent \(found) values instead of \(expected)"
        case .invalidReference(let found, let expected):
            "a reference vector has \(found) values or values out of range, expected \(expected)"
        case .zeroTotalWeight: "all contributions have weight zero"
        case .excessiveTotalWeight: "the weights' sum is out of range"
        case .invalidSetting(let what): "the rule's setting makes no sense: \(what)"
        }
    }
}
