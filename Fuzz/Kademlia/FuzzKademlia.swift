import FuzzKit
import NIOCore

@testable import PeerKit

/// What peers say in the distributed hash table, and what is read back from disk: nothing grows
/// beyond the limits, and what was understood is written the same way again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 3) {
    case 0: readMessage(input.bytes)
    case 1: readRecord(input.bytes)
    default: readArchive(input.bytes)
    }
    return 0
}

private func readMessage(_ bytes: [UInt8]) {
    guard let message = try? KademliaCodec.decode(ByteBuffer(bytes: bytes)) else { return }
    precondition(message.key.count <= KademliaLimits.maximumKeyBytes)
    precondition((message.record?.value.count ?? 0) <= KademliaLimits.maximumValueBytes)
    let peers = message.closerPeers + message.providerPeers
    precondition(peers.count <= KademliaLimits.maximumPeersPerMessage)
    for peer in peers {
        precondition(peer.addresses.count <= KademliaLimits.maximumAddressesPerPeer)
    }
    let again = must { try KademliaCodec.decode(ByteBuffer(bytes: KademliaCodec.encode(message))) }
    precondition(again.kind == message.kind && again.key == message.key)
    precondition(again.closerPeers.map(\.id) == message.closerPeers.map(\.id))
    precondition(again.record?.value == message.record?.value)
}

private func readRecord(_ bytes: [UInt8]) {
    guard let record = try? SignedRecord.open(bytes, for: key) else { return }
    precondition(record.author == author && record.key == key)
}

private func readArchive(_ bytes: [UInt8]) {
    let clock = ArchiveClock(now: Instant(nanoseconds: 1 << 40), unixNanoseconds: 1 << 60)
    if let found = KademliaArchive.peer(bytes, clock) {
        precondition(found.lastUseful <= clock.now)
    }
    _ = KademliaArchive.record(bytes, clock)
    _ = KademliaArchive.provider(bytes, clock)
    _ = KademliaArchive.publication(bytes, clock)
    _ = try? SignedRecord.parts(of: bytes)
    _ = try? PublicKeyValidator().validate(key: key, value: bytes)
}

private let author = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
    .publicKey.peerID
private let key = SignedRecord.key(of: author, name: Array("name".utf8))
