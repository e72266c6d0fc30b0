import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

@Suite("yamux frames") struct YamuxFrameTests {
    @Test("the first frame is a ping")
    func firstPing() {
        var machine = YamuxMachine(role: .dialer, now: .zero)
        var out = ByteBuffer()
        machine.writeOutput(into: &out)
        #expect(Array(out.readableBytesView) == [0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("a stream opens with WINDOW_UPDATE and SYN; data and FIN follow")
    func openWriteClose() throws {
        var session = try YamuxTestSession(.dialer)
        let id = try session.machine.openStream(at: .zero)
        var hello = ByteBuffer(string: "hello")
        #expect(try session.machine.write(&hello, to: id) == 5)
        session.machine.closeWrite(id)
        #expect(
            session.output()
                == [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]
                + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5] + Array("hello".utf8)
                + [0, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(try session.machine.openStream(at: .zero) == 3)
        var listener = try YamuxTestSession(.listener)
        #expect(try listener.machine.openStream(at: .zero) == 2)
    }

    @Test("an inbound stream is acknowledged at once, ahead of data")
    func acknowledgement() throws {
        var session = try YamuxTestSession()
        #expect(try session.receive(frame(1, 1, 1, 0)) == [.opened(1)])
        #expect(session.output() == [0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0])
    }

    @Test("SYN, data and FIN may come in one go, and in one frame")
    func allAtOnce() throws {
        var session = try YamuxTestSession()
        let events = try session.receive(
            frame(1, 1, 1, 0) + data(1, 3) + frame(1, 4, 1, 0) + data(3, 2, flags: 5))
        #expect(
            events == [
                .opened(1), .data(1, ByteBuffer(repeating: 0xAA, count: 3)), .remoteClosedWrite(1),
                .opened(3), .data(3, ByteBuffer(repeating: 0xAA, count: 2)), .remoteClosedWrite(3),
            ])
        #expect(session.machine.closeWrite(1) == true)
        _ = session.output()
        #expect(session.machine.streamCount == 1)
    }

    @Test("ACK is reported once, on either frame type")
    func acknowledged() throws {
        var session = try YamuxTestSession(.dialer)
        for _ in 0..<2 { _ = try session.machine.openStream(at: .zero) }
        #expect(
            try session.receive(frame(1, 2, 1, 0) + frame(1, 2, 1, 0)) == [.acknowledged(1)])
        #expect(
            try session.receive(data(3, 1, flags: 2))
                == [.acknowledged(3), .data(3, ByteBuffer(bytes: [0xAA]))])
    }

    @Test("a payload is handed out as it arrives, its FIN after the last byte")
    func partialPayload() throws {
        var session = try YamuxTestSession()
        let bytes = frame(1, 1, 1, 0) + data(1, 4, flags: 4)
        var events: [YamuxEvent] = []
        var buffer = ByteBuffer()
        for byte in bytes {
            buffer.writeInteger(byte)
            try session.machine.receive(&buffer, at: .zero, into: &events)
        }
        let one = ByteBuffer(bytes: [0xAA])
        #expect(
            events == [
                .opened(1), .data(1, one), .data(1, one), .data(1, one), .data(1, one),
                .remoteClosedWrite(1),
            ])
    }

    @Test(
        "what breaks the protocol ends the session, with a GO_AWAY",
        arguments: [
            ([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], YamuxError.unknownVersion(1)),
            (frame(4, 0, 0, 0), .unknownType(4)),
            (frame(1, 1, 2, 0), .wrongParity(2)),
            (frame(1, 1, 0, 0), .wrongStream(0)),
            (frame(1, 1, 1, 0) + frame(1, 1, 1, 0), .streamAlreadyOpen(1)),
            (
                frame(1, 1, 1, 0) + frame(0, 0, 1, 262_145),
                .windowExceeded(1, received: 262_145, window: 262_144)
            ),
            (
                frame(1, 1, 1, 0) + data(1, 200_000) + frame(0, 0, 1, 62_145),
                .windowExceeded(1, received: 62_145, window: 62_144)
            ),
            (frame(0, 0, 1, .max), .lateDataExceeded(received: .max)),
        ] as [([UInt8], YamuxError)])
    func violations(bytes: [UInt8], error: YamuxError) throws {
        var session = try YamuxTestSession()
        #expect(throws: error) { _ = try session.receive(bytes) }
        #expect(error.scope == .connection)
        #expect(session.output() == [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(throws: error) { _ = try session.receive([]) }
        #expect(throws: error) { _ = try session.machine.openStream(at: .zero) }
        #expect(session.machine.nextDeadline == nil)
    }

    @Test("flags that do not exist are ignored")
    func unknownFlags() throws {
        var session = try YamuxTestSession()
        #expect(try session.receive(frame(1, 0xFF01, 1, 0)) == [.opened(1)])
    }

    @Test("random frames never trap and keep the bounds", arguments: 0..<200)
    func garbage(seed: UInt64) throws {
        var generator = WireTestGenerator(seed: seed)
        var session = try YamuxTestSession(seed % 2 == 0 ? .dialer : .listener)
        for _ in 0..<3 { _ = try session.machine.openStream(at: .zero) }
        for step in 0..<400 {
            let lengths: [UInt32] = [0, 1, 7, 300, 262_144, .max, .max - 1]
            let length = lengths[generator.below(lengths.count)]
            let payload = generator.bytes(min(Int(length), generator.below(400)))
            let bytes =
                generator.below(50) == 0
                ? generator.bytes(20)
                : frame(
                    UInt8(generator.below(4)), UInt16(generator.below(16)),
                    UInt32(generator.below(9)), length, payload)
            session.now = Instant(nanoseconds: UInt64(step) * 1_000_000_000)
            do throws(YamuxError) { _ = try session.receive(bytes) } catch { break }
            let id = YamuxStreamID(rawValue: UInt32(generator.below(9)))
            switch generator.below(6) {
            case 0: session.machine.closeWrite(id)
            case 1: session.machine.reset(id)
            case 2: session.machine.consume(generator.below(1000) - 10, from: id, at: session.now)
            case 3: _ = try? session.write(generator.below(100_000), to: id)
            case 4: _ = session.output()
            default: break
            }
            session.machine.checkInvariants()
        }
        _ = session.output()
    }
}
