import Crypto
import FuzzKit
@testable import PeerKit

import struct NIOCore.ByteBuffer

/// An open channel: honest messages arrive whole, arbitrary and damaged ones are refused for ever.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var (sender, receiver) = NoiseSession.pair
    var wire = ByteBuffer()
    var sent = ByteBuffer()
    var received = ByteBuffer()
    while !input.isEmpty {
        switch input.choice(of: 4) {
        case 0:
            var plaintext = ByteBuffer(bytes: input.segment() ?? [])
            sent.writeImmutableBuffer(plaintext)
            must { try sender.seal(&plaintext, into: &wire) }
        case 1:
            // Long enough for several messages.
            let length = Int(input.integer(UInt16.self)) * 4
            var plaintext = ByteBuffer(repeating: input.byte(), count: length)
            sent.writeImmutableBuffer(plaintext)
            must { try sender.seal(&plaintext, into: &wire) }
        case 2:
            deliver(&wire, to: &receiver, into: &received)
        default:
            deliver(&wire, to: &receiver, into: &received)
            precondition(received == sent, "an honest message was lost or changed")
            guard let forged = input.segment() else { return 0 }
            refuse(ByteBuffer(bytes: forged), &receiver)
            return 0
        }
    }
    deliver(&wire, to: &receiver, into: &received)
    precondition(received == sent, "an honest message was lost or changed")
    return 0
}

private func deliver(
    _ wire: inout ByteBuffer, to receiver: inout NoiseSession, into received: inout ByteBuffer
) {
    let before = received.readableBytes
    let count = must { try receiver.open(&wire, into: &received) }
    precondition(received.readableBytes == before + count)
    precondition(wire.readableBytes == 0, "a whole message was left")
}

/// No bytes that the other end did not seal may be opened.
private func refuse(_ forged: ByteBuffer, _ receiver: inout NoiseSession) {
    var forged = forged
    var out = ByteBuffer()
    let opened = try? receiver.open(&forged, into: &out)
    precondition(opened == nil || opened == 0, "opened \(opened ?? 0) forged bytes")
    if opened == nil {
        precondition((try? receiver.open(&forged, into: &out)) == nil, "an error was forgotten")
    }
    precondition(out.readableBytes == 0)
}

extension NoiseSession {
    /// The two ends of one channel.
    fileprivate static var pair: (NoiseSession, NoiseSession) {
        // The keys are no secrets here: the same input must always do the same.
        let there = NoiseCipherState(key: SymmetricKey(data: [UInt8](repeating: 1, count: 32)))
        let back = NoiseCipherState(key: SymmetricKey(data: [UInt8](repeating: 2, count: 32)))
        return (
            NoiseSession(sending: there, receiving: back),
            NoiseSession(sending: back, receiving: there)
        )
    }
}
