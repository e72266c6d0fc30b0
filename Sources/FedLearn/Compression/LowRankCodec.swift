/// Sends the matrices of an update as products of thin ones, everything else as it is.
///
/// The right factor of one update is where the iteration of the next begins (PowerSGD). The results of
/// different members cannot be compared coordinate by coordinate before they are expanded.
public struct LowRankCodec: UpdateCodec {
    /// The columns of the factors.
    public let rank: Int
    private let layout: ParameterLayout
    private var starts: [Int: [Float]] = [:]
    private let seed: UInt64

    /// Creates a codec for updates of a model.
    ///
    /// - Parameter seed: Decides the first right factors.
    /// - Throws: ``CompressionError/invalid(_:)``.
    public init(layout: ParameterLayout, rank: Int, seed: UInt64) throws(CompressionError) {
        guard (1...CompressionLimits.maximumRank).contains(rank) else {
            throw .invalid("rank \(rank): 1 to \(CompressionLimits.maximumRank)")
        }
        guard layout.blocks.count <= CompressionLimits.maximumSegments else {
            throw .invalid("\(layout.blocks.count) blocks of parameters")
        }
        self.rank = rank
        self.layout = layout
        self.seed = seed
    }

    /// Such as `rank2`.
    public var name: String { "rank\(rank)" }
    /// A projection leaves out no more than is there.
    public var isContraction: Bool { true }

    /// Compresses an update; see ``UpdateCodec``.
    public mutating func compress(
        _ update: [Float], using generator: inout some RandomNumberGenerator
    ) throws(CompressionError) -> CompressedUpdate {
        guard update.count == layout.count else {
            throw .wrongLength(found: update.count, expected: layout.count)
        }
        guard VectorKernels.isFinite(update) else { throw .notFinite }
        var segments: [LowRankSegment] = []
        for (index, block) in layout.blocks.enumerated() {
            let values = update[block.range]
            guard block.shape.count == 2, saves(rows: block.shape[0], columns: block.shape[1])
            else {
                segments.append(.exact(Array(values)))
                continue
            }
            let columns = block.shape[1]
            var first = SeededGenerator(seeds: seed, UInt64(index))
            let start =
                starts[index] ?? (0..<columns * rank).map { _ in Float(first.nextNormal()) }
            let product = LowRankSegment.MatrixProduct(
                values, rowCount: block.shape[0], columnCount: columns, rank: rank, start: start)
            // A factor that has died out would stay so.
            starts[index] = product.right.contains { $0 != 0 } ? product.right : nil
            segments.append(.product(product))
        }
        let result = CompressedUpdate(
            dimension: update.count, selection: .all, values: .lowRank(segments))
        guard VectorKernels.isFinite(result.expanded()) else { throw .notFinite }
        return result
    }

    private func saves(rows: Int, columns: Int) -> Bool {
        rank * (rows + columns) < rows * columns
    }
}
