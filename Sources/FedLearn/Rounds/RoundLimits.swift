/// Every bound of federated rounds, with its reason.
public enum RoundLimits {
    /// Members of one task. A round sends every update to every member: n² messages.
    public static let maximumMembers = 64
    /// Rounds of one task.
    public static let maximumRounds = 1_000_000
    /// Parameters of one model: 256 MiB of floats.
    public static let maximumParameters = 1 << 26
    /// Examples that one member may say it trained on; keeps sums of weights exact.
    public static let maximumExamples = 1 << 32
    /// Bytes of one message beyond its parameters.
    public static let messageOverhead = 64 * 1024
    /// Messages of the next round that are kept from one member until this one is over: the last of
    /// each kind (update, need, prepare, promise, propose, accepted, refused, decided).
    public static let maximumEarlyMessages = 8
    /// Records of past rounds that are kept and handed to those who catch up.
    public static let maximumHistory = 1000

    /// Bytes of one record: round, count of members, members, hash.
    static let maximumRecordBytes = 8 + 4 + maximumMembers + 32

    /// Bytes that one message may have for models of `parameterCount` parameters.
    ///
    /// - Parameter memoryBytes: What rule and server optimiser may remember besides; see
    ///   ``ServerMemory/maximumBytes(parameterCount:)``.
    public static func maximumMessageBytes(parameterCount: Int, memoryBytes: Int = 0) -> Int {
        let update = max(
            min(parameterCount, maximumParameters) * 4,
            CompressionLimits.maximumBytes(dimension: parameterCount))
        return update + messageOverhead + maximumHistory * maximumRecordBytes + memoryBytes
    }
}
