/// Combines the members' updates into one.
///
/// A rule is a pure function: equal inputs in equal order give equal bits on every machine, as
/// members compare hashes of the result. It knows neither rounds nor transport.
public protocol AggregationRule: Sendable {
    /// A stable name for task definitions and reports.
    var name: String { get }

    /// Combines `contributions`, which the caller puts in roster order.
    ///
    /// - Parameters:
    ///   - contributions: One per member whose update counts.
    ///   - dimension: The number of values in every update.
    /// - Throws: ``AggregationError`` when there is no result.
    func aggregate(
        _ contributions: [Contribution], dimension: Int
    ) throws(AggregationError) -> Aggregate
}

/// One member's update as a rule sees it.
public struct Contribution: Equatable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// The update's weight: the number of examples it was trained on.
    public let exampleCount: Int
    /// Change of the parameters.
    public let values: [Float]

    /// Creates a contribution.
    public init(member: Int, exampleCount: Int, values: [Float]) {
        self.member = member
        self.exampleCount = exampleCount
        self.values = values
    }
}

/// A rule's result.
public struct Aggregate: Equatable, Sendable {
    /// The combined update.
    public let values: [Float]
    /// The members whose contributions went in, in roster order.
    public let included: [Int]
    /// The contributions left out, with the reason.
    public let rejected: [Rejection]

    /// Creates a result.
    public init(values: [Float], included: [Int], rejected: [Rejection]) {
        self.values = values
        self.included = included
        self.rejected = rejected
    }
}

/// A contribution that a rule left out.
public struct Rejection: Hashable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// Why.
    public let reason: Reason

    /// Why a contribution was left out.
    public enum Reason: String, Hashable, Codable, Sendable {
        /// A value is infinite or NaN: one such value would spoil the whole model.
        case nonFinite
        /// The weight is negative.
        case negativeWeight
    }

    /// Creates a rejection.
    public init(member: Int, reason: Reason) {
        self.member = member
        self.reason = reason
    }
}

/// Why a rule has no result.
public enum AggregationError: Error, Equatable, Sendable {
    /// No contribution was given or every one was rejected.
    case noContributions(rejected: [Rejection])
    /// A contribution of another length.
    case wrongDimension(member: Int, found: Int, expected: Int)
    /// The remaining contributions' weights sum to zero.
    case zeroTotalWeight
    /// The weights' sum leaves the range of integers that `Float` can scale.
    case excessiveTotalWeight
}
