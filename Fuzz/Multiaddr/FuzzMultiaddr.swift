import FuzzKit
import PeerKit

/// Addresses in binary and in text: what is accepted comes out as it went in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 1 == 0 {
        let bytes = input.bytes
        guard let address = try? Multiaddr(bytes: bytes) else { return 0 }
        precondition(address.bytes == bytes, "\(bytes) became \(address.bytes)")
        check(address)
    } else {
        guard let address = try? Multiaddr(input.text) else { return 0 }
        let again = try? Multiaddr(bytes: address.bytes)
        precondition(again == address, "\(address) became \(String(describing: again))")
        check(address)
    }
    return 0
}

private func check(_ address: Multiaddr) {
    let text = address.description
    // A text can be longer than its binary form, and then beyond the limit for texts.
    if let again = try? Multiaddr(text) {
        precondition(again == address, "\(text) became \(again)")
    } else {
        precondition(text.utf8.count > 1000, "\(text) is not read back")
    }
    _ = (address.tcpDialTarget, address.ipEndpoint, address.isRelayed)
    precondition(address.withoutPeerID.peerID == nil || address.components.count > 1)
}
