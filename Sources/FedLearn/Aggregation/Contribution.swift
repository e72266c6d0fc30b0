/// One member's update as a rule sees it.
public struct Contribution: Equatable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// The update's weight: the number of examples it was trained on, as the member says.
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
    /// The contributions left out for what they are, in roster order, with the reason. What a rule
    /// merely did not select (all but one for ``Krum``) is in neither list.
    public let rejected: [Rejection]
    /// What the rule thought of each admitted member, in roster order; empty for rules that judge nobody.
    /// The scale is the rule's own.
    public let scores: [MemberScore]
    /// The distances that a rule by distances decided by; `nil` for other rules.
    public let evidence: Evidence?

    /// Creates a result.
    public init(
        values: [Float], included: [Int], rejected: [Rejection], scores: [MemberScore] = [],
        evidence: Evidence? = nil
    ) {
        self.values = values
        self.included = included
        self.rejected = rejected
        self.scores = scores
        self.evidence = evidence
    }
}

/// The distances between a round's updates, and whose they are.
public struct Evidence: Equatable, Sendable {
    /// The members of the geometry's points, in their order.
    public let members: [Int]
    /// The distances.
    public let geometry: Geometry

    /// Creates evidence.
    public init(members: [Int], geometry: Geometry) {
        self.members = members
        self.geometry = geometry
    }
}

/// A rule's opinion of one member in one round.
public struct MemberScore: Hashable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// The opinion, on the rule's own scale.
    public let value: Double

    /// Creates a score.
    public init(member: Int, value: Double) {
        self.member = member
        self.value = value
    }
}

/// A contribution that was left out.
public struct Rejection: Hashable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// Why.
    public let reason: Reason

    /// Why a contribution was left out.
    public enum Reason: String, Hashable, Codable, Sendable {
        /// A value is infinite or NaN: one such value would spoil the whole model.
        case nonFinite
        /// A value is beyond ``AggregationLimits/largestMagnitude``: no training step gives it.
        case excessiveMagnitude
        /// The weight is negative.
        case negativeWeight
        /// The weight is beyond ``AggregationLimits/largestWeight``.
        case excessiveWeight
        /// The member sent more than one contribution; none of them counts.
        case duplicate
        /// The update is far longer than most.
        case excessiveNorm
        /// The update points away from where most of the others agree.
        case opposed

        /// Whether no honest member's training gives such an update, whatever its data.
        public var isProof: Bool {
            switch self {
            case .nonFinite, .excessiveMagnitude, .negativeWeight, .excessiveWeight: true
            case .duplicate, .excessiveNorm, .opposed: false
            }
        }
    }

    /// Creates a rejection.
    public init(member: Int, reason: Reason) {
        self.member = member
        self.reason = reason
    }
}
