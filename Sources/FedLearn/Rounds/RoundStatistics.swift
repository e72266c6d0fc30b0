/// What a member has ignored, and why: none of it is an error of its own.
public struct RoundStatistics: Sendable, Hashable, Codable {
    /// Updates for rounds that were over.
    public internal(set) var lateUpdates = 0
    /// Second, different updates of one member for one round.
    public internal(set) var equivocations = 0
    /// Updates of the wrong length, without examples or from nobody.
    public internal(set) var refusedUpdates = 0
    /// Models whose history contradicts this member's: impossible unless somebody lies or loses its
    /// disk.
    public internal(set) var divergences = 0
}
