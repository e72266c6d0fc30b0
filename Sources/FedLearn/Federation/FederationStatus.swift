/// Where a member stands in a task, for people and programs.
public struct FederationStatus: Sendable, Hashable, Codable {
    /// SHA-256 of the task's definition.
    public var taskID: String
    /// The task's name.
    public var taskName: String
    /// `waiting` (for a majority), `training`, `collecting`, `aggregating`, `catching-up`, `finished`
    /// or `failed`.
    public var phase: String
    /// Rounds completed.
    public var round: Int
    /// Rounds of the task.
    public var rounds: Int
    /// SHA-256 of the model's parameters, and of what rule and optimiser remember where they do.
    public var modelHash: String
    /// Share of the test rows that the model classifies correctly; of a task of the members' own, the
    /// score that its training gives.
    public var testAccuracy: Double?
    /// Mean loss of this member's last local epoch.
    public var trainLoss: Double?
    /// Every member of the task.
    public var members: [MemberStatus]
    /// Members that cannot be reached now.
    public var missing: [String]
    /// The latest rounds, oldest first.
    public var history: [RoundSummary]

    /// One member of the task.
    public struct MemberStatus: Sendable, Hashable, Codable {
        /// Who.
        public var peerID: String
        /// Whether a link stands.
        public var isReachable: Bool
        /// The last round, from 1, in which its update counted.
        public var lastRoundCounted: Int?
    }

    /// One round that is over.
    public struct RoundSummary: Sendable, Hashable, Codable {
        /// The round, from 1.
        public var round: Int
        /// Whose updates counted.
        public var counted: [String]
        /// SHA-256 of the model afterwards.
        public var modelHash: String
        /// Accuracy on the test rows, where this member measured it.
        public var testAccuracy: Double?
        /// How long the round took here.
        public var seconds: Double?
        /// Bytes of the message with this member's own update, if it sent one.
        public var updateBytes: Int?
        /// Whose updates were left out for what they are, where this member saw the round.
        public var rejected: [RejectedMember]?
    }

    /// A member whose update was left out.
    public struct RejectedMember: Sendable, Hashable, Codable {
        /// Who.
        public var peerID: String
        /// Why.
        public var reason: Rejection.Reason
    }
}
