/// One member's side of compression over rounds: what it sends, and what it still owes.
public struct UpdateSender: Sendable {
    /// How updates are compressed.
    public let compression: UpdateCompression
    /// Decides masks and random rounding; the task's.
    public let seed: UInt64
    /// The model's parameters.
    public let layout: ParameterLayout
    /// What compression has left out so far.
    public private(set) var owed: ErrorFeedback
    private var attempt: (round: Int, owed: ErrorFeedback)?

    /// A member that owes nothing.
    public init(compression: UpdateCompression, seed: UInt64, layout: ParameterLayout) {
        self.compression = compression
        self.seed = seed
        self.layout = layout
        owed = ErrorFeedback(dimension: compression.hasErrorFeedback ? layout.count : 0)
    }

    /// Compresses the update of a round; the same again for the same round.
    ///
    /// - Returns: The bytes to send; `nil` for no compression.
    /// - Throws: ``CompressionError``.
    public mutating func compress(
        _ update: [Float], round: Int, member: Int
    ) throws(CompressionError) -> [UInt8]? {
        guard let codec = try compression.codec(round: round, seed: seed, layout: layout) else {
            return nil
        }
        return try compress(update, with: codec, round: round, member: member)
    }

    private mutating func compress(
        _ update: [Float], with codec: some UpdateCodec, round: Int, member: Int
    ) throws(CompressionError) -> [UInt8] {
        var codec = codec
        var generator = SeededGenerator(
            seeds: seed, UInt64(clamping: round), UInt64(clamping: member))
        guard compression.hasErrorFeedback else {
            return CompressedUpdateCodec.encode(try codec.compress(update, using: &generator))
        }
        var owed = owed
        let result = try owed.compress(update, with: &codec, using: &generator)
        attempt = (round, owed)
        return CompressedUpdateCodec.encode(result)
    }

    /// A round is over: what was left out is owed if the update counted, else forgotten, as the model
    /// is another one than the residual was computed for.
    public mutating func conclude(round: Int, counted: Bool) {
        if counted, let attempt, attempt.round == round {
            owed = attempt.owed
        } else {
            owed.reset()
        }
        attempt = nil
    }

    /// Goes on with what was owed before a restart.
    ///
    /// - Returns: False, and nothing is changed, for a residual of another length or that is not finite.
    mutating func resume(owing residual: [Float]) -> Bool {
        guard residual.count == owed.residual.count, VectorKernels.isFinite(residual) else {
            return false
        }
        owed = ErrorFeedback(residual: residual)
        return true
    }
}
