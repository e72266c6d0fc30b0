import CSodium

extension Sodium {
    /// Bytes of a ChaCha20 key.
    package static let chacha20KeyByteCount = Int(crypto_stream_chacha20_ietf_KEYBYTES)
    /// Bytes of a ChaCha20 nonce in the layout of RFC 8439.
    package static let chacha20NonceByteCount = Int(crypto_stream_chacha20_ietf_NONCEBYTES)
    /// Bytes of one block of key stream.
    package static let chacha20BlockByteCount = 64

    /// Overwrites `buffer` with the ChaCha20 key stream (RFC 8439, §2.4) from block `block` on.
    ///
    /// - Precondition: key and nonce have their lengths, and the stream ends before block 2^32.
    package static func chacha20KeyStream(
        into buffer: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer, nonce: [UInt8],
        block: UInt32 = 0
    ) {
        start()
        precondition(key.count == chacha20KeyByteCount && nonce.count == chacha20NonceByteCount)
        let blocks = (buffer.count + chacha20BlockByteCount - 1) / chacha20BlockByteCount
        precondition(Int(block) + blocks <= 1 << 32, "a nonce's key stream ends after 256 GiB")
        guard let bytes = buffer.bindMemory(to: UInt8.self).baseAddress,
            let key = key.bindMemory(to: UInt8.self).baseAddress
        else { return }
        sodium_memzero(bytes, buffer.count)
        crypto_stream_chacha20_ietf_xor_ic(
            bytes, bytes, UInt64(buffer.count), nonce, block, key)
    }
}
