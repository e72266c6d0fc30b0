/// Every bound of clipping, noise, secret sharing and secure sums, with its reason.
public enum PrivacyLimits {
    /// Members of one group that sums in secret: as many as a round has, and fewer than the 255
    /// points of GF(2^8) at which a secret can be shared.
    public static let maximumGroupMembers = RoundLimits.maximumMembers
    /// A sum of two shows each of the two what the other put in; three is the least that hides.
    public static let minimumGroupMembers = 3
    /// Words of one masked vector: the longest model, 256 MiB.
    public static let maximumWords = RoundLimits.maximumParameters
    /// Members of a committee that holds shares. A distance matrix is opened by every member to
    /// every member, and wrong shares are located in O(members³) operations.
    public static let maximumCommitteeMembers = 31
    /// Trainers whose shares a committee compares: the opened matrix has n² entries.
    public static let maximumTrainers = RoundLimits.maximumMembers
    /// Random projections that a committee opens of each update. A vector that wraps around the
    /// field passes one with probability at most 1/2 or so, all of 32 with one in four billion.
    public static let maximumProjections = 64
    /// Bits behind the binary point: with more, `Float` has no more to say below 1.
    public static let maximumFractionBits = 30
    /// The largest variance of grid noise. Below it the exact sampler's integers fit 128 bits.
    public static let maximumGridVariance: UInt64 = 1 << 56
    /// Bins of a discretised privacy loss: 64 MiB of transform.
    public static let maximumLossBins = 1 << 22
    /// Compositions of one mechanism in an account.
    public static let maximumCompositions = 10_000_000
    /// Bytes of one message about a secure sum beyond its words: the shares for 64 members.
    public static let messageOverhead = 64 * 1024
}
