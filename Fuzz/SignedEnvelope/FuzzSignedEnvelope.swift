import FuzzKit
import PeerKit

/// Signed envelopes and the peer records in them: arbitrary ones, records that are signed but wrong,
/// and envelopes damaged on the way.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 3) {
    case 0:
        open(input.bytes)
    case 1:
        open(envelope(of: input.bytes))
    default:
        let position = Int(input.integer(UInt16.self))
        let change = input.byte()
        let payload = input.bytes
        var bytes = envelope(of: payload)
        bytes[position % bytes.count] ^= change
        let opened = try? SignedEnvelope.open(
            bytes, domain: PeerRecord.domain, payloadType: PeerRecord.payloadType)
        // A change can miss what is signed; it must not change what is read.
        precondition(opened == nil || opened?.payload == payload && opened?.publicKey == publicKey)
    }
    return 0
}

private func open(_ bytes: [UInt8]) {
    guard let record = try? PeerRecord.open(bytes) else { return }
    precondition(record.addresses.count <= IdentityLimits.maximumRecordAddressCount)
    precondition(record.addresses.allSatisfy { !$0.isEmpty && $0.peerID != record.peerID })
}

// The seed is no secret here: the same input must always do the same.
private let key = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
private let publicKey = key.publicKey

/// A rightly signed envelope (RFC 0002), written here by hand so that any payload fits in.
private func envelope(of payload: [UInt8]) -> [UInt8] {
    let type = PeerRecord.payloadType
    let signed = delimited(Array(PeerRecord.domain.utf8)) + delimited(type) + delimited(payload)
    return [0x0a] + delimited(publicKey.protobuf) + [0x12] + delimited(type)
        + [0x1a] + delimited(payload) + [0x2a] + delimited(key.signature(for: signed))
}

private func delimited(_ bytes: [UInt8]) -> [UInt8] { VarInt.encode(UInt64(bytes.count)) + bytes }
