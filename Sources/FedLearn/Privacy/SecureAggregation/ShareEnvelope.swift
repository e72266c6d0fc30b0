import Crypto
import FoundationEssentials
import PeerKit

/// Seals the pair of shares that one member has for another, so that the collector can carry it.
///
/// The key is derived from both members' envelope keys of this round and the direction, and seals one
/// message only, so the nonce is zero.
enum ShareEnvelope {
    /// - Returns: `nil` for an unusable remote key.
    static func seal(
        maskShare: [UInt8], seedShare: [UInt8], from sender: Int, to receiver: Int,
        keys: MaskKeyPair, remote: [UInt8], group: ContentHash
    ) -> [UInt8]? {
        guard
            let key = key(keys, remote, from: sender, to: receiver, group: group),
            let nonce = try? ChaChaPoly.Nonce(data: zeroNonce),
            let box = try? ChaChaPoly.seal(maskShare + seedShare, using: key, nonce: nonce)
        else { return nil }
        return Array(box.ciphertext) + Array(box.tag)
    }

    /// - Returns: `nil` when key, direction, group or bytes are not those that were sealed.
    static func open(
        _ bytes: [UInt8], from sender: Int, to receiver: Int, keys: MaskKeyPair,
        remote: [UInt8], group: ContentHash
    ) -> (maskShare: [UInt8], seedShare: [UInt8])? {
        guard bytes.count == SealedShare.byteCount,
            let key = key(keys, remote, from: sender, to: receiver, group: group),
            let nonce = try? ChaChaPoly.Nonce(data: zeroNonce),
            let box = try? ChaChaPoly.SealedBox(
                nonce: nonce, ciphertext: bytes.dropLast(16), tag: bytes.suffix(16)),
            let opened = try? ChaChaPoly.open(box, using: key)
        else { return nil }
        let plain = Array(opened)
        return (Array(plain.prefix(32)), Array(plain.suffix(32)))
    }

    private static let zeroNonce = [UInt8](repeating: 0, count: 12)

    private static func key(
        _ keys: MaskKeyPair, _ remote: [UInt8], from sender: Int, to receiver: Int,
        group: ContentHash
    ) -> SymmetricKey? {
        keys.sharedKey(
            with: remote, purpose: "psic secure sum share 1 \(sender) \(receiver) \(group)")
    }
}
