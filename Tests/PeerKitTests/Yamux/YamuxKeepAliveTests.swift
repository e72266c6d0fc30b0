import Testing

@testable import PeerKit

@Suite("yamux keep-alive and floods") struct YamuxKeepAliveTests {
    @Test("a ping goes out every 30 s and its pong gives the round trip")
    func keepAlive() throws {
        var session = try YamuxTestSession()
        #expect(session.machine.nextDeadline == Instant.zero.advanced(by: .seconds(10)))
        session.now = session.now.advanced(by: .milliseconds(20))
        #expect(try session.receive(frame(2, 2, 0, 0)) == [.roundTrip(.milliseconds(20))])
        #expect(session.machine.roundTrip == .milliseconds(20))
        #expect(session.machine.nextDeadline == Instant.zero.advanced(by: .seconds(30)))

        session.now = Instant.zero.advanced(by: .seconds(29))
        try session.machine.handleTimer(at: session.now)
        #expect(session.output() == [])
        session.now = Instant.zero.advanced(by: .seconds(30))
        try session.machine.handleTimer(at: session.now)
        #expect(session.output() == frame(2, 1, 0, 1))
        session.now = session.now.advanced(by: .milliseconds(40))
        #expect(try session.receive(frame(2, 2, 0, 1)) == [.roundTrip(.milliseconds(40))])
        #expect(session.machine.roundTrip == .milliseconds(30))
    }

    @Test("no pong within 10 s ends the session")
    func timeout() throws {
        var session = try YamuxTestSession()
        try session.machine.handleTimer(at: Instant.zero.advanced(by: .milliseconds(9999)))
        // A pong for another ping does not count.
        #expect(try session.receive(frame(2, 2, 0, 9)) == [])
        let error = YamuxError.pongTimeout(after: .seconds(10))
        #expect(throws: error) {
            try session.machine.handleTimer(at: Instant.zero.advanced(by: .seconds(10)))
        }
        #expect(throws: error) { _ = try session.receive([]) }
    }

    @Test("pings are answered with their value, ahead of data")
    func pong() throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        _ = try session.write(10, to: 1)
        _ = try session.receive(frame(2, 1, 0, 0xDEAD_BEEF))
        #expect(session.output().dropFirst(12).prefix(12) == frame(2, 2, 0, 0xDEAD_BEEF)[...])
    }

    @Test(
        "floods of frames that do nothing end the session",
        arguments: [
            frame(2, 1, 0, 1), frame(2, 2, 0, 99), frame(0, 0, 1, 0), frame(1, 0, 1, 0),
            frame(1, 0, 777, 1), frame(3, 0, 0, 0),
        ])
    func flood(bytes: [UInt8]) throws {
        var session = try YamuxTestSession()
        _ = try session.receive(frame(1, 1, 1, 0))
        #expect(throws: YamuxError.tooManyGlitches) {
            for _ in 0...(YamuxLimits.glitchPoints + 1) {
                _ = try session.receive(bytes)
                _ = session.output()
            }
        }
    }

    @Test("streams that are opened and reset for nothing end the session")
    func rapidReset() throws {
        var session = try YamuxTestSession()
        #expect(throws: YamuxError.tooManyGlitches) {
            for index in 0...UInt32(YamuxLimits.glitchPoints) {
                _ = try session.receive(
                    frame(1, 1, index * 2 + 1, 0) + frame(1, 8, index * 2 + 1, 0))
                _ = session.output()
            }
        }
    }

    @Test("the same at an honest pace does not")
    func honestPace() throws {
        var session = try YamuxTestSession()
        for second in 0..<3000 {
            session.now = Instant.zero.advanced(by: .seconds(second))
            for _ in 0..<5 { _ = try session.receive(frame(2, 1, 0, 1)) }
            _ = session.output()
        }
        for index in 0..<5000 as Range<UInt32> {
            let id = index * 2 + 1
            _ = try session.receive(
                frame(1, 1, id, 0) + data(id, 10) + frame(1, 4, id, 0))
            session.machine.consume(10, from: YamuxStreamID(rawValue: id), at: session.now)
            session.machine.closeWrite(YamuxStreamID(rawValue: id))
            _ = session.output()
            // A window update that crossed our FIN.
            _ = try session.receive(frame(1, 0, id, 300))
        }
        #expect(session.machine.streamCount == 0)
    }

    @Test("a remote that does not read its answers is cut off")
    func controlQueueBound() throws {
        var configuration = YamuxConfiguration()
        configuration.maximumInboundStreams = 1
        var session = try YamuxTestSession(configuration: configuration)
        let limit = YamuxLimits.maximumQueuedControlFrames
        #expect(throws: YamuxError.controlQueueFull(limit: limit)) {
            for index in 0..<UInt32(10 * limit) {
                _ = try session.receive(frame(1, 1, index * 2 + 1, 0))
            }
        }
        #expect(session.output().count == 12)
    }
}
