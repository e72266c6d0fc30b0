import PeerKit

/// The members that sum in secret in one round.
public struct SecureGroup: Hashable, Sendable {
    /// The round.
    public let round: Int
    /// The members' indices in the roster, ascending.
    public let members: [Int]
    /// Members that may lie and collude, with each other and with the collector.
    public let byzantine: Int
    /// The number of coordinates.
    public let wordCount: Int
    /// Names the group in every message: a hash of all the above and of the round's beacon.
    public let id: ContentHash

    /// Creates a group.
    ///
    /// - Parameter beacon: The round's public randomness, so that a group of another network or
    ///   another run never has the same ``id``.
    /// - Throws: ``PrivacyError`` for too few or too many members, or more liars than
    ///   ``threshold`` allows.
    public init(
        round: Int, members: [Int], byzantine: Int, wordCount: Int, beacon: ContentHash
    ) throws(PrivacyError) {
        let sizes = PrivacyLimits.minimumGroupMembers...PrivacyLimits.maximumGroupMembers
        guard sizes.contains(members.count) else {
            throw .invalid("a group of \(members.count): expected \(sizes)")
        }
        guard members == members.sorted(), Set(members).count == members.count,
            members.allSatisfy({ (0..<RoundLimits.maximumMembers).contains($0) })
        else { throw .invalid("members \(members): expected ascending roster indices") }
        guard (1...PrivacyLimits.maximumWords).contains(wordCount) else {
            throw .invalid("\(wordCount) coordinates")
        }
        guard (0...RoundLimits.maximumRounds).contains(round) else {
            throw .invalid("round \(round)")
        }
        guard byzantine >= 0, (members.count + byzantine) / 2 + 1 <= members.count else {
            throw .tooManyFaults("\(byzantine) liars in a group of \(members.count)")
        }
        self.round = round
        self.members = members
        self.byzantine = byzantine
        self.wordCount = wordCount
        var bytes = WireWriter()
        bytes.append("psic secure group 1".utf8)
        bytes.append(beacon.bytes)
        bytes.integer(UInt64(round))
        bytes.integer(UInt64(byzantine))
        bytes.integer(UInt64(wordCount))
        for member in members { bytes.integer(UInt64(member)) }
        id = ContentHash(hashing: bytes.bytes)
    }

    /// The shares that open a secret, and the members that must confirm who survived.
    ///
    /// ⌊(*n* + *f*) / 2⌋ + 1: two sets of so many members have an honest one in common, and no honest
    /// member confirms two lists, so that nobody gets both the self mask and the pair masks of one.
    public var threshold: Int { (members.count + byzantine) / 2 + 1 }

    /// The least number of vectors in a sum: with fewer than two honest ones it would hide nothing.
    public var minimumSurvivors: Int { max(threshold, byzantine + 2) }

    /// How many members may drop out.
    public var tolerableDropouts: Int { members.count - minimumSurvivors }

    /// The position of a member, which is also its point for shares.
    func position(of member: Int) -> Int? { members.firstIndex(of: member) }
}
