/// A random choice of coordinates that everybody computes alike from a seed.
///
/// The seed comes from the round's beacon, so that no member can wish for coordinates, and the updates
/// of all members have the same ones: distances between them keep their meaning (by about the square
/// root of the share that is sent), which indices of each member's own choice would destroy.
public struct CoordinateMask: Hashable, Codable, Sendable {
    /// Decides which coordinates.
    public let seed: UInt64
    /// How many.
    public let count: Int

    /// A mask of `count` coordinates.
    ///
    /// - Precondition: `count >= 0`.
    public init(seed: UInt64, count: Int) {
        precondition(count >= 0, "\(count) coordinates")
        self.seed = seed
        self.count = count
    }

    /// The chosen coordinates, ascending: every set of ``count`` (or of all, if there are fewer) is
    /// equally likely.
    ///
    /// - Complexity: O(*dimension*).
    public func indices(dimension: Int) -> [Int] {
        var generator = SeededGenerator(seeds: 0x6d61_736b, seed)
        var missing = min(count, dimension)
        var result: [Int] = []
        result.reserveCapacity(missing)
        // Selection sampling (Knuth, volume 2, §3.4.2, algorithm S).
        var index = 0
        while missing > 0 {
            if generator.nextInteger(below: dimension - index) < missing {
                result.append(index)
                missing -= 1
            }
            index += 1
        }
        return result
    }
}
