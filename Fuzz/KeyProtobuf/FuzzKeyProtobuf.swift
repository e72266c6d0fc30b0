import FuzzKit
import PeerKit

/// libp2p's messages for public and private keys.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 1 == 0 {
        guard let key = try? PublicKey(protobuf: input.bytes) else { return 0 }
        precondition(must { try PublicKey(protobuf: key.protobuf) } == key)
        // An identity that contains its key gives it back; one that hashes it cannot.
        let contained = key.peerID.publicKey
        precondition(contained == nil || contained == key)
    } else {
        guard let key = try? Ed25519PrivateKey(protobuf: input.bytes) else { return 0 }
        let again = must { try Ed25519PrivateKey(protobuf: key.protobuf) }
        precondition(again.publicKey == key.publicKey)
        let signature = key.signature(for: input.bytes)
        precondition(key.publicKey.isValidSignature(signature, for: input.bytes))
    }
    return 0
}
