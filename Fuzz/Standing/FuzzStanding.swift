import FuzzKit

@testable import PeerKit

/// What lies in a standing book on disk, whoever wrote it: what can be read encodes to the same
/// again and keeps the book's bounds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let isEntry = input.byte() & 1 == 0
    let bytes = Array(input.bytes)
    var machine = StandingMachine(
        policy: .init(), limits: .init(), now: .zero, unixMilliseconds: 1_800_000_000_000)
    if isEntry {
        guard let entry = StandingCodec.decodeEntry(bytes) else { return 0 }
        precondition(StandingCodec.decodeEntry(StandingCodec.encode(entry)) == entry)
        machine.restore(entry, of: peer, at: .zero)
        precondition(machine.score(of: peer, at: .zero) <= 0)
        let fault = PeerFault(.falseClaim, in: "/fuzz/1", "fuzz")
        _ = machine.report(fault, by: peer, at: .zero.advanced(by: .seconds(60)))
        let standing = machine.standing(of: peer, at: .zero)
        precondition(standing.faults.count <= StandingLimits.maximumFaultsPerPeer)
        _ = machine.explain(peer, at: .zero)
    } else {
        guard let ban = StandingCodec.decodeBan(key: Array("10.0.0.0/8".utf8), bytes) else {
            return 0
        }
        machine.restore(ban, at: .zero)
        precondition(machine.bans.count == 1)
    }
    _ = machine.takeWrites()
    return 0
}

private let peer = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
    .publicKey.peerID
