import struct NIOCore.ByteBuffer

@testable import PeerKit

/// One machine, driven by frames written by hand.
struct YamuxTestSession {
    var machine: YamuxMachine
    var now = Instant.zero
    /// What has happened and was not looked at yet.
    private var events: [YamuxEvent] = []

    /// The session after its first ping, which is answered after `roundTrip`.
    init(
        _ role: YamuxRole = .listener, configuration: YamuxConfiguration = YamuxConfiguration(),
        roundTrip: Duration? = nil
    ) throws {
        machine = YamuxMachine(role: role, configuration: configuration, now: now)
        _ = output()
        if let roundTrip {
            now = now.advanced(by: roundTrip)
            _ = try receive(frame(2, 2, 0, 0))
        }
    }

    /// Receives bytes and returns what happened.
    mutating func receive(_ bytes: [UInt8]) throws(YamuxError) -> [YamuxEvent] {
        var buffer = ByteBuffer(bytes: bytes)
        events = []
        try machine.receive(&buffer, at: now, into: &events)
        return events
    }

    /// Everything that waits to be sent.
    mutating func output() -> [UInt8] {
        var out = ByteBuffer()
        while machine.writeOutput(into: &out) > 0 {}
        return Array(out.readableBytesView)
    }

    mutating func write(_ count: Int, to id: YamuxStreamID) throws(YamuxError) -> Int {
        var bytes = ByteBuffer(repeating: 0x55, count: count)
        return try machine.write(&bytes, to: id)
    }
}

/// A frame's bytes, as the specification lays them out: version 0, type, flags, stream, length.
func frame(
    _ type: UInt8, _ flags: UInt16, _ stream: UInt32, _ length: UInt32, _ payload: [UInt8] = []
) -> [UInt8] {
    var bytes = ByteBuffer()
    bytes.writeMultipleIntegers(UInt8(0), type, flags, stream, length)
    return Array(bytes.readableBytesView) + payload
}

func data(_ stream: UInt32, _ count: Int, flags: UInt16 = 0) -> [UInt8] {
    frame(0, flags, stream, UInt32(count), [UInt8](repeating: 0xAA, count: count))
}

extension YamuxStreamID: ExpressibleByIntegerLiteral {
    /// The stream with this number.
    public init(integerLiteral value: UInt32) { self.init(rawValue: value) }
}
