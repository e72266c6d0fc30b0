import FuzzKit
import PeerKit

import struct NIOCore.ByteBuffer

/// The Noise handshake in both roles: against arbitrary bytes, and against an honest peer whose
/// messages are damaged on the way.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let choices = input.byte()
    let role = choices & 1 == 0 ? NoiseRole.initiator : .responder
    if choices & 2 == 0 {
        receiveArbitrary(&input, as: role)
    } else {
        meetHonestPeer(&input, as: role)
    }
    return 0
}

private func machine(_ role: NoiseRole) -> NoiseHandshakeMachine {
    // The seeds are no secrets here: the same input must always do the same.
    let seed = [UInt8](repeating: role == .initiator ? 1 : 2, count: 32)
    let identityKey: [UInt8] = [8, 1, 18, 32] + seed
    return NoiseHandshakeMachine(
        role: role, staticKey: NoiseStaticKey(seed: seed), ephemeralSeed: seed.map { $0 + 2 },
        payload: NoiseSignedPayload(
            identityKey: identityKey, signature: [UInt8](repeating: 3, count: 64)),
        muxers: ["/yamux/1.0.0"])
}

private func receiveArbitrary(_ input: inout FuzzInput, as role: NoiseRole) {
    var machine = machine(role)
    _ = must { try machine.start() }
    var buffer = ByteBuffer()
    while let segment = input.segment() {
        buffer.writeBytes(segment)
        do {
            guard case .needMore = try machine.receive(&buffer) else { continue }
            precondition(
                buffer.readableBytes
                    < NoiseLimits.maximumHandshakeMessageBytes + NoiseLimits.lengthPrefixBytes,
                "holds \(buffer.readableBytes) bytes")
        } catch {
            precondition((try? machine.receive(&buffer)) == nil, "an error was forgotten")
            return
        }
    }
}

/// Neither side's signature is right, so no handshake may end well, damaged or not.
private func meetHonestPeer(_ input: inout FuzzInput, as role: NoiseRole) {
    var ours = machine(role)
    var theirs = machine(role == .initiator ? .responder : .initiator)
    var toThem = must { try ours.start() } ?? ByteBuffer()
    var toUs = must { try theirs.start() } ?? ByteBuffer()
    for _ in 0..<4 {
        damage(&toUs, &input)
        guard let reply = answer(of: &ours, to: &toUs) else { return }
        toThem.writeImmutableBuffer(reply)
        guard let answer = answer(of: &theirs, to: &toThem) else { return }
        toUs.writeImmutableBuffer(answer)
    }
}

private func answer(
    of machine: inout NoiseHandshakeMachine, to bytes: inout ByteBuffer
) -> ByteBuffer? {
    switch try? machine.receive(&bytes) {
    case .needMore: return ByteBuffer()
    case .send(let reply): return reply
    case .finished: preconditionFailure("a forged signature was accepted")
    case nil: return nil
    }
}

private func damage(_ bytes: inout ByteBuffer, _ input: inout FuzzInput) {
    guard bytes.readableBytes > 0 else { return }
    for _ in 0..<input.choice(of: 4) {
        let index = bytes.readerIndex + Int(input.integer(UInt16.self)) % bytes.readableBytes
        bytes.setInteger(input.byte(), at: index)
    }
}
