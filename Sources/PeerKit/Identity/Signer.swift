/// Something that signs with one key: a key in memory, or a device that never gives its key away.
public protocol Signer: Sendable {
    /// The public half of the key.
    var publicKey: PublicKey { get }

    /// The signature of `message`. It may take long and fail, because the holder of the key may
    /// be another device.
    func sign(_ message: [UInt8]) async throws -> [UInt8]
}
