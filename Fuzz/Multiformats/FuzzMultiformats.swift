import FuzzKit
import PeerKit

import struct NIOCore.ByteBuffer

/// Varints, multibase texts and CIDs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 4) {
    case 0:
        let bytes = input.bytes
        guard let (value, byteCount) = try? VarInt.decode(bytes) else { return 0 }
        precondition(VarInt.encode(value) == Array(bytes.prefix(byteCount)))
        precondition(VarInt.encodedByteCount(value) == byteCount)
        var buffer = ByteBuffer(bytes: bytes)
        precondition(must { try buffer.readVarInt() } == value)
        precondition(buffer.readableBytes == bytes.count - byteCount)
    case 1:
        guard let (base, bytes) = try? Multibase.decode(input.text) else { return 0 }
        let again = must { try Multibase.decode(base.encode(bytes)) }
        precondition(again.base == base && again.bytes == bytes)
    case 2:
        let bytes = input.bytes
        guard let cid = try? CID(bytes: bytes) else { return 0 }
        precondition(cid.bytes == bytes, "\(bytes) became \(cid.bytes)")
        precondition(must { try CID(cid.description) } == cid, "\(cid)")
    default:
        guard let cid = try? CID(input.text) else { return 0 }
        precondition(must { try CID(bytes: cid.bytes) } == cid, "\(cid)")
    }
    return 0
}
