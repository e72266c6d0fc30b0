import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

/// Two machines back to back, driven at random: what goes in comes out.
@Suite("yamux, two sides") struct YamuxPairTests {
    /// One side with an application that writes a known sequence of bytes to each stream.
    private struct Side {
        var machine: YamuxMachine
        var wire = ByteBuffer()
        var written: [YamuxStreamID: Int] = [:]
        var target: [YamuxStreamID: Int] = [:]
        var read: [YamuxStreamID: Int] = [:]
        var unread: [YamuxStreamID: Int] = [:]
        var finished: Set<YamuxStreamID> = []
        var closed: Set<YamuxStreamID> = []

        /// What all streams carry, each from another offset on.
        static let pattern: ByteBuffer = {
            var generator = WireTestGenerator(seed: 0)
            return ByteBuffer(bytes: generator.bytes(10_007 * 14 + 800_000))
        }()

        /// `count` bytes from `index` on of what `role` writes to `id`.
        static func bytes(
            _ id: YamuxStreamID, _ index: Int, _ count: Int, _ role: YamuxRole
        ) -> ByteBuffer? {
            let stream = Int(id.rawValue % 14) ^ (role == .dialer ? 0 : 1)
            return pattern.getSlice(at: 10_007 * stream % 140_000 + index, length: count)
        }

        mutating func begin(_ id: YamuxStreamID, bytes: Int) {
            written[id] = 0
            read[id] = 0
            unread[id] = 0
            target[id] = bytes
        }

        mutating func perform(_ event: YamuxEvent, generator: inout WireTestGenerator) {
            let remote: YamuxRole = machine.role == .dialer ? .listener : .dialer
            switch event {
            case .opened(let id):
                begin(id, bytes: generator.below(4) == 0 ? 0 : generator.below(800_000))
            case .data(let id, let bytes):
                let from = read[id] ?? 0
                let expected = Self.bytes(id, from, bytes.readableBytes, remote)
                if bytes != expected { Issue.record("wrong bytes on \(id) from \(from) on") }
                read[id] = from + bytes.readableBytes
                unread[id, default: 0] += bytes.readableBytes
            case .remoteClosedWrite(let id):
                finished.insert(id)
            case .closed(let id):
                closed.insert(id)
            case .reset, .goAway:
                Issue.record("unexpected \(event)")
            case .acknowledged, .writable, .roundTrip:
                break
            }
        }

        mutating func send(limit: Int) { machine.writeOutput(into: &wire, limit: limit) }

        mutating func work(at now: Instant, generator: inout WireTestGenerator) throws {
            guard let id = target.keys.sorted().randomElement(using: &generator) else { return }
            let (done, all) = (written[id] ?? 0, target[id] ?? 0)
            if done < all {
                let count = min(all - done, 1 + generator.below(120_000))
                var bytes = try #require(Self.bytes(id, done, count, machine.role))
                written[id] = done + (try machine.write(&bytes, to: id, limit: 300_000))
            } else if machine.closeWrite(id) {
                closed.insert(id)
            }
            let count = min(unread[id] ?? 0, generator.below(200_000))
            unread[id]? -= count
            machine.consume(count, from: id, at: now)
        }
    }

    @Test("bytes in are bytes out, every stream ends, nothing is left", arguments: 0..<12)
    func randomTraffic(seed: UInt64) throws {
        var generator = WireTestGenerator(seed: seed)
        var now = Instant.zero
        var configuration = YamuxConfiguration()
        configuration.growthBudget = 1 << 20
        var sides = [YamuxRole.dialer, .listener].map {
            Side(machine: YamuxMachine(role: $0, configuration: configuration, now: now))
        }
        let streamsPerSide = 1 + generator.below(6)
        var opened = [0, 0]
        var steps = 0
        while steps < 20_000 {
            steps += 1
            now = now.advanced(by: .microseconds(generator.below(2000)))
            let me = generator.below(2)
            if opened[me] < streamsPerSide && generator.below(10) == 0 {
                let id = try sides[me].machine.openStream(at: now)
                opened[me] += 1
                sides[me].begin(id, bytes: generator.below(800_000))
            }
            try sides[me].work(at: now, generator: &generator)
            try sides[me].machine.handleTimer(at: now)
            if generator.below(2) == 0 {
                let limit = 13 + generator.below(65_507)
                sides[me].send(limit: limit)
            }
            // Part of what is on the wire arrives at the other side.
            let available = sides[me].wire.readableBytes
            if available > 0 {
                var part = sides[me].wire.readSlice(length: 1 + generator.below(available))!
                var events: [YamuxEvent] = []
                try sides[1 - me].machine.receive(&part, at: now, into: &events)
                if part.readableBytes > 0 {
                    // An incomplete header: it stays with the rest.
                    var rest = part
                    rest.writeBuffer(&sides[me].wire)
                    sides[me].wire = rest
                }
                for event in events { sides[1 - me].perform(event, generator: &generator) }
            }
            for side in sides { side.machine.checkInvariants() }
            let isDone =
                opened == [streamsPerSide, streamsPerSide]
                && sides.allSatisfy {
                    $0.machine.streamCount == 0 && $0.wire.readableBytes == 0
                        && $0.target.count == 2 * streamsPerSide
                }
            if isDone { break }
        }
        #expect(steps < 20_000, "the streams did not end")
        for (me, side) in sides.enumerated() {
            let other = sides[1 - me]
            #expect(side.read == other.target)
            #expect(side.written == side.target)
            #expect(side.closed == Set(side.target.keys))
            #expect(side.finished == Set(side.target.keys))
            #expect(side.machine.growthLeft == configuration.growthBudget)
            #expect(side.machine.unacknowledgedCount == 0)
        }
    }
}
