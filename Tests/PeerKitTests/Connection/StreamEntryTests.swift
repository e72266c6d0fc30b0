import NIOCore
import Testing

@testable import PeerKit

@Suite("Inbox of a stream") struct StreamEntryTests {
    private func slice(_ bytes: [UInt8], in capacity: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
        buffer.writeBytes(bytes)
        return buffer.readSlice(length: bytes.count) ?? buffer
    }

    private var entry: StreamEntry { StreamEntry(phase: .open, direction: .inbound) }

    @Test("gives back what was stored, in order, in any pieces", arguments: 0..<30)
    func keepsOrder(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "inbox")
        let entry = entry
        var expected: [UInt8] = []
        var taken: [UInt8] = []
        for _ in 0..<200 {
            let count = Int.random(in: 0..<3000, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let capacity = Bool.random(using: &generator) ? count : 65_536
            entry.store(slice(bytes, in: capacity))
            expected += bytes
            let limit = Int.random(in: 1..<4000, using: &generator)
            if let part = entry.take(upTo: limit) {
                #expect(part.readableBytes <= limit)
                #expect(part.readableBytes > 0)
                taken += Array(part.readableBytesView)
            }
        }
        while let part = entry.take(upTo: .max) { taken += Array(part.readableBytesView) }
        #expect(taken == expected)
    }

    @Test func tinyPiecesDoNotHoldLargeReadsAlive() {
        let entry = entry
        // A megabyte that comes one byte at a time, each a slice of a read of 64 KiB.
        for number in 0..<(1 << 16) {
            entry.store(slice([UInt8(truncatingIfNeeded: number)], in: 65_536))
        }
        let held = entry.inbox.reduce(0) { $0 + $1.storageCapacity }
        #expect(held < 4 << 16)
        #expect(entry.inbox.count < 16)
    }

    @Test("takes a message that has come in one piece, and leaves what it cannot take whole")
    func messagesInOnePiece() {
        let entry = entry
        entry.inbox.append(ByteBuffer(bytes: [2, 7, 8, 0, 3, 1, 2]))
        let first = entry.takeMessage(limit: 10)
        #expect(first?.message == ByteBuffer(bytes: [7, 8]))
        #expect(first?.byteCount == 3)
        let second = entry.takeMessage(limit: 10)
        #expect(second?.message.readableBytes == 0)
        #expect(second?.byteCount == 1)
        // Its last byte is missing.
        #expect(entry.takeMessage(limit: 10) == nil)
        entry.inbox.append(ByteBuffer(bytes: [3]))
        #expect(entry.takeMessage(limit: 10) == nil)
        #expect(entry.inbox.map(\.readableBytes) == [3, 1])
    }

    @Test(
        "takes no message above the limit, and none with a faulty length",
        arguments: [
            [11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0x80], [UInt8](repeating: 0xff, count: 64),
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1],
        ])
    func refusedMessages(bytes: [UInt8]) {
        let entry = entry
        entry.inbox.append(ByteBuffer(bytes: bytes))
        #expect(entry.takeMessage(limit: 10) == nil)
        #expect(entry.take(upTo: .max) == ByteBuffer(bytes: bytes))
    }
}
