import CLMDB
import Testing

@testable import PeerKit

@Suite("LMDB store on files that do not fit") struct LMDBForeignFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Opens the directory, expecting a refusal that leaves everything as it was.
    private func refusal() async throws -> StorageError? {
        let before = try directory.names().map { ($0, try directory.read($0)) }
        var refusal: StorageError?
        do throws(StorageError) {
            try await LMDBStore.open(at: directory.path).close()
        } catch {
            refusal = error
        }
        let after = try directory.names().map { ($0, try directory.read($0)) }
        #expect(before.elementsEqual(after, by: ==), "the directory was touched")
        return refusal
    }

    /// The data file of a store that holds something.
    private func wholeFile() async throws -> [UInt8] {
        let other = try TemporaryDirectory()
        let store = try await LMDBStore.open(at: other.path)
        for key in UInt8(1)...20 {
            try await store.put(Array(repeating: key, count: 2000), for: [key], in: "a")
        }
        await store.close()
        return try other.read("data.mdb")
    }

    @Test("text, noise and short files are foreign", arguments: [1, 151, 152, 8192])
    func notLMDB(bytes: Int) async throws {
        try directory.write(Array(repeating: 0x41, count: bytes), to: "data.mdb")
        guard case .foreign = try await refusal() else {
            Issue.record("opened a foreign file")
            return
        }
    }

    @Test(
        "a file cut off anywhere is refused",
        arguments: [200, 4096, 4096 + 100, 8192, 3 * 4096, 10 * 4096])
    func cutOff(bytes: Int) async throws {
        try directory.write(Array(try await wholeFile().prefix(bytes)), to: "data.mdb")
        guard case .corrupt = try await refusal() else {
            Issue.record("opened a file cut to \(bytes) bytes")
            return
        }
    }

    @Test("an empty data file is a new store")
    func emptyFile() async throws {
        try directory.write([], to: "data.mdb")
        let store = try await LMDBStore.open(at: directory.path)
        try await store.put([1], for: [1], in: "a")
        await store.close()
    }

    @Test("damage to the headers is an error or harmless, never a crash", arguments: 0..<152)
    func damagedHeaders(offset: Int) async throws {
        let whole = try await wholeFile()
        for page in 0..<2 {
            for byte in [UInt8(0), 0x7F, 0xFF] {
                var damaged = whole
                damaged[page * 4096 + offset] = byte
                try directory.write(damaged, to: "data.mdb")
                do throws(StorageError) {
                    let store = try await LMDBStore.open(at: directory.path)
                    _ = try await store.entries(limit: 100, in: "a")
                    await store.close()
                } catch {
                    // Any typed error will do.
                }
            }
        }
    }

    @Test("an LMDB file of another program is foreign, and stays as it was")
    func otherProgram() async throws {
        var environment: OpaquePointer?
        try #require(mdb_env_create(&environment) == 0)
        try #require(mdb_env_open(environment, directory.path, UInt32(MDB_NOLOCK), 0o600) == 0)
        var transaction: OpaquePointer?
        try #require(mdb_txn_begin(environment, nil, 0, &transaction) == 0)
        var list = MDB_dbi()
        try #require(mdb_dbi_open(transaction, nil, 0, &list) == 0)
        let code = Array("_psic".utf8).withMDBValue { key in
            [UInt8(1)].withMDBValue { mdb_put(transaction, list, &key, &$0, 0) }
        }
        try #require(code == 0)
        try #require(mdb_txn_commit(transaction) == 0)
        mdb_env_close(environment)
        guard case .foreign = try await refusal() else {
            Issue.record("opened another program's file")
            return
        }
    }

    @Test("a store of a later format is refused by its number")
    func laterFormat() async throws {
        let environment = try LMDBEnvironment(
            path: directory.path, options: .init(maximumTables: 1, mapBytes: 1 << 16), holding: nil)
        let transaction = try environment.begin(readOnly: false)
        let table = try #require(try transaction.table(named: "_psic", creating: true))
        try transaction.put([2], for: Array("format".utf8), in: table)
        try transaction.commit()
        try LMDBOpening.extendFile(of: environment, to: 1 << 16)
        #expect(try await refusal() == .unsupportedFormat(found: 2, supported: 1))
        withExtendedLifetime(environment) {}
    }

    @Test("the header of a fresh store is pinned")
    func pinnedHeader() async throws {
        let bytes = try await wholeFile()
        #expect(Array(bytes[16..<24]) == [0xDE, 0xC0, 0xEF, 0xBE, 1, 0, 0, 0])
        let header = try LMDBHeader(path: "data.mdb", fileBytes: bytes.count) {
            Array(bytes.dropFirst($1).prefix($0))
        }
        #expect(header.pageBytes == 4096)
        #expect(bytes.count == StorageLimits().initialMapBytes)
    }
}
