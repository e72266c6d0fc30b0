import FuzzKit
import PeerKit

/// Peer IDs in binary and in text: both texts of an ID are read back as the same ID.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let isBinary = input.byte() & 1 == 0
    let decoded = isBinary ? try? PeerID(bytes: input.bytes) : try? PeerID(input.text)
    guard let peerID = decoded else { return 0 }
    if isBinary { precondition(peerID.bytes == input.bytes) }
    precondition(must { try PeerID(bytes: peerID.bytes) } == peerID)
    precondition(must { try PeerID(peerID.description) } == peerID, "\(peerID)")
    precondition(must { try PeerID(peerID.cidText) } == peerID, "\(peerID.cidText)")
    // An ID made of the key that it contains is the same ID, as the encoding of keys is unique;
    // only an ID with another encoding of that key inside differs.
    if let key = peerID.publicKey, key.protobuf == Array(peerID.bytes.dropFirst(2)) {
        precondition(key.peerID == peerID)
    }
    return 0
}
