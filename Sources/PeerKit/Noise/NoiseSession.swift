import struct NIOCore.ByteBuffer

/// An open Noise channel: turns plaintext into transport messages and back.
///
/// A transport message is a 16-bit big-endian length and that many bytes of ciphertext, the tag at
/// the end (libp2p noise spec, "Wire format").
package struct NoiseSession: Sendable {
    private var sending: NoiseCipherState
    private var receiving: NoiseCipherState
    private var failure: NoiseError?

    init(sending: NoiseCipherState, receiving: NoiseCipherState) {
        self.sending = sending
        self.receiving = receiving
    }

    /// Seals all of `plaintext` in as few messages as it takes, appended to `out`.
    package mutating func seal(
        _ plaintext: inout ByteBuffer, into out: inout ByteBuffer
    ) throws(NoiseError) {
        let frames =
            (plaintext.readableBytes + NoiseLimits.maximumPlaintextBytes - 1)
            / NoiseLimits.maximumPlaintextBytes
        out.reserveCapacity(
            minimumWritableBytes: plaintext.readableBytes
                + frames * (NoiseLimits.lengthPrefixBytes + NoiseLimits.tagBytes))
        while plaintext.readableBytes > 0 {
            let count = min(plaintext.readableBytes, NoiseLimits.maximumPlaintextBytes)
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
    /// An incomplete message stays in `input`. What was opened before a bad message is in `out`.
    ///
    /// - Returns: How many bytes of plaintext were appended.
    /// - Throws: ``NoiseError/authenticationFailed`` or ``NoiseError/messageTooShort(bytes:)``; the
    ///   same again on every later call.
    @discardableResult
    package mutating func open(
        _ input: inout ByteBuffer, into out: inout ByteBuffer
    ) throws(NoiseError) -> Int {
        if let failure { throw failure }
        let start = out.writerIndex
        while let length = input.getInteger(at: input.readerIndex, as: UInt16.self).map(Int.init),
            input.readableBytes >= NoiseLimits.lengthPrefixBytes + length
        {
            guard length >= NoiseLimits.tagBytes else {
                failure = .messageTooShort(bytes: length)
                throw .messageTooShort(bytes: length)
            }
            let count = length - NoiseLimits.tagBytes
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                input.withUnsafeReadableBytes { bytes in
                    let from = NoiseLimits.lengthPrefixBytes
                    do throws(NoiseError) {
                        try receiving.open(
                            UnsafeRawBufferPointer(rebasing: bytes[from..<(from + length)]),
                            into: UnsafeMutableRawBufferPointer(rebasing: target.prefix(count)))
                        return count
                    } catch {
                        failure = error
                        return 0
                    }
                }
            }
            if let failure { throw failure }
            input.moveReaderIndex(forwardBy: NoiseLimits.lengthPrefixBytes + length)
        }
        return out.writerIndex - start
    }
}
