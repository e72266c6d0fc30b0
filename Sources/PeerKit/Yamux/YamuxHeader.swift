import struct NIOCore.ByteBuffer

/// What a frame is for.
enum YamuxFrameType: UInt8, Sendable {
    case data = 0
    case windowUpdate = 1
    case ping = 2
    case goAway = 3
}

/// What a frame does to its stream besides.
struct YamuxFlags: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    static let syn = YamuxFlags(rawValue: 1)
    static let ack = YamuxFlags(rawValue: 2)
    static let fin = YamuxFlags(rawValue: 4)
    static let rst = YamuxFlags(rawValue: 8)
    /// All that the specification knows.
    static let meaningful: YamuxFlags = [.syn, .ack, .fin, .rst]
}

/// The twelve bytes before each frame's payload, big-endian: version, type, flags, stream, length
/// (yamux specification, "Framing").
struct YamuxHeader: Hashable, Sendable {
    static let byteCount = 12
    static let version: UInt8 = 0

    var type: YamuxFrameType
    var flags: YamuxFlags
    /// 0 for the session.
    var streamID: YamuxStreamID
    /// Payload bytes of DATA, increment of WINDOW_UPDATE, value of PING, code of GO_AWAY.
    var length: UInt32

    func write(into bytes: inout ByteBuffer) {
        bytes.writeMultipleIntegers(
            Self.version, type.rawValue, flags.rawValue, streamID.rawValue, length)
    }

    /// Takes a header off the front of `bytes`; `nil` when it is not complete.
    ///
    /// Flags that the specification does not know are kept and mean nothing.
    static func read(from bytes: inout ByteBuffer) throws(YamuxError) -> YamuxHeader? {
        guard
            let (version, type, flags, streamID, length) = bytes.readMultipleIntegers(
                as: (UInt8, UInt8, UInt16, UInt32, UInt32).self)
        else { return nil }
        guard version == Self.version else { throw .unknownVersion(version) }
        guard let type = YamuxFrameType(rawValue: type) else { throw .unknownType(type) }
        return YamuxHeader(
            type: type, flags: YamuxFlags(rawValue: flags),
            streamID: YamuxStreamID(rawValue: streamID), length: length)
    }
}
