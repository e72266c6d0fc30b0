import FuzzKit
import NIOCore

@testable import PeerKit

/// What a peer says of itself: nothing it sends may grow beyond the limits or name another peer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let isDelimited = input.byte() & 1 == 0
    var bytes = ByteBuffer()
    // Raw, or with a right length in front, so that the messages are reached soon.
    if !isDelimited { bytes.writeVarInt(UInt64(input.bytes.count)) }
    bytes.writeBytes(input.bytes)
    guard let info = try? IdentifyCodec.decode(bytes, from: peer) else { return 0 }
    precondition(info.protocols.count <= IdentifyLimits.maximumProtocols)
    precondition(info.protocols.allSatisfy(\.isNegotiable))
    precondition(info.listenAddresses.count <= IdentifyLimits.maximumAddresses)
    precondition(info.agentVersion.unicodeScalars.count <= IdentifyLimits.maximumVersionLength)
    precondition(info.record == nil || info.record?.peerID == peer)
    return 0
}

private let peer = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
    .publicKey.peerID
