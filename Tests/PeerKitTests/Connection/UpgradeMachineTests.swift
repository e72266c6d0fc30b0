import NIOCore
import Testing

@testable import PeerKit

@Suite("From bare bytes to a secured, multiplexed connection") struct UpgradeMachineTests {
    /// One side: its machine, and what it has come to.
    struct Side {
        var machine: UpgradeMachine
        var inbox = ByteBuffer()
        var upgraded: UpgradeMachine.Upgraded?
        var rest = ByteBuffer()

        /// Takes bytes and returns the answer.
        mutating func take(_ bytes: ByteBuffer) throws(UpgradeError) -> ByteBuffer {
            inbox.writeImmutableBuffer(bytes)
            guard upgraded == nil else { return ByteBuffer() }
            switch try machine.receive(&inbox) {
            case .needMore(let reply): return reply ?? ByteBuffer()
            case .finished(let reply, let upgraded, let rest):
                self.upgraded = upgraded
                self.rest = rest
                return reply ?? ByteBuffer()
            }
        }
    }

    static func side(
        _ direction: Direction, _ number: UInt64, expecting peer: PeerID? = nil,
        muxers: [ProtocolID] = [UpgradeMachine.muxer]
    ) throws -> Side {
        let key = try Ed25519PrivateKey.numbered(number)
        let staticKey = NoiseStaticKey(seed: [UInt8](repeating: UInt8(number), count: 32))
        let payload = NoiseSignedPayload(
            identityKey: key.publicKey.protobuf,
            signature: key.signature(for: NoiseSignedPayload.bytesToSign(for: staticKey.publicKey)))
        let noise = NoiseHandshakeMachine(
            role: direction == .outbound ? .initiator : .responder, staticKey: staticKey,
            ephemeralSeed: [UInt8](repeating: UInt8(number &+ 100), count: 32), payload: payload,
            expectedPeer: peer, muxers: muxers)
        return Side(machine: try UpgradeMachine(direction: direction, noise: noise))
    }

    /// Carries bytes between the two, `piece` at a time, until nothing moves.
    private func run(_ dialer: inout Side, _ listener: inout Side, piece: Int) throws {
        var toListener = dialer.machine.start()
        var toDialer = listener.machine.start()
        while toListener.readableBytes + toDialer.readableBytes > 0 {
            if let part = toListener.readSlice(length: min(piece, toListener.readableBytes)) {
                toDialer.writeImmutableBuffer(try listener.take(part))
            }
            if let part = toDialer.readSlice(length: min(piece, toDialer.readableBytes)) {
                toListener.writeImmutableBuffer(try dialer.take(part))
            }
        }
    }

    @Test(
        "two machines agree, whole or byte by byte, with or without early muxer",
        arguments: [1, 3, 100_000],
        [
            ([UpgradeMachine.muxer], [UpgradeMachine.muxer]), ([], [UpgradeMachine.muxer]),
            ([UpgradeMachine.muxer], []), ([], []),
        ])
    func agree(piece: Int, muxers: ([ProtocolID], [ProtocolID])) throws {
        var dialer = try Self.side(.outbound, 1, muxers: muxers.0)
        var listener = try Self.side(.inbound, 2, muxers: muxers.1)
        try run(&dialer, &listener, piece: piece)
        var a = try #require(dialer.upgraded)
        var b = try #require(listener.upgraded)
        #expect(a.remotePeer == (try PeerIdentity.numbered(2).peerID))
        #expect(b.remotePeer == (try PeerIdentity.numbered(1).peerID))
        #expect(dialer.rest.readableBytes == 0)
        #expect(listener.rest.readableBytes == 0)
        // The ciphers fit together.
        var sealed = ByteBuffer()
        var plain = ByteBuffer(string: "hello")
        try a.session.seal(&plain, into: &sealed)
        var opened = ByteBuffer()
        try b.session.open(&sealed, into: &opened)
        #expect(String(buffer: opened) == "hello")
    }

    @Test("muxer bytes right behind the handshake are not lost") func keepsWhatFollows() throws {
        var dialer = try Self.side(.outbound, 1)
        var listener = try Self.side(.inbound, 2)
        var toListener = dialer.machine.start()
        var toDialer = listener.machine.start()
        while dialer.upgraded == nil {
            toDialer.writeImmutableBuffer(try listener.take(toListener))
            toListener = try dialer.take(toDialer)
            toDialer.clear()
        }
        var frame = ByteBuffer(string: "first frame")
        var sealed = toListener
        try dialer.upgraded?.session.seal(&frame, into: &sealed)
        _ = try listener.take(sealed)
        #expect(listener.upgraded != nil)
        #expect(String(buffer: listener.rest) == "first frame")
    }

    @Test func refusesAnotherPeer() throws {
        let expected = try PeerIdentity.numbered(9).peerID
        var dialer = try Self.side(.outbound, 1, expecting: expected)
        var listener = try Self.side(.inbound, 2)
        let actual = try PeerIdentity.numbered(2).peerID
        #expect(
            throws: UpgradeError.noise(.unexpectedPeer(expected: expected, actual: actual))
        ) { try run(&dialer, &listener, piece: 1000) }
        #expect(listener.upgraded == nil)
    }

    @Test func refusesAnotherMuxer() throws {
        var dialer = try Self.side(.outbound, 1, muxers: ["/mplex/6.7.0"])
        var listener = try Self.side(.inbound, 2)
        #expect(throws: UpgradeError.self) { try run(&dialer, &listener, piece: 1000) }
    }

    @Test("random bytes end in an error or in waiting, never in a trap", arguments: 0..<200)
    func survivesGarbage(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "garbage")
        for direction in [Direction.inbound, .outbound] {
            var side = try Self.side(direction, 1)
            _ = side.machine.start()
            var other = try Self.side(direction == .inbound ? .outbound : .inbound, 2)
            // As much of an honest opening as chance says, then anything.
            var bytes = other.machine.start()
            let kept = Int.random(in: 0...bytes.readableBytes, using: &generator)
            bytes = bytes.readSlice(length: kept) ?? ByteBuffer()
            let count = Int.random(in: 0..<2000, using: &generator)
            bytes.writeBytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
            do throws(UpgradeError) { _ = try side.take(bytes) } catch { continue }
            #expect(side.upgraded == nil)
        }
    }

    @Test func aFlippedBitAnywhereKeepsTheListenerFromAgreeing() throws {
        var length = 0
        // The first time none is flipped.
        var position = -1
        repeat {
            var dialer = try Self.side(.outbound, 1)
            var listener = try Self.side(.inbound, 2)
            var toListener = dialer.machine.start()
            var toDialer = listener.machine.start()
            var sent = 0
            do throws(UpgradeError) {
                while toListener.readableBytes + toDialer.readableBytes > 0 {
                    if (sent..<(sent + toListener.readableBytes)).contains(position) {
                        let at = toListener.readerIndex + position - sent
                        let byte = toListener.getInteger(at: at, as: UInt8.self) ?? 0
                        toListener.setInteger(byte ^ (1 << UInt8(position % 8)), at: at)
                    }
                    sent += toListener.readableBytes
                    toDialer.writeImmutableBuffer(try listener.take(toListener))
                    toListener = try dialer.take(toDialer)
                    toDialer.clear()
                }
            } catch {}
            length = max(length, sent)
            #expect((listener.upgraded == nil) == (position >= 0), "byte \(position)")
            position += position < 0 ? 1 : 3
        } while position < length
        #expect(length > 150)
    }
}
