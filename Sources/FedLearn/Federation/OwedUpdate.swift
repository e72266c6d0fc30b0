/// What a member's compression has left out, as it is kept on disk: a member that was killed sends the
/// same bits again.
struct OwedUpdate: Equatable {
    static let version: UInt8 = 1

    /// The rounds that were over then.
    var completed: Int
    /// See ``ErrorFeedback/residual``.
    var residual: [Float]

    init(completed: Int, residual: [Float]) {
        self.completed = completed
        self.residual = residual
    }

    /// Version, rounds, count, values.
    var encoded: [UInt8] {
        var out = WireWriter()
        out.byte(Self.version)
        out.varint(completed)
        out.varint(residual.count)
        out.floats(residual)
        return out.bytes
    }

    init(decoding bytes: [UInt8], dimension: Int) throws(WireError) {
        var reader = WireReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        completed = try reader.varint(limit: RoundLimits.maximumRounds)
        let count = try reader.count(limit: dimension, itemBytes: 4)
        residual = try reader.floats(count)
        try reader.finish()
    }
}
