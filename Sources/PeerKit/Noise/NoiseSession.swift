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

    /// How many bytes the first message of `input` lacks, as far as can be told; 0 when it is
    /// complete.
    package static func bytesMissing(from input: ByteBuffer) -> Int {
        guard let length = input.getInteger(at: input.readerIndex, as: UInt16.self) else {
            return NoiseLimits.lengthPrefixBytes - input.readableBytes
        }
        return max(0, NoiseLimits.lengthPrefixBytes + Int(length) - input.readableBytes)
    }

    /// Opens complete messages at the front of `input` and appends the plaintext to `out`.
    ///
    /// An incomplete message stays in `input`. What was opened before a bad message is in `out`.
    ///
    /// - Parameter limit: Messages behind the first are left when they would bring the plaintext
    ///   beyond this many bytes.
    /// - Returns: How many bytes of plaintext were appended.
    /// - Throws: ``NoiseError/authenticationFailed`` or ``NoiseError/messageTooShort(bytes:)``; the
    ///   same again on every later call.
    @discardableResult
    package mutating func open(
        _ input: inout ByteBuffer, into out: inout ByteBuffer, limit: Int = .max
    ) throws(NoiseError) -> Int {
        if let failure { throw failure }
        let begin = out.writerIndex
        // At most one allocation, however many messages there are.
        out.reserveCapacity(
            minimumWritableBytes: Self.plaintextBytes(of: input, limit: limit))
        while let length = input.getInteger(at: input.readerIndex, as: UInt16.self).map(Int.init),
            input.readableBytes >= NoiseLimits.lengthPrefixBytes + length
        {
            guard length >= NoiseLimits.tagBytes else {
                failure = .messageTooShort(bytes: length)
                throw .messageTooShort(bytes: length)
            }
            let count = length - NoiseLimits.tagBytes
            let appended = out.writerIndex - begin
            guard appended == 0 || appended + count <= limit else { break }
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
        return out.writerIndex - begin
    }

    /// How many bytes ``open(_:into:limit:)`` would append.
    private static func plaintextBytes(of input: ByteBuffer, limit: Int) -> Int {
        var total = 0
        var index = input.readerIndex
        while let length = input.getInteger(at: index, as: UInt16.self).map(Int.init),
            length >= NoiseLimits.tagBytes,
            index + NoiseLimits.lengthPrefixBytes + length <= input.writerIndex
        {
            let count = length - NoiseLimits.tagBytes
            guard total == 0 || total + count <= limit else { break }
            total += count
            index += NoiseLimits.lengthPrefixBytes + length
        }
        return total
    }
}
