/// Remembers what compression left out and adds it to the next update, so that nothing is lost, only
/// late.
///
/// Source: Karimireddy, Rebjock, Stich and Jaggi 2019, "Error Feedback Fixes SignSGD and other Gradient
/// Compression Schemes", algorithm 2: p = g + e; send C(p); e = p − C(p).
public struct ErrorFeedback: Sendable {
    /// What has not been sent yet.
    public private(set) var residual: [Float]

    /// Nothing is owed yet.
    public init(dimension: Int) {
        residual = [Float](repeating: 0, count: dimension)
    }

    /// What was owed before a restart.
    init(residual: [Float]) { self.residual = residual }

    /// Compresses an update and what is owed.
    ///
    /// - Throws: ``CompressionError``, also for a codec that is no contraction; then the residual is
    ///   unchanged.
    public mutating func compress(
        _ update: [Float], with codec: inout some UpdateCodec,
        using generator: inout some RandomNumberGenerator
    ) throws(CompressionError) -> CompressedUpdate {
        guard update.count == residual.count else {
            throw .wrongLength(found: update.count, expected: residual.count)
        }
        guard codec.isContraction else {
            throw .invalid("error feedback around \(codec.name), which is no contraction")
        }
        var corrected = update
        VectorKernels.addScaled(residual, by: 1, to: &corrected)
        let compressed = try codec.compress(corrected, using: &generator)
        residual = VectorKernels.difference(corrected, compressed.expanded())
        return compressed
    }

    /// Forgets what is owed: after a round that left this member's update out, the model is another
    /// one than the residual was computed for.
    public mutating func reset() {
        for index in residual.indices { residual[index] = 0 }
    }
}
