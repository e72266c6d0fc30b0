import FuzzKit

@testable import PeerKit

/// Stored entries of the address book: what is read keeps to the limits and comes back when written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let limits = AddressBookLimits()
    guard let entry = AddressBookCodec.decode(input.bytes, of: peer, limits: limits) else {
        return 0
    }
    precondition(entry.uncertified.count <= limits.maximumAddressesPerPeer)
    let again = AddressBookCodec.decode(
        AddressBookCodec.encode(entry), of: peer, limits: limits)
    precondition(again == entry)
    return 0
}

private let peer = must {
    try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)).publicKey.peerID
}
