/// What one member contributes to one round: how its share moved the model.
public struct RoundUpdate: Sendable, Equatable {
    /// A change of the parameters, as it is sent.
    public enum Change: Sendable {
        /// Trained minus initial parameters.
        case dense([Float])
        /// The bytes of a ``CompressedUpdate``.
        case compressed([UInt8])
    }

    /// The round, from 0.
    public let round: Int
    /// Who trained, as index in the task's members.
    public let member: Int
    /// Examples it trained on: its weight.
    public let exampleCount: Int
    /// Mean training loss of the last local epoch; informative.
    public let meanLoss: Float
    /// How the parameters changed.
    public let change: Change
    /// SHA-256 of the encoded update: what members agree on.
    public let digest: ContentHash

    /// An update.
    public init(round: Int, member: Int, exampleCount: Int, meanLoss: Float, change: Change) {
        self.round = round
        self.member = member
        self.exampleCount = exampleCount
        self.meanLoss = meanLoss
        self.change = change
        digest = RoundCodec.digest(
            round: round, member: member, exampleCount: exampleCount, meanLoss: meanLoss,
            change: change)
    }

    /// An update that is not compressed.
    public init(round: Int, member: Int, exampleCount: Int, meanLoss: Float, delta: [Float]) {
        self.init(
            round: round, member: member, exampleCount: exampleCount, meanLoss: meanLoss,
            change: .dense(delta))
    }

    /// Whether the change is compressed.
    var isCompressed: Bool {
        if case .compressed = change { true } else { false }
    }

    /// The change as one value per parameter.
    ///
    /// - Throws: ``WireError`` when compressed bytes are none of an update of that length.
    public func values(dimension: Int) throws(WireError) -> [Float] {
        switch change {
        case .dense(let values): return values
        case .compressed(let bytes):
            return try CompressedUpdateCodec.decode(bytes, dimension: dimension).expanded()
        }
    }

    /// Equal digests: bit for bit the same, also where the update holds NaN.
    public static func == (a: RoundUpdate, b: RoundUpdate) -> Bool { a.digest == b.digest }
}

extension UpdateCompression {
    /// Whether an update is in the form that members of a task with this compression send.
    ///
    /// - Parameters:
    ///   - seed: The task's.
    ///   - dimension: The number of parameters.
    public func accepts(_ update: RoundUpdate, seed: UInt64, dimension: Int) -> Bool {
        switch update.change {
        case .dense(let values): return self == .none && values.count == dimension
        case .compressed(let bytes):
            guard self != .none,
                let decoded = try? CompressedUpdateCodec.decode(bytes, dimension: dimension)
            else { return false }
            return accepts(decoded, round: update.round, seed: seed)
        }
    }
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
