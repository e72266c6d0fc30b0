import Testing

@testable import PeerKit

@Suite("LMDB store") struct LMDBStoreTests {
    let directory: TemporaryDirectory
    var path: String { directory.file("store") }

    init() throws { directory = try TemporaryDirectory() }

    /// A small store that grows soon.
    private static func small(maximumMapBytes: Int = 64 << 20) -> StorageLimits {
        var limits = StorageLimits()
        limits.initialMapBytes = 1 << 16
        limits.maximumMapBytes = maximumMapBytes
        return limits
    }

    @Test("keeps what was committed across closing and opening")
    func persistence() async throws {
        let store = try await LMDBStore.open(at: path)
        try await store.put([1, 2, 3], for: [7], in: "a")
        await store.close()
        let again = try await LMDBStore.open(at: path)
        #expect(try await again.value(for: [7], in: "a") == [1, 2, 3])
        await again.close()
    }

    @Test("keeps what was committed when the store is dropped without closing")
    func dropped() async throws {
        do {
            let store = try await LMDBStore.open(at: path)
            try await store.put([1], for: [7], in: "a")
        }
        let copy = try TemporaryDirectory()
        try copy.write(directory.read("store/data.mdb"), to: "data.mdb")
        let again = try await LMDBStore.open(at: copy.path)
        #expect(try await again.value(for: [7], in: "a") == [1])
        await again.close()
    }

    @Test("refuses a second opening of the same directory until the first closes")
    func secondOpening() async throws {
        let store = try await LMDBStore.open(at: path)
        await #expect(throws: StorageError.alreadyOpen(path: path)) {
            try await LMDBStore.open(at: path)
        }
        await store.close()
        try await LMDBStore.open(at: path).close()
    }

    @Test("directory and files are its owner's alone")
    func permissions() async throws {
        let store = try await LMDBStore.open(at: path)
        #expect(try directory.permissions(of: "store") == 0o700)
        for name in try directory.names(in: "store") {
            #expect(try directory.permissions(of: "store/" + name) == 0o600)
        }
        await store.close()
        try directory.setPermissions(0o750, of: "store")
        await #expect(throws: StorageError.notPrivate(path: path, mode: 0o750)) {
            try await LMDBStore.open(at: path)
        }
    }

    @Test("grows its map until everything fits, and opens at the grown size")
    func growth() async throws {
        let store = try await LMDBStore.open(at: path, limits: Self.small())
        #expect(try await store.mapBytes() == 1 << 16)
        let value = [UInt8](repeating: 0x5A, count: 3 << 20)
        try await store.put(value, for: [1], in: "a")
        let grown = try await store.mapBytes()
        #expect(grown == 4 << 20)
        #expect(try await store.value(for: [1], in: "a") == value)
        await store.close()
        let again = try await LMDBStore.open(at: path, limits: Self.small())
        #expect(try await again.mapBytes() == grown)
        #expect(try await again.value(for: [1], in: "a") == value)
        await again.close()
    }

    @Test("says so when full, keeps what it has, and still serves and removes")
    func full() async throws {
        let store = try await LMDBStore.open(
            at: path, limits: Self.small(maximumMapBytes: 1 << 20))
        try await store.put([1], for: [1], in: "a")
        var batch = WriteBatch()
        batch.put([2], for: [1], in: "a")
        batch.put(Array(repeating: 0, count: 2 << 20), for: [2], in: "a")
        await #expect(throws: StorageError.full(maximumBytes: 1 << 20)) {
            try await store.commit(batch)
        }
        #expect(try await store.entries(limit: 9, in: "a") == [StoreEntry(key: [1], value: [1])])
        try await store.put([3], for: [1], in: "a")
        batch = WriteBatch()
        batch.remove([1], in: "a")
        try await store.commit(batch)
        #expect(try await store.entries(limit: 9, in: "a") == [])
        await store.close()
    }

    @Test("space of removed entries is used again")
    func reuse() async throws {
        let store = try await LMDBStore.open(
            at: path, limits: Self.small(maximumMapBytes: 4 << 20))
        for round in UInt8(0)..<40 {
            var batch = WriteBatch()
            batch.removeAll(in: "a")
            batch.put(Array(repeating: round, count: 1 << 20), for: [round], in: "a")
            try await store.commit(batch)
        }
        #expect(try await store.entries(limit: 9, in: "a").map(\.key) == [[39]])
        await store.close()
    }

    @Test(
        "many small commits through several growths lose nothing", arguments: [11, 12] as [UInt64])
    func growthUnderLoad(seed: UInt64) async throws {
        var generator = StorageTestGenerator(seed: seed)
        let limits = Self.small()
        var store = try await LMDBStore.open(at: path, limits: limits)
        var expected: [[UInt8]: [UInt8]] = [:]
        for round in 0..<60 {
            var batch = WriteBatch()
            for _ in 0..<50 {
                let key = withUnsafeBytes(
                    of: UInt32.random(in: 0..<1500, using: &generator).bigEndian, Array.init)
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    batch.remove(key, in: "a")
                    expected[key] = nil
                } else {
                    let value = [UInt8](
                        repeating: UInt8(round),
                        count: Int.random(in: 0..<6000, using: &generator))
                    batch.put(value, for: key, in: "a")
                    expected[key] = value
                }
            }
            try await store.commit(batch)
            if round % 20 == 19 {
                await store.close()
                store = try await LMDBStore.open(at: path, limits: limits)
            }
        }
        #expect(try await store.mapBytes() >= 2 << 20)
        let entries = try await store.entries(limit: .max, in: "a")
        #expect(entries.map(\.key) == expected.keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(entries.allSatisfy { expected[$0.key] == $0.value })
        await store.close()
    }

    @Test("a limit lowered below what is there refuses, and loses nothing")
    func loweredLimits() async throws {
        let store = try await LMDBStore.open(at: path)
        let tables: [StoreTable] = ["a", "b", "c", "d", "e"]
        for table in tables { try await store.put([1], for: [1], in: table) }
        await store.close()
        var limits = StorageLimits()
        limits.maximumTables = 1
        limits.maximumMapBytes = 1 << 16
        let lowered = try await LMDBStore.open(at: path, limits: limits)
        var refusals: Set<StorageError> = []
        for table in tables {
            do throws(StorageError) {
                #expect(try await lowered.value(for: [1], in: table) == [1])
            } catch {
                refusals.insert(error)
            }
        }
        #expect(refusals == [.tooManyTables(limit: 1)])
        await lowered.close()
        let again = try await LMDBStore.open(at: path)
        for table in tables { #expect(try await again.value(for: [1], in: table) == [1]) }
        await again.close()
    }

    @Test("paths that cannot be a directory give a typed error")
    func badPaths() async throws {
        try directory.write([1], to: "file")
        for path in ["", "a\u{0}b", directory.file("file")] {
            await #expect(throws: StorageError.invalidPath(path)) {
                try await LMDBStore.open(at: path)
            }
        }
        let orphan = directory.file("no/such/parent")
        await #expect(throws: StorageError.system(operation: "mkdir", code: 2)) {
            try await LMDBStore.open(at: orphan)
        }
    }
}
