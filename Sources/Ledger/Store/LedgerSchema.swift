/// The version of the tables, and the way from older ones.
enum LedgerSchema {
    /// Version 1: ``TableName`` as it is documented.
    static let version: UInt64 = 1

    /// Steps from a version to the next, by the version that they start from. A step runs in the
    /// transaction that raises the number, so that it happens once and wholly.
    ///
    /// None yet, as there has been one version only.
    typealias Step = @Sendable (borrowing LedgerWriter) throws(LedgerStoreError) -> Void

    /// Notes the version in a new store, and brings an older one up to date.
    static func bringUpToDate(
        _ writer: borrowing LedgerWriter, to version: UInt64 = version,
        steps: [UInt64: Step] = [:]
    ) throws(LedgerStoreError) {
        let stored = try writer.value(LedgerTables.meta, .schema)?.stored
        if let stored {
            guard var found = stored.withUnsafeBytes({ UInt64(stored: $0) }) else {
                throw .corrupt("meta schema")
            }
            if found == version { return }
            let start = found
            while found < version {
                guard let step = steps[found] else { break }
                try step(writer)
                found += 1
            }
            guard found == version else { throw .schema(found: start, supported: version) }
        }
        try writer.put(LedgerTables.meta, .schema, StoredBytes(version.stored))
    }
}
