import Testing

@testable import PeerKit

@Suite("memory and LMDB stores agree") struct StoreEquivalenceTests {
    @Test("on every answer and refusal in a random sequence", arguments: [1, 2, 3] as [UInt64])
    func randomOperations(seed: UInt64) async throws {
        let directory = try TemporaryDirectory()
        var limits = StorageLimits()
        limits.maximumTables = 3
        limits.maximumValueBytes = 3000
        limits.initialMapBytes = 1 << 16
        limits.maximumMapBytes = 64 << 20
        let memory = MemoryStore(limits: limits)
        var disk = try await LMDBStore.open(at: directory.file("store"), limits: limits)
        var random = Sequence(seed: seed)
        var refusals = 0
        for step in 0..<400 {
            let batch = random.batch()
            let expected = await Self.refusal { () async throws(StorageError) in
                try await memory.commit(batch)
            }
            let found = await Self.refusal { () async throws(StorageError) in
                try await disk.commit(batch)
            }
            try #require(expected == found, "seed \(seed), step \(step)")
            if expected != nil { refusals += 1 }

            let table = random.table()
            let key = random.key()
            let value = try await memory.value(for: key, in: table)
            try #require(try await disk.value(for: key, in: table) == value)
            let (prefix, after, limit) = (random.bound(), random.after(), random.limit())
            let entries = try await memory.entries(
                prefix: prefix, after: after, limit: limit, in: table)
            try #require(
                try await disk.entries(prefix: prefix, after: after, limit: limit, in: table)
                    == entries,
                "seed \(seed), step \(step)")
            if step % 100 == 99 {
                await disk.close()
                disk = try await LMDBStore.open(at: directory.file("store"), limits: limits)
            }
        }
        // The sequence has to have met the limits, or it shows little.
        #expect(refusals > 0)
        await disk.close()
    }

    private static func refusal(
        _ body: () async throws(StorageError) -> Void
    ) async -> StorageError? {
        do throws(StorageError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    /// Draws operations over few, colliding keys.
    private struct Sequence {
        var generator: StorageTestGenerator
        static let tables: [StoreTable] = ["a", "b", "c", "d"]

        init(seed: UInt64) { generator = StorageTestGenerator(seed: seed) }

        mutating func table() -> StoreTable {
            // The fourth table is rare and, with three allowed, one too many.
            let index = Int.random(in: 0..<40, using: &generator)
            return Self.tables[index == 0 ? 3 : index % 3]
        }

        mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
            let alphabet: [UInt8] = [0, 1, 2, 127, 128, 255]
            return (0..<Int.random(in: count, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
        }

        mutating func key() -> [UInt8] { bytes(1...4) }
        mutating func bound() -> [UInt8] { bytes(0...2) }
        mutating func after() -> [UInt8]? { Bool.random(using: &generator) ? bytes(0...4) : nil }
        mutating func limit() -> Int { Int.random(in: 0...30, using: &generator) }

        mutating func batch() -> WriteBatch {
            var batch = WriteBatch()
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                switch Int.random(in: 0..<100, using: &generator) {
                case 0..<60:
                    let value = [UInt8](
                        repeating: UInt8.random(in: .min ... .max, using: &generator),
                        count: Int.random(in: 0...60, using: &generator))
                    batch.put(value, for: key(), in: table())
                case 60..<70: batch.put(bytes(1000...2900), for: key(), in: table())
                case 70..<98: batch.remove(key(), in: table())
                case 98: batch.removeAll(in: table())
                default: batch.put([], for: [], in: table())
                }
            }
            return batch
        }
    }
}
