import struct NIOCore.ByteBuffer

/// An open Noise channel: turns plaintext into transport messages and back.
///
/// A transport message is a 16-bit big-endian length and that many bytes of ciphertext, the tag at
/// the end (libp2p noise spec, "Wire format").
package struct NoiseSession: Sendable {
    /// How much room before the first message spares ``open(_:into:)`` a copy, in bytes.
    package static let headroomBytes =
        NoiseCipherState.nonceBytes - NoiseLimits.lengthPrefixBytes

    private var sending: NoiseCipherState
    private var receiving: NoiseCipherState
    private var failure: NoiseError?

    init(sending: NoiseCipherState, receiving: NoiseCipherState) {
        self.sending = sending
        self.receiving = receiving
    }

    /// Seals all of `plaintext` in messages of ``NoiseLimits/preferredPlaintextBytes`` and a
    /// rest, appended to `out`.
    package mutating func seal(
        _ plaintext: inout ByteBuffer, into out: inout ByteBuffer
    ) throws(NoiseError) {
        let frames =
            (plaintext.readableBytes + NoiseLimits.preferredPlaintextBytes - 1)
            / NoiseLimits.preferredPlaintextBytes
        out.reserveCapacity(
            minimumWritableBytes: plaintext.readableBytes
                + frames * (NoiseLimits.lengthPrefixBytes + NoiseLimits.tagBytes))
        while plaintext.readableBytes > 0 {
            let count = min(plaintext.readableBytes, NoiseLimits.preferredPlaintextBytes)
            let sealed = count + NoiseLimits.tagBytes
            out.writeInteger(UInt16(truncatingIfNeeded: sealed))
            var failure: NoiseError?
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: sealed) { target in
                plaintext.withUnsafeReadableBytes { source in
                    do throws(NoiseError) {
                        try sending.seal(
                            UnsafeRawBufferPointer(rebasing: source.prefix(count)),
                            into: UnsafeMutableRawBufferPointer(rebasing: target.prefix(sealed)))
                    } catch {
                        failure = error
                    }
                }
                return sealed
            }
            if let failure { throw failure }
            plaintext.moveReaderIndex(forwardBy: count)
        }
    }

    /// Seals one message whose plaintext `fill` appends to `out`, where it is encrypted in place.
    ///
    /// For a caller that gathers headers and payloads: the gathering is the only copy. With nothing
    /// appended, no message is made.
    ///
    /// - Parameter fill: Appends at most ``NoiseLimits/maximumPlaintextBytes`` bytes and touches
    ///   nothing else of the buffer.
    /// - Returns: How many bytes of plaintext were sealed.
    /// - Throws: ``NoiseError/plaintextTooLong(bytes:)`` with `out` as it was before.
    @discardableResult
    package mutating func sealMessage(
        into out: inout ByteBuffer, fill: (inout ByteBuffer) -> Void
    ) throws(NoiseError) -> Int {
        let prefix = out.writerIndex
        out.writeInteger(UInt16(0))
        let start = out.writerIndex
        fill(&out)
        let count = out.writerIndex - start
        guard (1...NoiseLimits.maximumPlaintextBytes).contains(count) else {
            out.moveWriterIndex(to: prefix)
            if count == 0 { return 0 }
            throw .plaintextTooLong(bytes: count)
        }
        let sealed = count + NoiseLimits.tagBytes
        out.setInteger(UInt16(truncatingIfNeeded: sealed), at: prefix)
        out.writeRepeatingByte(0, count: NoiseLimits.tagBytes)
        let offset = start - out.readerIndex
        var failure: NoiseError?
        out.withUnsafeMutableReadableBytes { bytes in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: bytes[offset..<(offset + sealed)])
            do throws(NoiseError) {
                try sending.seal(
                    UnsafeRawBufferPointer(rebasing: target.prefix(count)), into: target)
            } catch {
                failure = error
            }
        }
        if let failure {
            out.moveWriterIndex(to: prefix)
            throw failure
        }
        return count
    }

    /// Opens every complete message at the front of `input` and appends the plaintext to `out`.
    ///
    /// An incomplete message stays in `input`. Bytes before a message are overwritten, so a caller
    /// whose `input` begins ``headroomBytes`` after the start of its storage saves the copy of a
    /// long first message, as one whose storage is shared makes a copy of all of it. What was opened before a bad message is in `out`.
    ///
    /// - Returns: How many bytes of plaintext were appended.
    /// - Throws: ``NoiseError/authenticationFailed`` or ``NoiseError/messageTooShort(bytes:)``; the
    ///   same again on every later call.
    @discardableResult
    package mutating func open(
        _ input: inout ByteBuffer, into out: inout ByteBuffer
    ) throws(NoiseError) -> Int {
        if let failure { throw failure }
        let begin = out.writerIndex
        // At most one allocation, however many messages there are.
        if let first = input.getInteger(at: input.readerIndex, as: UInt16.self),
            input.readableBytes >= NoiseLimits.lengthPrefixBytes + Int(first)
        {
            out.reserveCapacity(minimumWritableBytes: input.readableBytes)
        }
        while let length = input.getInteger(at: input.readerIndex, as: UInt16.self).map(Int.init),
            input.readableBytes >= NoiseLimits.lengthPrefixBytes + length
        {
            guard length >= NoiseLimits.tagBytes else {
                failure = .messageTooShort(bytes: length)
                throw .messageTooShort(bytes: length)
            }
            let count = length - NoiseLimits.tagBytes
            // What was read before, and the length, may be overwritten.
            let headroom = min(
                input.readerIndex + NoiseLimits.lengthPrefixBytes, NoiseCipherState.nonceBytes)
            let start = input.readerIndex + NoiseLimits.lengthPrefixBytes - headroom
            input.moveReaderIndex(to: start)
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                input.withUnsafeMutableReadableBytes { bytes in
                    do throws(NoiseError) {
                        try receiving.open(
                            UnsafeRawBufferPointer(
                                rebasing: bytes[headroom..<(headroom + length)]),
                            headroom: headroom,
                            into: UnsafeMutableRawBufferPointer(rebasing: target.prefix(count)))
                        return count
                    } catch {
                        failure = error
                        return 0
                    }
                }
            }
            if let failure { throw failure }
            input.moveReaderIndex(forwardBy: headroom + length)
        }
        return out.writerIndex - begin
    }
}
