import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

@Suite("yamux streams") struct YamuxStreamTests {
    @Test("both halves closed: the stream is forgotten, whoever is last")
    func halfClose() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0) + frame(1, 1, 3, 0))
        #expect(session.machine.closeWrite(1) == false)
        #expect(try session.receive(frame(1, 4, 1, 0)) == [.remoteClosedWrite(1), .closed(1)])
        _ = try session.receive(frame(1, 4, 3, 0))
        #expect(session.machine.closeWrite(3) == true)
        #expect(session.machine.closeWrite(3) == false)
        _ = session.output()
        #expect(session.machine.streamCount == 0)
    }

    @Test("after our FIN data is still delivered and windows are still given")
    func readAfterClosingWrite() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        session.machine.closeWrite(1)
        _ = session.output()
        let events = try session.receive(data(1, 200_000) + frame(1, 0, 1, 1000))
        #expect(events == [.data(1, ByteBuffer(repeating: 0xAA, count: 200_000))])
        session.machine.consume(200_000, from: 1, at: session.now)
        #expect(session.output() == frame(1, 0, 1, 200_000))
    }

    @Test("data that was written is sent although the remote has closed its half and we ours")
    func flushAfterClose() throws {
        var session = try YamuxTestSession(.dialer)
        let id = try session.machine.openStream(at: .zero)
        _ = try session.receive(frame(1, 2, 1, 0))
        _ = session.output()
        #expect(try session.write(100_000, to: id) == 100_000)
        session.machine.closeWrite(id)
        #expect(try session.receive(frame(1, 4, 1, 0)) == [.remoteClosedWrite(1), .closed(1)])
        #expect(throws: YamuxError.writeClosed(1)) { _ = try session.write(1, to: id) }
        let out = session.output()
        #expect(out.count == 100_000 + 3 * 12)
        #expect(Array(out.suffix(12)) == frame(1, 4, 1, 0))
        #expect(session.machine.streamCount == 0)
        #expect(throws: YamuxError.unknownStream(1)) { _ = try session.write(1, to: id) }
    }

    @Test("RST on either frame type drops the stream and what was written", arguments: [0, 1])
    func remoteReset(type: UInt8) throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = session.output()
        #expect(try session.write(1000, to: 1) == 1000)
        #expect(try session.receive(frame(type, 8, 1, 0)) == [.reset(1)])
        #expect(session.output() == [])
        #expect(session.machine.pendingBytes == 0)
        #expect(session.machine.streamCount == 0)
    }

    @Test("data before an RST in the same frame is delivered first")
    func dataThenReset() throws {
        var session = try YamuxTestSession()
        let events = try session.receive(frame(1, 1, 1, 0) + data(1, 1, flags: 8))
        #expect(events == [.opened(1), .data(1, ByteBuffer(bytes: [0xAA])), .reset(1)])
    }

    @Test("our reset drops what was written, and late frames are ignored")
    func localReset() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = session.output()
        _ = try session.write(1000, to: 1)
        session.machine.reset(1)
        #expect(session.output() == frame(1, 8, 1, 0))
        let late = data(1, 200_000) + frame(1, 0, 1, 5) + frame(1, 4, 1, 0) + frame(1, 8, 1, 0)
        #expect(try session.receive(late) == [])
        #expect(session.machine.failure == nil)
    }

    @Test("a stream reset in the middle of a frame: the rest of the payload is drained")
    func resetWithinFrame() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0) + Array(data(1, 100).prefix(50)))
        session.machine.reset(1)
        let rest = Array(data(1, 100).dropFirst(50))
        #expect(try session.receive(rest + frame(1, 1, 3, 0)) == [.opened(3)])
    }

    @Test("late data is bounded by the windows that were given")
    func lateDataIsBounded() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        session.machine.reset(1)
        let allowed = YamuxLimits.lateBytesSlack + YamuxLimits.initialWindow
        for _ in 0..<(allowed / 65536) { #expect(try session.receive(data(1, 65536)) == []) }
        #expect(throws: YamuxError.lateDataExceeded(received: 1)) {
            _ = try session.receive(data(1, 1))
        }
    }

    @Test("data after the remote's FIN is not delivered")
    func dataAfterFIN() throws {
        var session = try YamuxTestSession()
        let events = try session.receive(frame(1, 1, 1, 0) + frame(1, 4, 1, 0) + data(1, 5))
        #expect(events == [.opened(1), .remoteClosedWrite(1)])
    }

    @Test("at most 256 of our streams are unacknowledged")
    func unacknowledgedOutbound() throws {
        var session = try YamuxTestSession(.dialer)
        for _ in 0..<256 { _ = try session.machine.openStream(at: .zero) }
        #expect(throws: YamuxError.tooManyStreams(limit: 256)) {
            _ = try session.machine.openStream(at: .zero)
        }
        _ = try session.receive(frame(1, 2, 1, 0))
        #expect(try session.machine.openStream(at: .zero) == 513)
        // A reset makes room as well.
        _ = try session.receive(frame(1, 8, 3, 0))
        #expect(try session.machine.openStream(at: .zero) == 515)
    }

    @Test("while 256 acknowledgements wait, more streams are reset")
    func unacknowledgedInbound() throws {
        var session = try YamuxTestSession()
        for index in 0..<256 { _ = try session.receive(frame(1, 1, UInt32(index * 2 + 1), 0)) }
        #expect(try session.receive(frame(1, 1, 513, 0)) == [])
        #expect(Array(session.output().suffix(12)) == frame(1, 8, 513, 0))
        #expect(try session.receive(frame(1, 1, 515, 0)) == [.opened(515)])
    }

    @Test("more streams than allowed are reset; room comes back")
    func maximumStreams() throws {
        var configuration = YamuxConfiguration()
        configuration.maximumInboundStreams = 2
        configuration.maximumOutboundStreams = 1
        var session = try YamuxTestSession(configuration: configuration)
        _ = try session.receive(frame(1, 1, 1, 0) + frame(1, 1, 3, 0))
        for id: UInt32 in stride(from: 5, to: 45, by: 2) {
            #expect(try session.receive(data(id, 10, flags: 1)) == [])
            #expect(session.machine.streamCount == 2)
        }
        _ = try session.receive(frame(1, 8, 1, 0))
        #expect(try session.receive(frame(1, 1, 45, 0)) == [.opened(45)])
        _ = try session.machine.openStream(at: .zero)
        #expect(throws: YamuxError.tooManyStreams(limit: 1)) {
            _ = try session.machine.openStream(at: .zero)
        }
    }

    @Test("going away: existing streams go on, new ones are refused on either side")
    func goAway() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        session.machine.goAway()
        session.machine.goAway()
        _ = try session.write(1, to: 1)
        #expect(
            session.output()
                == frame(1, 2, 1, 0) + frame(3, 0, 0, 0) + frame(0, 0, 1, 1, [0x55]))
        #expect(try session.receive(frame(1, 1, 3, 0)) == [])
        #expect(session.output() == frame(1, 8, 3, 0))
        #expect(throws: YamuxError.goingAway) { _ = try session.machine.openStream(at: .zero) }

        var other = try YamuxTestSession(.dialer)
        let id = try other.machine.openStream(at: .zero)
        #expect(
            try other.receive(frame(3, 0, 0, 0x1005))
                == [.goAway(YamuxGoAwayCode(rawValue: 0x1005))])
        #expect(throws: YamuxError.goingAway) { _ = try other.machine.openStream(at: .zero) }
        #expect(try other.write(5, to: id) == 5)
        #expect(other.machine.openStreams == [1])
    }

    @Test("stream numbers end before they wrap")
    func numbersExhausted() throws {
        var session = try YamuxTestSession(.dialer)
        session.machine.nextStreamID = .max
        #expect(try session.machine.openStream(at: .zero) == YamuxStreamID(rawValue: .max))
        #expect(throws: YamuxError.streamIDsExhausted) {
            _ = try session.machine.openStream(at: .zero)
        }
    }

    @Test("streams with data take turns, control frames go first")
    func fairness() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0) + frame(1, 1, 3, 0))
        _ = session.output()
        _ = try session.write(100_000, to: 1)
        _ = try session.write(10, to: 3)
        _ = try session.receive(frame(2, 1, 0, 77))
        var lengths: [Int] = []
        var out = ByteBuffer()
        while case let count = session.machine.writeOutput(into: &out), count > 0 {
            lengths.append(count)
        }
        // The pong, a full frame, the other stream's and the rest.
        #expect(lengths == [12, 65508, 12 + 10 + 12 + 34_504])
        #expect(Array(out.readableBytesView.prefix(12)) == frame(2, 2, 0, 77))
    }

    @Test("a small limit cuts data, not frames")
    func smallLimit() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = session.output()
        _ = try session.write(40, to: 1)
        session.machine.closeWrite(1)
        var lengths: [Int] = []
        var out = ByteBuffer()
        while case let count = session.machine.writeOutput(into: &out, limit: 30), count > 0 {
            lengths.append(count)
            session.machine.checkInvariants()
        }
        #expect(lengths == [30, 30, 28])
    }

    @Test("writes that were small go out in one frame")
    func coalescing() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = session.output()
        for _ in 0..<5 { _ = try session.write(100, to: 1) }
        #expect(session.output().count == 512)
    }
}
