import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

@Suite("yamux flow control") struct YamuxFlowControlTests {
    @Test("a write takes what the window allows and is woken when it opens")
    func sendWindow() throws {
        var session = try YamuxTestSession(.dialer)
        let id = try session.machine.openStream(at: .zero)
        #expect(session.machine.sendWindow(of: id) == 262_144)
        #expect(try session.write(300_000, to: id) == 262_144)
        #expect(try session.write(1, to: id) == 0)
        #expect(session.machine.pendingBytes(of: id) == 262_144)
        #expect(try session.receive(frame(1, 2, 1, 1000)) == [.acknowledged(1), .writable(1)])
        #expect(try session.receive(frame(1, 0, 1, 1000)) == [])
        #expect(try session.write(5000, to: id) == 2000)
        #expect(session.machine.sendWindow(of: 99) == 0)
    }

    @Test("a caller's limit takes less, and the rest stays with the caller")
    func limit() throws {
        var session = try YamuxTestSession(.dialer)
        let id = try session.machine.openStream(at: .zero)
        var bytes = ByteBuffer(repeating: 1, count: 100)
        #expect(try session.machine.write(&bytes, to: id, limit: 30) == 30)
        #expect(try session.machine.write(&bytes, to: id, limit: 0) == 0)
        #expect(try session.machine.write(&bytes, to: id, limit: -5) == 0)
        #expect(bytes.readableBytes == 70)
    }

    @Test("windows beyond 32 bits saturate")
    func windowSaturates() throws {
        var session = try YamuxTestSession(.dialer)
        let id = try session.machine.openStream(at: .zero)
        for _ in 0..<3 { _ = try session.receive(frame(1, 0, 1, .max)) }
        #expect(session.machine.sendWindow(of: id) == Int(UInt32.max))
    }

    @Test("an update is sent once half of the window can be given")
    func threshold() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0) + data(1, 200_000))
        _ = session.output()
        session.machine.consume(131_071, from: 1, at: session.now)
        #expect(session.output() == [])
        session.machine.consume(1, from: 1, at: session.now)
        #expect(session.output() == frame(1, 0, 1, 131_072))
        // More than there was counts as all there was.
        session.machine.consume(.max, from: 1, at: session.now)
        session.machine.checkInvariants()
        #expect(session.output() == [])
        _ = try session.receive(data(1, 193_216))
        #expect(throws: YamuxError.windowExceeded(1, received: 1, window: 0)) {
            _ = try session.receive(data(1, 1))
        }
    }

    /// Sends what the window allows and consumes it, `rounds` times; the increments given.
    private func increments(
        _ session: inout YamuxTestSession, rounds: Int, every pause: Duration
    ) throws -> [Int] {
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = session.output()
        var window = YamuxLimits.initialWindow
        var increments: [Int] = []
        for _ in 0..<rounds {
            session.now = session.now.advanced(by: pause)
            _ = try session.receive(data(1, window))
            session.machine.consume(window, from: 1, at: session.now)
            session.machine.checkInvariants()
            var out = ByteBuffer(bytes: session.output())
            window = Int(try #require(try YamuxHeader.read(from: &out)).length)
            increments.append(window)
        }
        return increments
    }

    @Test("the window doubles up to 16 MiB when it is used up within four round trips")
    func growth() throws {
        var session = try YamuxTestSession(roundTrip: .milliseconds(100))
        let given = try increments(&session, rounds: 8, every: .milliseconds(300))
        #expect(given.map { $0 >> 18 } == [2, 4, 8, 16, 32, 64, 64, 64])
    }

    @Test("the window stays when updates are rare")
    func noGrowth() throws {
        var session = try YamuxTestSession(roundTrip: .milliseconds(100))
        let given = try increments(&session, rounds: 5, every: .milliseconds(400))
        #expect(given.allSatisfy { $0 == YamuxLimits.initialWindow })
    }

    @Test("the session's budget bounds the growth of all windows and comes back")
    func budget() throws {
        var configuration = YamuxConfiguration()
        configuration.growthBudget = 1 << 20
        var session = try YamuxTestSession(
            configuration: configuration, roundTrip: .milliseconds(100))
        let given = try increments(&session, rounds: 4, every: .milliseconds(10))
        #expect(given == [512 << 10, 1 << 20, 1280 << 10, 1280 << 10])
        #expect(session.machine.growthLeft == 0)
        session.machine.reset(1)
        #expect(session.machine.growthLeft == 1 << 20)
    }

    @Test("no update goes to a remote that has closed its half")
    func noUpdateAfterFIN() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0) + data(1, 262_144, flags: 4))
        _ = session.output()
        session.machine.consume(262_144, from: 1, at: session.now)
        #expect(session.output() == [])
    }

    @Test("a few bytes do not keep the large buffer they came in", arguments: [1, 100, 60_000])
    func smallSlices(count: Int) throws {
        var session = try YamuxTestSession()
        let padding = [[UInt8]](repeating: frame(1, 0, 1, 1), count: (64_000 - count) / 12)
        let events = try session.receive(
            frame(1, 1, 1, 0) + data(1, count) + padding.flatMap { $0 })
        guard case .data(1, let bytes) = events.last else {
            Issue.record("no data in \(events)")
            return
        }
        #expect(bytes == ByteBuffer(repeating: 0xAA, count: count))
        #expect(bytes.storageCapacity <= max(64, count * YamuxLimits.maximumSliceOverhead))
    }
}
