/// Every bound of the Noise channel.
package enum NoiseLimits {
    /// Longest Noise message: its length is a 16-bit number.
    package static let maximumMessageBytes = 65535

    /// Length of the Poly1305 tag behind each ciphertext.
    package static let tagBytes = 16

    /// Most plaintext that one transport message can carry.
    package static let maximumPlaintextBytes = maximumMessageBytes - tagBytes

    /// How much plaintext we put into one message when there is more.
    ///
    /// swift-crypto returns nonce, ciphertext and tag in one piece; from 64 KiB on such a piece costs
    /// more than half as much again to allocate (measured: 50 instead of 32 µs per message).
    package static let preferredPlaintextBytes = 65536 - NoiseCipherState.nonceBytes - tagBytes

    /// Length of the number before each message.
    package static let lengthPrefixBytes = 2

    /// Longest handshake message that is read, in bytes.
    ///
    /// Keys and payload take about 300 bytes for Ed25519 and 1.7 KiB for the longest RSA key;
    /// certificate hashes and muxer names come on top. An unauthenticated peer can make us hold
    /// this much.
    package static let maximumHandshakeMessageBytes = 16 * 1024

    /// Longest identity key protobuf in a payload: an RSA key of 8192 bits takes about 1.1 KiB.
    package static let maximumIdentityKeyBytes = 2048

    /// How many of the remote's muxers are looked at; we know one.
    package static let maximumMuxers = 32

    /// Plaintexts from this length on are sealed with swift-crypto, shorter ones with libsodium, in
    /// bytes.
    ///
    /// libsodium works in place without allocating; BoringSSL's cipher is faster per byte but its
    /// Swift API allocates and copies. `README.md` has the figures.
    package static let bulkSealThreshold = 6656

    /// The same for opening.
    package static let bulkOpenThreshold = 4608
}
