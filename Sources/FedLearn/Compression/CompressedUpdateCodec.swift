/// The bytes of compressed updates.
///
/// Version 1: one byte version, one byte selection and values (four bits each), the dimension as a
/// varint, the selection, the values. Indices are gaps in Rice's code, whose parameter follows from how
/// many of how many they are, so every update has exactly one encoding.
public enum CompressedUpdateCodec {
    static let version: UInt8 = 1

    enum SelectionKind: UInt8 { case all, indices, mask }
    enum ValuesKind: UInt8 { case exact, blocks, steps, signs, lowRank }

    /// The bytes of an update.
    public static func encode(_ update: CompressedUpdate) -> [UInt8] {
        var out = WireWriter()
        out.byte(version)
        let selection: SelectionKind =
            switch update.selection {
            case .all: .all
            case .indices: .indices
            case .mask: .mask
            }
        let values: ValuesKind =
            switch update.values {
            case .exact: .exact
            case .blocks: .blocks
            case .steps: .steps
            case .signs: .signs
            case .lowRank: .lowRank
            }
        out.byte(selection.rawValue << 4 | values.rawValue)
        out.varint(update.dimension)
        switch update.selection {
        case .all: break
        case .indices(let indices):
            let coded = IndexCode.encode(indices, dimension: update.dimension)
            out.varint(indices.count)
            out.varint(coded.count)
            out.append(coded)
        case .mask(let mask):
            out.integer(mask.seed)
            out.varint(mask.count)
        }
        encode(update.values, to: &out)
        return out.bytes
    }

    private static func encode(_ values: CompressedUpdate.Values, to out: inout WireWriter) {
        switch values {
        case .exact(let values): out.floats(values)
        case .blocks(let blocks):
            out.varint(blocks.block)
            out.floats(blocks.scales)
            out.append(blocks.levels.lazy.map { UInt8(bitPattern: $0) })
        case .steps(let steps):
            out.varint(steps.steps)
            out.float(steps.norm)
            var bits = BitWriter()
            let width = NormQuantised.bits(steps: steps.steps)
            for level in steps.levels { bits.append(Int(level) + steps.steps, bits: width) }
            out.append(bits.finish())
        case .signs(let signs):
            out.float(signs.scale)
            var bits = BitWriter()
            for isPositive in signs.isPositive { bits.append(isPositive ? 1 : 0, bits: 1) }
            out.append(bits.finish())
        case .lowRank(let segments):
            out.varint(segments.count)
            for segment in segments {
                switch segment {
                case .exact(let values):
                    out.varint(0)
                    out.varint(values.count)
                    out.floats(values)
                case .product(let product):
                    out.varint(product.rank)
                    out.varint(product.rowCount)
                    out.varint(product.columnCount)
                    out.floats(product.left)
                    out.floats(product.right)
                }
            }
        }
    }

    /// Reads an update of exactly `dimension` coordinates.
    ///
    /// Nothing is allocated beyond what the dimension and the bytes themselves call for.
    public static func decode(
        _ bytes: [UInt8], dimension: Int
    ) throws(WireError) -> CompressedUpdate {
        var reader = WireReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let kinds = try reader.byte()
        guard let selectionKind = SelectionKind(rawValue: kinds >> 4),
            let valuesKind = ValuesKind(rawValue: kinds & 15)
        else { throw .unknownKind(kinds) }
        let found = try reader.varint(limit: CompressionLimits.maximumDimension)
        guard found == dimension else { throw .outOfRange }
        let selection: CompressedUpdate.Selection
        let count: Int
        switch selectionKind {
        case .all:
            selection = .all
            count = dimension
        case .indices:
            count = try reader.varint(limit: dimension)
            let size = try reader.varint(
                limit: CompressionLimits.maximumBytes(dimension: dimension))
            // Every index takes a bit at least.
            guard count <= 8 * size else { throw .truncated }
            selection = .indices(
                try IndexCode.decode(try reader.take(size), count: count, dimension: dimension))
        case .mask:
            let seed = try reader.integer(UInt64.self)
            count = try reader.varint(limit: dimension)
            selection = .mask(CoordinateMask(seed: seed, count: count))
        }
        let values = try decode(valuesKind, count: count, &reader)
        if case .lowRank = values, selectionKind != .all { throw .unknownKind(kinds) }
        try reader.finish()
        return CompressedUpdate(dimension: dimension, selection: selection, values: values)
    }

    private static func decode(
        _ kind: ValuesKind, count: Int, _ reader: inout WireReader
    ) throws(WireError) -> CompressedUpdate.Values {
        switch kind {
        case .exact: return .exact(try reader.floats(count))
        case .blocks:
            let block = try reader.varint(limit: CompressionLimits.maximumBlock)
            let scales = try reader.floats(BlockQuantised.blockCount(block: block, count: count))
            // A negative scale would only be a second way to write the same.
            guard scales.allSatisfy({ $0.sign == .plus }) else { throw .notCanonical }
            let levels = try reader.take(count).map { Int8(bitPattern: $0) }
            guard !levels.contains(-128) else { throw .outOfRange }
            let blocks = BlockQuantised(block: block, scales: scales, levels: levels)
            // A scale near the largest float times 127 is no float any more.
            guard scales.allSatisfy({ ($0 * 127).isFinite }) else { throw .outOfRange }
            return .blocks(blocks)
        case .steps:
            let steps = try reader.varint(limit: CompressionLimits.maximumSteps)
            guard steps > 0 else { throw .outOfRange }
            let norm = try reader.float()
            guard norm.sign == .plus else { throw .notCanonical }
            guard norm <= NormQuantised.maximumNorm else { throw .outOfRange }
            let width = NormQuantised.bits(steps: steps)
            var bits = BitReader(try reader.take((count * width + 7) / 8))
            var levels: [Int8] = []
            levels.reserveCapacity(count)
            for _ in 0..<count {
                let level = try bits.read(bits: width) - steps
                guard level <= steps else { throw .outOfRange }
                levels.append(Int8(level))
            }
            try bits.finish()
            return .steps(NormQuantised(steps: steps, norm: norm, levels: levels))
        case .signs:
            let scale = try reader.float()
            guard scale.sign == .plus else { throw .notCanonical }
            var bits = BitReader(try reader.take((count + 7) / 8))
            var signs: [Bool] = []
            signs.reserveCapacity(count)
            for _ in 0..<count { signs.append(try bits.read(bits: 1) == 1) }
            try bits.finish()
            return .signs(Signs(scale: scale, isPositive: signs))
        case .lowRank: return .lowRank(try segments(count: count, &reader))
        }
    }

    private static func segments(
        count: Int, _ reader: inout WireReader
    ) throws(WireError) -> [LowRankSegment] {
        let number = try reader.count(limit: CompressionLimits.maximumSegments, itemBytes: 2)
        var left = count
        var segments: [LowRankSegment] = []
        for _ in 0..<number {
            let rank = try reader.varint(limit: CompressionLimits.maximumRank)
            if rank == 0 {
                let length = try reader.varint(limit: left)
                segments.append(.exact(try reader.floats(length)))
                left -= length
                continue
            }
            let rows = try reader.varint(limit: left)
            let columns = try reader.varint(limit: left)
            guard rows > 0, columns > 0, columns <= left / rows else { throw .outOfRange }
            let product = LowRankSegment.MatrixProduct(
                rowCount: rows, columnCount: columns, rank: rank,
                left: try reader.floats(rows * rank), right: try reader.floats(columns * rank))
            // Finite factors may have an infinite product.
            guard VectorKernels.isFinite(product.expanded()) else { throw .outOfRange }
            segments.append(.product(product))
            left -= rows * columns
        }
        guard left == 0 else { throw .truncated }
        return segments
    }
}
