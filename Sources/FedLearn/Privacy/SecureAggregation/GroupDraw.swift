import PeerKit

/// Divides a round's members into groups that sum in secret, by public randomness.
///
/// Within a group nobody sees a single update, so a liar spoils its whole group; the robust rule then
/// works on the groups' means. At worst every liar sits in a group of its own, so the rule must bear
/// as many spoiled groups as there are liars.
public enum GroupDraw {
    /// The groups of a round: lists of positions in `0..<memberCount`, each ascending.
    ///
    /// - Parameters:
    ///   - size: The least size of a group; the members that are left over make some groups larger
    ///     by one or more.
    ///   - byzantine: Members that may lie; at most (*groups* − 1) / 2, so *f* · *s* < *n* / 2.
    ///   - beacon: Randomness that nobody could foresee when the members enrolled.
    /// - Throws: ``PrivacyError/tooManyFaults(_:)``, ``PrivacyError/invalid(_:)``.
    public static func groups(
        memberCount: Int, size: Int, byzantine: Int, beacon: ContentHash
    ) throws(PrivacyError) -> [[Int]] {
        guard size >= PrivacyLimits.minimumGroupMembers, memberCount >= size,
            memberCount <= RoundLimits.maximumMembers
        else { throw .invalid("groups of \(size) among \(memberCount) members") }
        let count = memberCount / size
        guard byzantine >= 0, 2 * byzantine < count else {
            throw .tooManyFaults(
                "\(byzantine) liars can spoil \(byzantine) of \(count) groups: no majority is left")
        }
        var generator = SecureGenerator(
            key: ContentHash(hashing: Array("psic secure groups 1".utf8) + beacon.bytes).bytes)
        var order = Array(0..<memberCount)
        var remaining = order.count
        while remaining > 1 {
            let choice = DiscreteGaussian.integer(below: UInt128(remaining), using: &generator)
            order.swapAt(Int(choice), remaining - 1)
            remaining -= 1
        }
        var groups = [[Int]](repeating: [], count: count)
        for (position, member) in order.enumerated() { groups[position % count].append(member) }
        return groups.map { $0.sorted() }
    }
}
