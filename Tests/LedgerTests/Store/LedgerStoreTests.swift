import Foundation
import PeerKit
import Testing

@testable import Ledger

@Suite("Ledger store") struct LedgerStoreTests {
    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func open(_ limits: LedgerStoreLimits = TestChain.limits) throws -> LedgerStore {
        try LedgerStore(at: directory.file("ledger"), limits: limits)
    }

    private func put(_ number: UInt64, in store: LedgerStore) throws {
        try store.write { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.headers, number, StoredBytes([UInt8(number & 255)]))
        }
    }

    private func get(_ number: UInt64, in store: LedgerStore) throws -> [UInt8]? {
        try store.read { reader throws(LedgerStoreError) in
            try reader.value(LedgerTables.headers, number)?.stored
        }
    }

    @Test("keeps what was written, also when it is opened again") func durable() throws {
        try put(7, in: open())
        #expect(try get(7, in: open()) == [7])
    }

    @Test("writes nothing of a transaction that throws") func rollback() throws {
        let store = try open()
        try put(1, in: store)
        #expect(throws: LedgerStoreError.corrupt("no")) {
            try store.write { writer throws(LedgerStoreError) in
                try writer.put(LedgerTables.headers, 1, StoredBytes([99]))
                try writer.put(LedgerTables.headers, 2, StoredBytes([2]))
                throw .corrupt("no")
            }
        }
        #expect(try get(1, in: store) == [1])
        #expect(try get(2, in: store) == nil)
        try put(2, in: store)
        #expect(try get(2, in: store) == [2])
    }

    @Test("a snapshot does not see what comes after it, and outlives the closing")
    func snapshots() throws {
        let store = try open()
        try put(1, in: store)
        let snapshot = try store.snapshot()
        try put(2, in: store)
        #expect(try snapshot.value(LedgerTables.headers, 2) == nil)
        #expect(try store.snapshot().value(LedgerTables.headers, 2) != nil)
        store.close()
        #expect(try snapshot.value(LedgerTables.headers, 1)?.stored == [1])
        #expect(throws: LedgerStoreError.closed) { _ = try store.snapshot() }
        #expect(throws: LedgerStoreError.closed) { try put(3, in: store) }
    }

    @Test("reads on several threads while one writes") func concurrent() async throws {
        let store = try open()
        try put(0, in: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<300 {
                        let snapshot = try store.snapshot()
                        let count = try snapshot.read { reader throws(LedgerStoreError) in
                            try reader.statistics(of: .headers).entries
                        }
                        // Every write makes pairs: no view has one without the other.
                        #expect(count % 2 == 1)
                    }
                }
            }
            group.addTask {
                for number in 1...100 as ClosedRange<UInt64> {
                    try store.write { writer throws(LedgerStoreError) in
                        try writer.put(LedgerTables.headers, number * 2, StoredBytes([1]))
                        try writer.put(LedgerTables.headers, number * 2 + 1, StoredBytes([1]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("refuses more snapshots than there may be") func tooManySnapshots() throws {
        var limits = TestChain.limits
        limits.maximumSnapshots = 5
        let store = try open(limits)
        var snapshots: [LedgerSnapshot] = []
        #expect(throws: LedgerStoreError.tooManySnapshots(limit: 5)) {
            for _ in 0..<50 { snapshots.append(try store.snapshot()) }
        }
        snapshots = []
        _ = try store.snapshot()
    }

    @Test("a full store refuses to write, and loses nothing") func full() throws {
        var limits = TestChain.limits
        limits.maximumBytes = 1 << 20
        limits.headroomBytes = 1 << 20
        let store = try open(limits)
        try put(1, in: store)
        #expect(throws: LedgerStoreError.storage(.full(maximumBytes: 1 << 20))) {
            try store.write { writer throws(LedgerStoreError) in
                for number in 0..<10 as Range<UInt64> {
                    try writer.put(
                        LedgerTables.bodies, number,
                        StoredBytes([UInt8](repeating: 1, count: 1 << 20)))
                }
            }
        }
        #expect(try get(1, in: store) == [1])
        try put(2, in: store)
        #expect(try get(2, in: store) == [2])
    }

    @Test("is locked while it is open") func locked() throws {
        let store = try open()
        let path = directory.file("ledger")
        #expect(throws: LedgerStoreError.storage(.alreadyOpen(path: path))) { _ = try open() }
        withExtendedLifetime(store) {}
    }

    @Test("does not take another store's file, nor that one its own") func foreign() async throws {
        let other = directory.file("other")
        try await LMDBStore.open(at: other).close()
        #expect(throws: LedgerStoreError.self) { _ = try LedgerStore(at: other) }
        do { _ = try open() }
        await #expect(throws: StorageError.self) {
            _ = try await LMDBStore.open(at: directory.file("ledger"))
        }
    }

    @Test("does not open a file that has lost its end", arguments: [8192, 40_960])
    func cutOff(bytes: Int) throws {
        do {
            let store = try open()
            for number in 0..<200 as Range<UInt64> { try put(number, in: store) }
        }
        let path = directory.file("ledger/data.mdb")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: UInt64(bytes))
        try handle.close()
        do throws(LedgerStoreError) {
            _ = try LedgerStore(at: directory.file("ledger"), limits: TestChain.limits)
            Issue.record("opened a file cut to \(bytes) bytes")
        } catch {
            guard case .storage(.corrupt) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("brings older tables up to date at once, and leaves newer ones alone")
    func schema() throws {
        let store = try open()
        try store.write { writer throws(LedgerStoreError) in
            try LedgerSchema.bringUpToDate(
                writer, to: 3,
                steps: [
                    1: { writer throws(LedgerStoreError) in
                        try writer.put(LedgerTables.headers, 1, StoredBytes([1]))
                    },
                    2: { writer throws(LedgerStoreError) in
                        try writer.put(LedgerTables.headers, 2, StoredBytes([2]))
                    },
                ])
        }
        #expect(try get(1, in: store) == [1])
        #expect(try get(2, in: store) == [2])
        #expect(throws: LedgerStoreError.schema(found: 3, supported: 1)) {
            try store.write { writer throws(LedgerStoreError) in
                try LedgerSchema.bringUpToDate(writer)
            }
        }
        #expect(throws: LedgerStoreError.schema(found: 3, supported: 9)) {
            try store.write { writer throws(LedgerStoreError) in
                try LedgerSchema.bringUpToDate(writer, to: 9)
            }
        }
    }

    @Test("a backup restores to the same, into an empty place only") func backup() async throws {
        var test = try TestChain()
        for _ in 0..<5 { try await test.mine([test.sign(0, to: .zero)]) }
        let file = directory.file("backup")
        try test.chain.store.store.backup(to: file)
        #expect(throws: LedgerStoreError.self) { try test.chain.store.store.backup(to: file) }
        let place = directory.file("restored")
        try LedgerStore.restore(file, to: place, limits: TestChain.limits)
        #expect(throws: LedgerStoreError.storage(.occupied(path: place))) {
            try LedgerStore.restore(file, to: place, limits: TestChain.limits)
        }
        let restored = try ChainStore(LedgerStore(at: place, limits: TestChain.limits))
        #expect(try restored.view().headHash == test.chain.head.hash)
        #expect(restored.genesis == test.genesis)
        #expect(try ChainCheck.run(restored, executing: true).failures == [])
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: directory.file("noise")))
        #expect(throws: LedgerStoreError.self) {
            try LedgerStore.restore(directory.file("noise"), to: directory.file("more"))
        }
    }

    @Test("compacting gives space back and keeps everything") func compacting() throws {
        do {
            let store = try open()
            try store.write { writer throws(LedgerStoreError) in
                for number in 0..<200 as Range<UInt64> {
                    try writer.put(
                        LedgerTables.bodies, number,
                        StoredBytes([UInt8](repeating: 7, count: 20_000)))
                }
            }
            try store.write { writer throws(LedgerStoreError) in
                for number in 1..<200 as Range<UInt64> {
                    try writer.remove(LedgerTables.bodies, number)
                }
            }
        }
        let sizes = try LedgerStore.compact(
            at: directory.file("ledger"), limits: TestChain.limits)
        #expect(sizes.after < sizes.before / 10)
        let store = try open()
        #expect(
            try store.snapshot().value(LedgerTables.bodies, 0)?.stored
                == [UInt8](repeating: 7, count: 20_000))
        try put(1, in: store)
    }

    @Test("a check names what is damaged") func check() async throws {
        var test = try TestChain()
        try await test.mine([
            test.sign(0, to: nil, value: 0, input: TestChain.creating(TestChain.storing))
        ])
        let contract = Address.created(by: TestChain.address(0), nonce: 0)
        let block = try await test.mine([
            test.sign(0, to: contract, value: 0, input: UInt256(5).bytes + UInt256(1).bytes)
        ])
        let store = test.chain.store
        #expect(try ChainCheck.run(store).failures == [])
        func damage(
            _ word: String,
            _ body: (borrowing LedgerWriter) throws(LedgerStoreError) -> Void
        ) throws {
            let copy = directory.file(UUID().uuidString)
            try store.store.backup(to: copy)
            try LedgerStore.restore(copy, to: copy + ".d", limits: TestChain.limits)
            let damaged = try ChainStore(LedgerStore(at: copy + ".d", limits: TestChain.limits))
            try damaged.store.write(body)
            let failures = try ChainCheck.run(damaged, executing: true).failures
            #expect(failures.contains { $0.contains(word) }, "\(word): \(failures)")
        }
        try damage("account") { writer throws(LedgerStoreError) in
            try writer.put(
                LedgerTables.accounts, TestChain.address(1), AccountRecord(Account(balance: 1)))
        }
        try damage("accounts, the table") { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.accounts, .zero, AccountRecord(Account(balance: 1)))
        }
        try damage("slot 1") { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.slots, SlotKey(address: contract, slot: 1), 6)
        }
        try damage("of no account") { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.slots, SlotKey(address: .zero, slot: 1), 6)
        }
        try damage("of no use") { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.accountNodes, NodePath([9, 9, 9, 9]), StoredBytes([0xc0]))
        }
        try damage("is missing") { writer throws(LedgerStoreError) in
            try writer.remove(LedgerTables.accountNodes, NodePath())
        }
        try damage("code") { writer throws(LedgerStoreError) in
            try writer.put(
                LedgerTables.codes, Keccak256.hash(TestChain.storing), StoredBytes([1]))
        }
        try damage("not found by its hash") { writer throws(LedgerStoreError) in
            try writer.remove(LedgerTables.numbers, block.hash)
        }
        try damage("transaction 0") { writer throws(LedgerStoreError) in
            try writer.remove(LedgerTables.transactions, block.transactions[0].hash)
        }
        try damage("receipts") { writer throws(LedgerStoreError) in
            try writer.put(LedgerTables.receipts, 2, StoredBytes([0xc0]))
        }
        try damage("executed anew") { writer throws(LedgerStoreError) in
            var header = block.header
            header.gasUsed += 1
            try writer.put(LedgerTables.headers, 2, StoredBytes(header.encoded))
        }
    }
}
