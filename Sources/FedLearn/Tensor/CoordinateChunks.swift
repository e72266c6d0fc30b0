/// How long vectors are divided.
///
/// One chunk is the unit of work for a thread and for a peer that reduces part of an update. Sums over
/// coordinates are formed per chunk and the chunks' sums are added in ascending order, so that the
/// result does not depend on who computed which chunk, or when.
public enum CoordinateChunks {
    /// Coordinates in a chunk: 256 KiB of a vector, so that 50 rows' worth streams through the cache
    /// while the sum stays in it, and a million parameters make 16 pieces of work.
    public static let size = 1 << 16

    /// The chunks of a vector, in ascending order; the last may be shorter.
    public static func ranges(of dimension: Int) -> [Range<Int>] {
        stride(from: 0, to: dimension, by: size).map { $0..<min($0 + size, dimension) }
    }
}

/// The addresses of many vectors at once, for kernels that read them side by side.
enum RowAddresses {
    /// Calls `body` with one address per row; rows must not be empty.
    ///
    /// Nested calls, one per row, are what keeps all of the rows alive for the length of `body`.
    static func with<Result>(
        _ rows: [[Float]], _ body: ([UnsafePointer<Float>?]) -> Result
    ) -> Result {
        var addresses: [UnsafePointer<Float>?] = []
        addresses.reserveCapacity(rows.count)
        return descend(rows, 0, &addresses, body)
    }

    private static func descend<Result>(
        _ rows: [[Float]], _ index: Int, _ addresses: inout [UnsafePointer<Float>?],
        _ body: ([UnsafePointer<Float>?]) -> Result
    ) -> Result {
        guard index < rows.count else { return body(addresses) }
        return rows[index].withUnsafeBufferPointer { row in
            addresses.append(row.baseAddress)
            return descend(rows, index + 1, &addresses, body)
        }
    }
}
