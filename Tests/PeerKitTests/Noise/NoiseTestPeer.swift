import CSodium

import struct NIOCore.ByteBuffer

@testable import PeerKit

/// An identity and a static key, made from a number.
struct NoiseTestPeer {
    let staticKey: NoiseStaticKey
    let payload: NoiseSignedPayload
    let peerID: PeerID
    let ephemeralSeed: [UInt8]

    init(_ number: UInt8, signing: [UInt8]? = nil) throws {
        staticKey = NoiseStaticKey(seed: [UInt8](repeating: number, count: 32))
        ephemeralSeed = [UInt8](repeating: number ^ 0xFF, count: 32)
        var publicKey = [UInt8](repeating: 0, count: 32)
        var secretKey = [UInt8](repeating: 0, count: 64)
        _ = crypto_sign_seed_keypair(
            &publicKey, &secretKey, [UInt8](repeating: number &+ 100, count: 32))
        let bytes = signing ?? NoiseSignedPayload.bytesToSign(for: staticKey.publicKey)
        var signature = [UInt8](repeating: 0, count: 64)
        _ = crypto_sign_detached(&signature, nil, bytes, UInt64(bytes.count), secretKey)
        // Type Ed25519, 32 bytes of data (peer-ids specification).
        payload = NoiseSignedPayload(
            identityKey: [0x08, 0x01, 0x12, 0x20] + publicKey, signature: signature)
        peerID = try PublicKey(protobuf: payload.identityKey).peerID
    }

    func machine(
        _ role: NoiseRole, expecting peer: PeerID? = nil, muxers: [ProtocolID] = []
    ) -> NoiseHandshakeMachine {
        NoiseHandshakeMachine(
            role: role, staticKey: staticKey, ephemeralSeed: ephemeralSeed, payload: payload,
            expectedPeer: peer, muxers: muxers)
    }
}

/// Both machines' results, and the messages that passed between them.
struct NoiseTestExchange {
    var initiator: NoiseHandshakeResult
    var responder: NoiseHandshakeResult
    var messages: [ByteBuffer]

    /// Runs a handshake; `tamper` may change message 0, 1 or 2 on its way.
    init(
        _ first: NoiseHandshakeMachine, _ second: NoiseHandshakeMachine,
        tamper: (Int, inout ByteBuffer) -> Void = { _, _ in }
    ) throws {
        var (first, second) = (first, second)
        guard var one = try first.start(), try second.start() == nil else {
            throw NoiseError.outOfTurn
        }
        messages = [one]
        tamper(0, &one)
        guard case .send(var two) = try second.receive(&one) else { throw NoiseError.outOfTurn }
        messages.append(two)
        tamper(1, &two)
        guard case .finished(var three?, let initiator) = try first.receive(&two) else {
            throw NoiseError.outOfTurn
        }
        messages.append(three)
        tamper(2, &three)
        guard case .finished(nil, let responder) = try second.receive(&three) else {
            throw NoiseError.outOfTurn
        }
        self.initiator = initiator
        self.responder = responder
    }
}

func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}
