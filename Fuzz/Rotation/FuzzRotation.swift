import FuzzKit

@testable import PeerKit

/// Key histories and the certificates in them, arbitrary ones and ones whose payload is arbitrary
/// but rightly signed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let limits = RotationLimits()
    switch input.choice(of: 3) {
    case 0:
        var book = RotationBook(limits: limits)
        guard let message = try? RotationMessage(input.bytes, limits: limits) else { return 0 }
        precondition(message.chain.count <= limits.maximumChain)
        _ = try? book.accept(chain: message.chain, from: old.publicKey.peerID, at: 1)
        for revocation in message.revocations { _ = try? book.accept(revocation: revocation) }
    case 1:
        let read = try? RotationCertificate.open(signed(input.bytes), limits: limits)
        if let read {
            precondition(read.old == old.publicKey.peerID && read.newKey == new.publicKey)
        }
    default:
        _ = try? RotationCertificate.open(input.bytes, limits: limits)
        _ = try? RevocationCertificate.open(input.bytes, limits: limits)
    }
    return 0
}

private let old = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
private let new = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32)) }

private func signed(_ payload: [UInt8]) -> [UInt8] {
    let type = RotationCertificate.payloadType
    var envelope = WireWriter()
    envelope.write(old.publicKey.protobuf, tag: 1)
    envelope.write(type, tag: 2)
    envelope.write(payload, tag: 3)
    envelope.write(
        old.signature(
            for: SignedEnvelope.signedBytes(
                domain: RotationCertificate.domain, payloadType: type, payload: payload)), tag: 5)
    var outer = WireWriter()
    outer.write(envelope.bytes, tag: 1)
    outer.write(
        new.signature(
            for: SignedEnvelope.signedBytes(
                domain: RotationCertificate.acceptanceDomain, payloadType: type, payload: payload)),
        tag: 2)
    return outer.bytes
}
