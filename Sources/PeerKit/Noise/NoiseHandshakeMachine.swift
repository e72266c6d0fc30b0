import struct NIOCore.ByteBuffer

/// What the owner of a handshake does next.
package enum NoiseStep: Sendable {
    /// Come back with more of the remote's bytes.
    case needMore
    /// Send these bytes, then come back with more of the remote's.
    case send(ByteBuffer)
    /// Send these bytes, if any; the channel is open. Bytes left in the buffer are its first.
    case finished(send: ByteBuffer?, NoiseHandshakeResult)
}

/// What a handshake has established.
package struct NoiseHandshakeResult: Sendable {
    /// The identity that the remote proved.
    package let remotePublicKey: PublicKey
    package let remotePeer: PeerID
    /// The muxer that both lists agreed on: its frames follow at once. `nil` when one side sent no
    /// list: then multistream-select for the muxer runs inside the channel.
    package let muxer: ProtocolID?
    /// The channel's ciphers.
    package var session: NoiseSession
    /// A name for the channel that both sides share and nobody else could have made, 32 bytes.
    package let handshakeHash: [UInt8]
}

/// The libp2p secure channel handshake `/noise`: Noise XX with identities in the payloads.
///
/// Specification: https://github.com/libp2p/specs/blob/master/noise/README.md, and
/// connections/inlined-muxer-negotiation.md for the muxer.
///
/// Deviations: handshake messages are bounded by
/// ``NoiseLimits/maximumHandshakeMessageBytes``. A payload in the first message is ignored.
package struct NoiseHandshakeMachine: Sendable {
    private enum State {
        case notStarted
        case running
        case finished
        case failed(NoiseError)
    }

    private let role: NoiseRole
    private let payload: NoiseSignedPayload
    private let expectedPeer: PeerID?
    private let muxers: [ProtocolID]
    private var handshake: NoiseHandshake
    private var state = State.notStarted

    /// - Parameters:
    ///   - staticKey: The key that `payload` was signed for.
    ///   - ephemeralSeed: 32 random bytes, used for this handshake and never again.
    ///   - payload: The proof that our identity owns `staticKey`.
    ///   - expectedPeer: Who must be at the other end; `nil` takes anyone.
    ///   - muxers: Our muxers, most wanted first; empty to negotiate them inside the channel.
    package init(
        role: NoiseRole, staticKey: NoiseStaticKey, ephemeralSeed: [UInt8],
        payload: NoiseSignedPayload, expectedPeer: PeerID? = nil, muxers: [ProtocolID] = []
    ) {
        self.role = role
        self.payload = payload
        self.expectedPeer = expectedPeer
        self.muxers = muxers
        handshake = NoiseHandshake(
            role: role, staticKey: staticKey, ephemeralKey: NoiseStaticKey(seed: ephemeralSeed))
    }

    /// Begins: the initiator's first message, `nil` for the responder.
    package mutating func start() throws(NoiseError) -> ByteBuffer? {
        guard case .notStarted = state else { throw .outOfTurn }
        state = .running
        return role == .initiator ? try frame(payload: []) : nil
    }

    /// Takes one handshake message off the front of `bytes`, if it is complete.
    ///
    /// - Throws: Any ``NoiseError``; the same again on every later call. Nothing was sent then, so
    ///   a responder with the wrong identity sees the initiator go away after its own message.
    package mutating func receive(_ bytes: inout ByteBuffer) throws(NoiseError) -> NoiseStep {
        switch state {
        case .failed(let error): throw error
        case .notStarted, .finished: throw .outOfTurn
        case .running: break
        }
        do throws(NoiseError) {
            guard let message = try Self.readFrame(from: &bytes) else { return .needMore }
            return try advance(message)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(_ message: ByteBuffer) throws(NoiseError) -> NoiseStep {
        let received = try handshake.readMessage(message)
        guard !handshake.remoteStatic.isEmpty else {
            return .send(try frame(payload: try payload.encoded(muxers: muxers)))
        }
        let remote = try NoiseVerifiedPayload(received, remoteStatic: handshake.remoteStatic)
        let remotePeer = remote.publicKey.peerID
        if let expectedPeer, expectedPeer != remotePeer {
            throw .unexpectedPeer(expected: expectedPeer, actual: remotePeer)
        }
        let muxer = try Self.commonMuxer(
            initiator: role == .initiator ? muxers : remote.muxers,
            responder: role == .initiator ? remote.muxers : muxers, remote: remote.muxers)
        let last: ByteBuffer? =
            handshake.isFinished
            ? nil : try frame(payload: try payload.encoded(muxers: muxers))
        let (sending, receiving) = handshake.split()
        state = .finished
        return .finished(
            send: last,
            NoiseHandshakeResult(
                remotePublicKey: remote.publicKey, remotePeer: remotePeer, muxer: muxer,
                session: NoiseSession(sending: sending, receiving: receiving),
                handshakeHash: handshake.handshakeHash))
    }

    /// The first of the initiator's muxers that the responder has too; `nil` if a side sent none.
    private static func commonMuxer(
        initiator: [ProtocolID], responder: [ProtocolID], remote: [ProtocolID]
    ) throws(NoiseError) -> ProtocolID? {
        guard !initiator.isEmpty, !responder.isEmpty else { return nil }
        guard let muxer = initiator.first(where: responder.contains) else {
            throw .noCommonMuxer(remote: remote)
        }
        return muxer
    }

    /// Our next message with its length before it.
    private mutating func frame(payload: [UInt8]) throws(NoiseError) -> ByteBuffer {
        let message = try handshake.writeMessage(payload: payload)
        var frame = ByteBuffer()
        frame.reserveCapacity(message.readableBytes + NoiseLimits.lengthPrefixBytes)
        guard let length = UInt16(exactly: message.readableBytes) else {
            throw .plaintextTooLong(bytes: payload.count)
        }
        frame.writeInteger(length)
        frame.writeImmutableBuffer(message)
        return frame
    }

    private static func readFrame(
        from bytes: inout ByteBuffer
    ) throws(NoiseError) -> ByteBuffer? {
        guard let length = bytes.getInteger(at: bytes.readerIndex, as: UInt16.self) else {
            return nil
        }
        guard length <= NoiseLimits.maximumHandshakeMessageBytes else {
            throw .handshakeMessageTooLong(bytes: Int(length))
        }
        return bytes.readLengthPrefixedSlice(as: UInt16.self)
    }
}
