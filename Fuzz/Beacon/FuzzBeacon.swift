import FuzzKit

@testable import PeerKit

/// A LAN on which anything is said: the machine believes only what is signed by the peer itself,
/// and remembers no more than its limits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var machine = BeaconMachine(
        network: "fuzz", localPeer: key.publicKey.peerID, interval: .seconds(5), firstSequence: 1,
        limits: BeaconLimits(), now: .zero)
    var milliseconds: UInt64 = 0
    while let block = input.segment() {
        milliseconds += 100
        let datagram = Datagram(
            payload: magic(block), source: IPEndpoint(address: .loopbackV4, port: 4902))
        let found = try? machine.receive(
            datagram, at: Instant(nanoseconds: milliseconds * 1_000_000),
            unixMilliseconds: milliseconds)
        if let discovery = found ?? nil {
            precondition(discovery.addresses.allSatisfy { $0.ipAddress?.isLoopback == true })
        }
    }
    return 0
}

/// Half of the blocks get the right beginning, so that what is behind it is reached.
private func magic(_ block: [UInt8]) -> [UInt8] {
    (block.first ?? 0) & 1 == 0 ? BeaconCodec.magic + block.dropFirst() : block
}

private let key = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
