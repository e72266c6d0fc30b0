import struct NIOCore.ByteBuffer

/// Messages of multistream-select 1.0: a varint with the length, the text, a line break.
enum MultistreamCodec {
    /// The first message of each side: the version of the negotiation itself.
    static let header = "/multistream/1.0.0"
    /// The listener's answer to a protocol that it does not speak.
    static let notAvailable = "na"
    /// The request for a list of protocols.
    static let list = "ls"

    static func write(_ text: String, into bytes: inout ByteBuffer) {
        bytes.writeVarInt(UInt64(text.utf8.count + 1))
        bytes.writeString(text)
        bytes.writeInteger(UInt8(ascii: "\n"))
    }

    /// Takes the next message off the front of `bytes`, without its line break.
    ///
    /// Ill-formed UTF-8 comes out with replacement characters: such a name equals no protocol that
    /// can be registered by mistake, and is refused like any other unknown one.
    ///
    /// - Returns: `nil`, with `bytes` untouched, when the message is not complete.
    /// - Throws: ``MultistreamError/messageTooLong(bytes:)`` as soon as the length is known, so that
    ///   a caller never buffers more than one message.
    static func readMessage(
        from bytes: inout ByteBuffer
    ) throws(MultistreamError) -> String? {
        let start = bytes.readerIndex
        let length: UInt64?
        do { length = try bytes.readVarInt() } catch { throw .malformedMessage }
        guard let length else { return nil }
        guard length <= UInt64(MultistreamLimits.maximumMessageBytes) else {
            throw .messageTooLong(bytes: length)
        }
        guard length > 0 else { throw .malformedMessage }
        guard let message = bytes.readSlice(length: Int(length)) else {
            bytes.moveReaderIndex(to: start)
            return nil
        }
        guard message.readableBytesView.last == UInt8(ascii: "\n") else {
            throw .malformedMessage
        }
        return message.getString(at: message.readerIndex, length: message.readableBytes - 1)
    }
}
