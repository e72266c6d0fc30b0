/// What the head of an LMDB data file says, read before LMDB maps it.
///
/// LMDB trusts its file: a page size of zero divides by zero, a file shorter than its header says
/// kills the process on the first touch of the missing part. Here both become errors. Damage
/// inside the pages is beyond this check; LMDB keeps no checksums.
///
/// Layout: `MDB_page` and `MDB_meta` of LMDB 0.9 (data format version 1) on 64-bit little-endian
/// machines; pages 0 and 1 each hold one, and the one with the larger transaction number counts.
struct LMDBHeader: Equatable {
    /// Bytes per page.
    let pageBytes: Int
    /// The highest page in use; the file reaches to its end.
    let lastPage: UInt64

    /// Bytes of a meta page that are read.
    static let metaBytes = 152
    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let version: UInt32 = 1
    private static let metaFlag: UInt16 = 0x08

    /// Reads the head of a file.
    ///
    /// - Parameters:
    ///   - path: The file's path, for errors.
    ///   - fileBytes: Length of the file.
    ///   - read: Reads up to `count` bytes at `offset`.
    /// - Throws: ``StorageError/foreign(path:reason:)`` or ``StorageError/corrupt(path:reason:)``.
    init(
        path: String, fileBytes: Int,
        read: (_ count: Int, _ offset: Int) throws(StorageError) -> [UInt8]
    ) throws(StorageError) {
        let first = try Meta(read(Self.metaBytes, 0), page: 0, path: path)
        let second = try Meta(read(Self.metaBytes, first.pageBytes), page: 1, path: path)
        guard first.pageBytes == second.pageBytes else {
            throw .corrupt(path: path, reason: "its two headers disagree on the page size")
        }
        let newest = second.transaction > first.transaction ? second : first
        pageBytes = newest.pageBytes
        lastPage = newest.lastPage
        // Our data files are as long as their map, so a shorter one has lost its end.
        guard lastPage < UInt64(fileBytes / pageBytes) else {
            throw .corrupt(
                path: path, reason: "\(fileBytes) bytes are too few for page \(lastPage)")
        }
    }

    private struct Meta {
        let pageBytes: Int
        let lastPage: UInt64
        let transaction: UInt64

        init(_ bytes: [UInt8], page: UInt64, path: String) throws(StorageError) {
            guard bytes.count == LMDBHeader.metaBytes else {
                throw page == 0
                    ? .foreign(path: path, reason: "it is too short")
                    : .corrupt(path: path, reason: "it is too short")
            }
            func integer<T: FixedWidthInteger>(at offset: Int, as: T.Type) -> T {
                bytes[offset..<offset + MemoryLayout<T>.size].reversed()
                    .reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
            }
            guard integer(at: 16, as: UInt32.self) == LMDBHeader.magic else {
                throw page == 0
                    ? .foreign(path: path, reason: "it does not start as one of LMDB")
                    : .corrupt(path: path, reason: "header 1 is damaged")
            }
            let version = integer(at: 20, as: UInt32.self)
            guard version == LMDBHeader.version else {
                throw .foreign(path: path, reason: "it has LMDB data format \(version)")
            }
            guard integer(at: 0, as: UInt64.self) == page,
                integer(at: 10, as: UInt16.self) & LMDBHeader.metaFlag != 0
            else { throw .corrupt(path: path, reason: "header \(page) is damaged") }
            // The page size is kept in the spare field of the free list's record, the first of two.
            let pageBytes = integer(at: 40, as: UInt32.self)
            guard (256...32_768).contains(pageBytes), pageBytes.nonzeroBitCount == 1 else {
                throw .corrupt(path: path, reason: "pages of \(pageBytes) bytes")
            }
            self.pageBytes = Int(pageBytes)
            lastPage = integer(at: 136, as: UInt64.self)
            transaction = integer(at: 144, as: UInt64.self)
            for (offset, tree) in [(80, "free list"), (128, "table list")] {
                let root = integer(at: offset, as: UInt64.self)
                guard root == .max || (2...max(2, lastPage)).contains(root) else {
                    throw .corrupt(
                        path: path, reason: "the \(tree) is at page \(root) of \(lastPage)")
                }
            }
        }
    }
}
