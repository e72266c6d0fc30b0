import Testing

@testable import PeerKit

/// What every store has to do, run against each.
@Suite("key-value stores") struct KeyValueStoreTests {
    enum Kind: CaseIterable, Sendable { case memory, lmdb }

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(
        _ kind: Kind, limits: StorageLimits = StorageLimits()
    ) async throws -> any KeyValueStore {
        switch kind {
        case .memory: MemoryStore(limits: limits)
        case .lmdb: try await LMDBStore.open(at: directory.file("store"), limits: limits)
        }
    }

    @Test("reads back what was put, and nil for what was not", arguments: Kind.allCases)
    func readBack(_ kind: Kind) async throws {
        let store = try await open(kind)
        #expect(try await store.value(for: [1], in: "never-written") == nil)
        try await store.put([9], for: [1], in: "a")
        try await store.put([], for: [2], in: "a")
        try await store.put([8], for: [1], in: "b")
        #expect(try await store.value(for: [1], in: "a") == [9])
        #expect(try await store.value(for: [2], in: "a") == [])
        #expect(try await store.value(for: [3], in: "a") == nil)
        #expect(try await store.value(for: [1], in: "b") == [8])
        try await store.put([7, 7], for: [1], in: "a")
        #expect(try await store.value(for: [1], in: "a") == [7, 7])
        await store.close()
    }

    @Test("a batch applies in order; the last write to a key wins", arguments: Kind.allCases)
    func orderInBatch(_ kind: Kind) async throws {
        let store = try await open(kind)
        var batch = WriteBatch()
        batch.put([1], for: [1], in: "a")
        batch.put([1], for: [2], in: "a")
        batch.removeAll(in: "a")
        batch.put([2], for: [3], in: "a")
        batch.put([3], for: [3], in: "a")
        batch.put([4], for: [4], in: "a")
        batch.remove([4], in: "a")
        batch.remove([5], in: "absent")
        batch.removeAll(in: "absent")
        try await store.commit(batch)
        #expect(
            try await store.entries(limit: 10, in: "a") == [StoreEntry(key: [3], value: [3])])
        await store.close()
    }

    @Test(
        "entries come in bytewise order, by prefix, after a key, within a limit",
        arguments: Kind.allCases)
    func ranges(_ kind: Kind) async throws {
        let store = try await open(kind)
        let keys: [[UInt8]] = [
            [0], [1], [1, 0], [1, 0, 0], [1, 255], [2], [127], [128], [255, 255],
        ]
        var batch = WriteBatch()
        for key in keys.reversed() { batch.put(key, for: key, in: "a") }
        try await store.commit(batch)
        func found(
            _ prefix: [UInt8], after: [UInt8]? = nil, limit: Int = 100
        ) async throws -> [[UInt8]] {
            try await store.entries(prefix: prefix, after: after, limit: limit, in: "a").map(\.key)
        }
        #expect(try await found([]) == keys)
        #expect(try await found([], limit: 2) == [[0], [1]])
        #expect(try await found([], limit: 0) == [])
        #expect(try await found([], limit: -1) == [])
        #expect(try await found([1]) == [[1], [1, 0], [1, 0, 0], [1, 255]])
        #expect(try await found([1], after: [1]) == [[1, 0], [1, 0, 0], [1, 255]])
        #expect(try await found([1], after: [1, 1]) == [[1, 255]])
        #expect(try await found([1], after: [0]) == [[1], [1, 0], [1, 0, 0], [1, 255]])
        #expect(try await found([1], after: [2]) == [])
        #expect(try await found([], after: []) == keys)
        #expect(try await found([], after: [255, 255]) == [])
        #expect(try await found([255], after: [255]) == [[255, 255]])
        #expect(try await found([3]) == [])
        await store.close()
    }

    @Test("pages join up to the whole table", arguments: Kind.allCases)
    func paging(_ kind: Kind) async throws {
        let store = try await open(kind)
        var batch = WriteBatch()
        for index in UInt8(0)..<100 { batch.put([index], for: [7, index], in: "a") }
        try await store.commit(batch)
        var values: [UInt8] = []
        var last: [UInt8]?
        while true {
            let page = try await store.entries(prefix: [7], after: last, limit: 9, in: "a")
            values += page.flatMap(\.value)
            last = page.last?.key
            if page.count < 9 { break }
        }
        #expect(values == Array(0..<100))
        await store.close()
    }

    @Test("a refused batch leaves nothing behind", arguments: Kind.allCases)
    func atomicity(_ kind: Kind) async throws {
        var limits = StorageLimits()
        limits.maximumValueBytes = 100
        limits.maximumTables = 2
        limits.maximumBatchOperations = 4
        limits.maximumBatchBytes = 250
        let store = try await open(kind, limits: limits)
        try await store.put([1], for: [1], in: "a")
        var start = WriteBatch()
        start.put([2], for: [1], in: "a")
        start.removeAll(in: "a")

        var emptyKey = start
        emptyKey.put([1], for: [], in: "a")
        var longKey = start
        longKey.remove(Array(repeating: 1, count: 512), in: "a")
        var longValue = start
        longValue.put(Array(repeating: 1, count: 101), for: [2], in: "a")
        var tables = start
        tables.put([1], for: [1], in: "b")
        tables.put([1], for: [1], in: "c")
        var operations = start
        for key in UInt8(0)..<3 { operations.remove([key], in: "a") }
        var bytes = start
        for key in UInt8(0)..<2 {
            bytes.put(Array(repeating: 1, count: 100), for: [key], in: "a")
        }
        let key100 = [UInt8](repeating: 3, count: 100)
        var bytesOfKeys = WriteBatch()
        for _ in 0..<3 { bytesOfKeys.remove(key100, in: "a") }

        let refused: [(WriteBatch, StorageError)] = [
            (emptyKey, .keyLength(0, allowed: 1...511)),
            (longKey, .keyLength(512, allowed: 1...511)),
            (longValue, .valueTooLarge(bytes: 101, limit: 100)),
            (tables, .tooManyTables(limit: 2)),
            (operations, .tooManyOperations(5, limit: 4)),
            (bytesOfKeys, .batchTooLarge(bytes: 300, limit: 250)),
        ]
        for (batch, error) in refused {
            await #expect(throws: error) { try await store.commit(batch) }
            #expect(
                try await store.entries(limit: 9, in: "a") == [StoreEntry(key: [1], value: [1])])
            #expect(try await store.entries(limit: 9, in: "b") == [])
        }
        try await store.commit(bytes)
        #expect(try await store.entries(limit: 9, in: "a").count == 2)
        await store.close()
    }

    @Test("keys of 511 bytes work, longer ones are refused everywhere", arguments: Kind.allCases)
    func keyLengths(_ kind: Kind) async throws {
        let store = try await open(kind)
        let longest = [UInt8](repeating: 5, count: 511)
        let tooLong = longest + [5]
        try await store.put([1], for: longest, in: "a")
        #expect(try await store.value(for: longest, in: "a") == [1])
        #expect(try await store.entries(prefix: longest, limit: 1, in: "a").count == 1)
        let refusal = StorageError.keyLength(512, allowed: 1...511)
        let boundRefusal = StorageError.keyLength(512, allowed: 0...511)
        await #expect(throws: refusal) { try await store.value(for: tooLong, in: "a") }
        await #expect(throws: boundRefusal) {
            try await store.entries(prefix: tooLong, limit: 1, in: "a")
        }
        await #expect(throws: boundRefusal) {
            try await store.entries(prefix: [], after: tooLong, limit: 1, in: "a")
        }
        await #expect(throws: StorageError.keyLength(0, allowed: 1...511)) {
            try await store.value(for: [], in: "a")
        }
        await store.close()
    }

    @Test(
        "an emptied table still counts, so refusals do not depend on the store",
        arguments: Kind.allCases)
    func emptiedTable(_ kind: Kind) async throws {
        var limits = StorageLimits()
        limits.maximumTables = 1
        let store = try await open(kind, limits: limits)
        try await store.put([1], for: [1], in: "a")
        var batch = WriteBatch()
        batch.removeAll(in: "a")
        try await store.commit(batch)
        await #expect(throws: StorageError.tooManyTables(limit: 1)) {
            try await store.put([1], for: [1], in: "b")
        }
        try await store.put([1], for: [1], in: "a")
        await store.close()
    }

    @Test(
        "a closed store refuses everything, and closing again is harmless",
        arguments: Kind.allCases)
    func closed(_ kind: Kind) async throws {
        let store = try await open(kind)
        await store.close()
        await store.close()
        await #expect(throws: StorageError.closed) { try await store.value(for: [1], in: "a") }
        await #expect(throws: StorageError.closed) { try await store.entries(limit: 1, in: "a") }
        await #expect(throws: StorageError.closed) { try await store.commit(WriteBatch()) }
    }

    @Test(
        "table names outside the rule are refused",
        arguments: [
            "", "_psic", "A", "1a", "a b", "a\u{0}b", "ä", String(repeating: "a", count: 65),
        ])
    func tableNames(_ name: String) {
        #expect(throws: StorageError.invalidTableName(name)) { try StoreTable(name) }
    }

    @Test("table names within the rule are kept", arguments: ["a", "peers/by-id.v2"])
    func goodTableNames(_ name: String) throws {
        #expect(try StoreTable(name).name == name)
    }
}

extension KeyValueStore {
    /// Commits one value.
    func put(_ value: [UInt8], for key: [UInt8], in table: StoreTable) async throws(StorageError) {
        var batch = WriteBatch()
        batch.put(value, for: key, in: table)
        try await commit(batch)
    }
}
