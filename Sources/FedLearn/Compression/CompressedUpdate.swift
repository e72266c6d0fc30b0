/// An update in fewer bytes: which coordinates, and their values approximately.
///
/// A value of this type is well formed whatever bytes it was read from: lengths agree, indices ascend
/// and lie within ``dimension``, numbers are finite.
public struct CompressedUpdate: Hashable, Sendable {
    /// Which coordinates are there; the others are zero.
    public enum Selection: Hashable, Sendable {
        /// All.
        case all
        /// These, ascending.
        case indices([Int])
        /// Those of a mask that everybody computes from a seed, so that no index is sent and the
        /// updates of different members can be compared.
        case mask(CoordinateMask)
    }

    /// The values of the selected coordinates.
    public enum Values: Hashable, Sendable {
        /// As they are.
        case exact([Float])
        /// Bytes with one scale for every block; see ``BlockQuantised``.
        case blocks(BlockQuantised)
        /// Randomly rounded shares of the norm; see ``NormQuantised``.
        case steps(NormQuantised)
        /// Signs and the mean magnitude; see ``Signs``.
        case signs(Signs)
        /// Matrices as products; only with ``Selection/all``. See ``LowRankSegment``.
        case lowRank([LowRankSegment])

        /// The number of values.
        public var count: Int {
            switch self {
            case .exact(let values): values.count
            case .blocks(let blocks): blocks.levels.count
            case .steps(let steps): steps.levels.count
            case .signs(let signs): signs.isPositive.count
            case .lowRank(let segments): segments.reduce(0) { $0 + $1.count }
            }
        }

        /// The values, approximately.
        public func expanded() -> [Float] {
            switch self {
            case .exact(let values): values
            case .blocks(let blocks): blocks.expanded()
            case .steps(let steps): steps.expanded()
            case .signs(let signs): signs.expanded()
            case .lowRank(let segments): segments.flatMap { $0.expanded() }
            }
        }
    }

    /// The number of coordinates of the update.
    public let dimension: Int
    /// Which coordinates are there.
    public let selection: Selection
    /// Their values.
    public let values: Values

    /// - Precondition: what the type promises.
    init(dimension: Int, selection: Selection, values: Values) {
        self.dimension = dimension
        self.selection = selection
        self.values = values
    }

    /// The update as the receiver sees it: `dimension` values, zero where nothing was sent.
    public func expanded() -> [Float] {
        let present = values.expanded()
        let indices: [Int]
        switch selection {
        case .all: return present
        case .indices(let list): indices = list
        case .mask(let mask): indices = mask.indices(dimension: dimension)
        }
        var result = [Float](repeating: 0, count: dimension)
        for (index, value) in zip(indices, present) { result[index] = value }
        return result
    }
}
