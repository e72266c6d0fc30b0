import FuzzKit

@testable import PeerKit

/// A LAN on which any DNS message is said: names end, and only the sender's address is believed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let limits = MulticastDNSLimits()
    var machine = MulticastDNSMachine(
        localPeer: key.publicKey.peerID, name: Array("fuzz".utf8), limits: limits, now: .zero)
    var milliseconds: UInt64 = 0
    while let block = input.segment() {
        milliseconds += 100
        if let message = try? DNSCodec.decode(block, limits: limits) {
            let names = message.questions.map(\.name) + message.records.map(\.name)
            precondition(names.allSatisfy { $0.labels.joined().count <= 255 })
            precondition(names.allSatisfy { $0.labels.allSatisfy { (1...63).contains($0.count) } })
        }
        let outcome = machine.receive(
            Datagram(payload: block, source: IPEndpoint(address: .loopbackV4, port: 5353)),
            at: Instant(nanoseconds: milliseconds * 1_000_000))
        for found in outcome.found {
            precondition(found.addresses.count <= limits.maximumAddresses)
            precondition(found.addresses.allSatisfy { $0.ipAddress?.isLoopback == true })
        }
    }
    return 0
}

private let key = must { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32)) }
