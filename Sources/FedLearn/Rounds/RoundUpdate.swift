/// What one member contributes to one round: how its share moved the model.
public struct RoundUpdate: Sendable, Equatable {
    /// The round, from 0.
    public let round: Int
    /// Who trained, as index in the task's members.
    public let member: Int
    /// Examples it trained on: its weight.
    public let exampleCount: Int
    /// Mean training loss of the last local epoch; informative.
    public let meanLoss: Float
    /// Trained minus initial parameters.
    public let delta: [Float]
    /// SHA-256 of the encoded update: what members agree on.
    public let digest: ContentHash

    /// An update.
    public init(round: Int, member: Int, exampleCount: Int, meanLoss: Float, delta: [Float]) {
        self.round = round
        self.member = member
        self.exampleCount = exampleCount
        self.meanLoss = meanLoss
        self.delta = delta
        digest = RoundCodec.digest(
            round: round, member: member, exampleCount: exampleCount, meanLoss: meanLoss,
            delta: delta)
    }

    /// Equal digests: bit for bit the same, also where the update holds NaN.
    public static func == (a: RoundUpdate, b: RoundUpdate) -> Bool { a.digest == b.digest }
}

/// Which updates count in a round, in the order of the members.
public struct Selection: Sendable, Hashable {
    /// One update that counts.
    public struct Entry: Sendable, Hashable {
        /// Whose.
        public var member: Int
        /// Which.
        public var digest: ContentHash

        /// An update that counts.
        public init(member: Int, digest: ContentHash) {
            self.member = member
            self.digest = digest
        }
    }

    /// In ascending order of members, each once.
    public let entries: [Entry]

    /// Sorts the entries; `nil` if a member stands twice.
    public init?(_ entries: [Entry]) {
        let sorted = entries.sorted { $0.member < $1.member }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.member < $1.member }) else {
            return nil
        }
        self.entries = sorted
    }

    /// The members whose updates count.
    public var members: [Int] { entries.map(\.member) }
}
