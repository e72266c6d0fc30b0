import Testing

@testable import PeerKit

@Suite("memory store") struct MemoryStoreTests {
    private struct Hook: Sendable {
        let opened: AsyncStream<Void>
        let open: AsyncStream<Void>.Continuation
        let arrived: AsyncStream<Void>
        let arrive: AsyncStream<Void>.Continuation

        init() {
            (opened, open) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
            (arrived, arrive) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        }
    }

    @Test("a snapshot keeps what was committed by then, and a store restarts from it")
    func restart() async throws {
        let store = MemoryStore()
        try await store.put([1], for: [1], in: "a")
        let snapshot = await store.snapshot()
        try await store.put([2], for: [1], in: "a")
        await store.close()
        let restarted = MemoryStore(contents: snapshot)
        #expect(try await restarted.value(for: [1], in: "a") == [1])
        #expect(await store.snapshot() != snapshot)
    }

    @Test("a pending commit is invisible, and lost with a crash")
    func pending() async throws {
        let hook = Hook()
        let store = MemoryStore { _ async throws(StorageError) in
            hook.arrive.yield()
            for await _ in hook.opened { break }
        }
        async let commit: Void = store.put([1], for: [1], in: "a")
        for await _ in hook.arrived { break }
        #expect(try await store.value(for: [1], in: "a") == nil)
        let crashed = await store.snapshot()
        #expect(crashed == MemoryStore.Contents())
        hook.open.yield()
        try await commit
        #expect(try await store.value(for: [1], in: "a") == [1])
    }

    @Test("a commit that the gate refuses is lost as a whole")
    func lost() async throws {
        let failure = StorageError.system(operation: "fsync", code: 5)
        let store = MemoryStore { batch async throws(StorageError) in
            if batch.operations.count > 1 { throw failure }
        }
        try await store.put([1], for: [1], in: "a")
        var batch = WriteBatch()
        batch.removeAll(in: "a")
        batch.put([2], for: [2], in: "a")
        await #expect(throws: failure) { try await store.commit(batch) }
        #expect(try await store.entries(limit: 9, in: "a") == [StoreEntry(key: [1], value: [1])])
    }

    @Test("a commit still pending when the store closes is lost")
    func closedWhilePending() async throws {
        let hook = Hook()
        let store = MemoryStore { _ async throws(StorageError) in
            hook.arrive.yield()
            for await _ in hook.opened { break }
        }
        let commit = Task { try await store.put([1], for: [1], in: "a") }
        for await _ in hook.arrived { break }
        await store.close()
        hook.open.yield()
        await #expect(throws: StorageError.closed) { try await commit.value }
        #expect(await store.snapshot() == MemoryStore.Contents())
    }
}
