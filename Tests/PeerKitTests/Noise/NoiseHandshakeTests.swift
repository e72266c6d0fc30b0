import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

@Suite("Noise XX, published vectors") struct NoiseVectorTests {
    @Test("both roles make and read the published bytes", arguments: NoiseVector.all)
    func vector(_ vector: NoiseVector) throws {
        func side(_ role: NoiseRole, _ key: String, _ ephemeral: String) -> NoiseHandshake {
            NoiseHandshake(
                role: role, staticKey: NoiseStaticKey(seed: hex(key)),
                ephemeralKey: NoiseStaticKey(seed: hex(ephemeral)), prologue: hex(vector.prologue))
        }
        var sides = [
            side(.initiator, vector.initiatorStatic, vector.initiatorEphemeral),
            side(.responder, vector.responderStatic, vector.responderEphemeral),
        ]
        for (index, message) in vector.messages.prefix(3).enumerated() {
            let sent = try sides[index % 2].writeMessage(payload: hex(message.payload))
            #expect(Array(sent.readableBytesView) == hex(message.ciphertext))
            let received = try sides[1 - index % 2].readMessage(sent)
            #expect(received == hex(message.payload))
        }
        #expect(sides.allSatisfy { $0.isFinished })
        #expect(sides[0].handshakeHash == sides[1].handshakeHash)
        if let hash = vector.handshakeHash { #expect(sides[0].handshakeHash == hex(hash)) }
        #expect(
            sides[0].remoteStatic == NoiseStaticKey(seed: hex(vector.responderStatic)).publicKey)

        var sessions = sides.map { side in
            let (sending, receiving) = side.split()
            return NoiseSession(sending: sending, receiving: receiving)
        }
        for (index, message) in vector.messages.enumerated().dropFirst(3) {
            var plaintext = ByteBuffer(bytes: hex(message.payload))
            var sealed = ByteBuffer()
            try sessions[index % 2].seal(&plaintext, into: &sealed)
            #expect(Array(sealed.readableBytesView.dropFirst(2)) == hex(message.ciphertext))
            var opened = ByteBuffer()
            try sessions[1 - index % 2].open(&sealed, into: &opened)
            #expect(Array(opened.readableBytesView) == hex(message.payload))
        }
    }
}

@Suite("libp2p Noise handshake") struct NoiseHandshakeTests {
    let alice: NoiseTestPeer
    let bob: NoiseTestPeer

    init() throws {
        alice = try NoiseTestPeer(1)
        bob = try NoiseTestPeer(2)
    }

    @Test("gives both sides the other's identity and one channel")
    func succeeds() throws {
        var exchange = try NoiseTestExchange(
            alice.machine(.initiator, expecting: bob.peerID), bob.machine(.responder))
        #expect(exchange.initiator.remotePeer == bob.peerID)
        #expect(exchange.responder.remotePeer == alice.peerID)
        #expect(exchange.initiator.handshakeHash == exchange.responder.handshakeHash)
        #expect(exchange.messages[0].readableBytes == 2 + 32)

        var plaintext = ByteBuffer(string: "hello")
        var (wire, opened) = (ByteBuffer(), ByteBuffer())
        try exchange.initiator.session.seal(&plaintext, into: &wire)
        try exchange.responder.session.open(&wire, into: &opened)
        #expect(String(buffer: opened) == "hello")
    }

    @Test("waits for the rest of a message at every cut")
    func truncation() throws {
        let exchange = try NoiseTestExchange(alice.machine(.initiator), bob.machine(.responder))
        for (index, message) in exchange.messages.enumerated() {
            for count in 0..<message.readableBytes {
                var machine = index == 1 ? alice.machine(.initiator) : bob.machine(.responder)
                _ = try machine.start()
                if index == 2 {
                    var first = exchange.messages[0]
                    _ = try machine.receive(&first)
                }
                var bytes = try #require(message.getSlice(at: 0, length: count))
                guard case .needMore = try machine.receive(&bytes) else {
                    Issue.record("message \(index) taken after \(count) bytes")
                    return
                }
                #expect(bytes.readableBytes == count)
                bytes.writeImmutableBuffer(
                    message.getSlice(at: count, length: message.readableBytes - count)!)
                bytes.writeString("next")
                if case .needMore = try machine.receive(&bytes) {
                    Issue.record("message \(index) not taken when complete")
                }
                #expect(String(buffer: bytes) == "next")
            }
        }
    }

    @Test("fails when any byte of any message is changed", arguments: 0..<3)
    func tampering(index: Int) throws {
        let exchange = try NoiseTestExchange(alice.machine(.initiator), bob.machine(.responder))
        for position in 2..<exchange.messages[index].readableBytes {
            // X25519 ignores the highest bit of a key, but the handshake hash does not.
            for bit: UInt8 in [0x01, 0x80] {
                #expect(throws: NoiseError.self) {
                    try NoiseTestExchange(alice.machine(.initiator), bob.machine(.responder)) {
                        guard $0 == index else { return }
                        let byte = $1.getInteger(at: position, as: UInt8.self)!
                        $1.setInteger(byte ^ bit, at: position)
                    }
                }
            }
        }
    }

    @Test("the initiator says nothing to the wrong peer")
    func wrongPeer() throws {
        let carol = try NoiseTestPeer(3)
        #expect(
            throws: NoiseError.unexpectedPeer(expected: carol.peerID, actual: bob.peerID)
        ) {
            try NoiseTestExchange(
                alice.machine(.initiator, expecting: carol.peerID), bob.machine(.responder))
        }
        #expect(
            throws: NoiseError.unexpectedPeer(expected: carol.peerID, actual: alice.peerID)
        ) {
            try NoiseTestExchange(
                alice.machine(.initiator), bob.machine(.responder, expecting: carol.peerID))
        }
    }

    @Test("a signature over another static key fails, on either side")
    func wrongSignature() throws {
        let other = NoiseStaticKey(seed: [UInt8](repeating: 9, count: 32)).publicKey
        let liar = try NoiseTestPeer(4, signing: NoiseSignedPayload.bytesToSign(for: other))
        #expect(throws: NoiseError.badSignature) {
            try NoiseTestExchange(alice.machine(.initiator), liar.machine(.responder))
        }
        #expect(throws: NoiseError.badSignature) {
            try NoiseTestExchange(liar.machine(.initiator), bob.machine(.responder))
        }
        let unprefixed = try NoiseTestPeer(5, signing: NoiseTestPeer(5).staticKey.publicKey)
        #expect(throws: NoiseError.badSignature) {
            try NoiseTestExchange(alice.machine(.initiator), unprefixed.machine(.responder))
        }
    }

    @Test("a stolen payload does not open the channel")
    func stolenPayload() throws {
        let thief = NoiseHandshakeMachine(
            role: .responder, staticKey: alice.staticKey, ephemeralSeed: alice.ephemeralSeed,
            payload: bob.payload)
        #expect(throws: NoiseError.badSignature) {
            try NoiseTestExchange(alice.machine(.initiator, expecting: bob.peerID), thief)
        }
    }

    @Test(
        "a payload without key or signature is malformed",
        arguments: [[], [0x0A, 0x00], [0xFF, 0xFF], [0x12, 0x01, 0x00]] as [[UInt8]])
    func malformedPayload(payload: [UInt8]) throws {
        var responder = NoiseHandshake(
            role: .responder, staticKey: bob.staticKey,
            ephemeralKey: NoiseStaticKey(seed: bob.ephemeralSeed))
        var initiator = alice.machine(.initiator)
        var one = try #require(try initiator.start())
        one.moveReaderIndex(forwardBy: 2)
        _ = try responder.readMessage(one)
        let two = try responder.writeMessage(payload: payload)
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(two.readableBytes))
        bytes.writeImmutableBuffer(two)
        #expect(throws: NoiseError.malformedPayload) { _ = try initiator.receive(&bytes) }
        // And for ever after.
        #expect(throws: NoiseError.malformedPayload) { _ = try initiator.receive(&bytes) }
    }

    @Test("an oversized message is refused by its length alone")
    func oversize() throws {
        var machine = bob.machine(.responder)
        _ = try machine.start()
        let length = NoiseLimits.maximumHandshakeMessageBytes + 1
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(length))
        #expect(throws: NoiseError.handshakeMessageTooLong(bytes: length)) {
            _ = try machine.receive(&bytes)
        }
    }

    @Test("a message too short for its keys is refused", arguments: [0, 1, 31])
    func undersize(length: Int) throws {
        var machine = bob.machine(.responder)
        _ = try machine.start()
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(length))
        bytes.writeRepeatingByte(1, count: length)
        #expect(throws: NoiseError.messageTooShort(bytes: length)) {
            _ = try machine.receive(&bytes)
        }
    }

    @Test("an ephemeral key of small order is refused")
    func weakKey() throws {
        var machine = bob.machine(.responder)
        _ = try machine.start()
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(32))
        bytes.writeRepeatingByte(0, count: 32)
        #expect(throws: NoiseError.weakKey) { _ = try machine.receive(&bytes) }
    }

    @Test("calls out of turn fail")
    func outOfTurn() throws {
        var machine = alice.machine(.initiator)
        var bytes = ByteBuffer()
        #expect(throws: NoiseError.outOfTurn) { _ = try machine.receive(&bytes) }
        _ = try machine.start()
        #expect(throws: NoiseError.outOfTurn) { _ = try machine.start() }
    }

    @Test("random bytes never trap", arguments: 0..<30)
    func garbage(seed: UInt64) throws {
        var generator = WireTestGenerator(seed: seed)
        var machine = seed % 2 == 0 ? alice.machine(.initiator) : bob.machine(.responder)
        _ = try machine.start()
        var bytes = ByteBuffer()
        for _ in 0..<20 {
            bytes.writeInteger(UInt16(generator.below(200)))
            bytes.writeBytes(generator.bytes(generator.below(400)))
            if (try? machine.receive(&bytes)) == nil { return }
        }
    }
}

@Suite("Early muxer negotiation") struct NoiseEarlyMuxerTests {
    struct Case: Sendable {
        let initiator: [ProtocolID]
        let responder: [ProtocolID]
        let chosen: ProtocolID?
    }

    @Test(
        "the first of the initiator's that both have; none unless both send a list",
        arguments: [
            Case(initiator: ["/yamux/1.0.0"], responder: ["/yamux/1.0.0"], chosen: "/yamux/1.0.0"),
            Case(initiator: ["/a", "/b"], responder: ["/b", "/a"], chosen: "/a"),
            Case(initiator: ["/x", "/b"], responder: ["/a", "/b"], chosen: "/b"),
            Case(initiator: ["/yamux/1.0.0"], responder: [], chosen: nil),
            Case(initiator: [], responder: ["/yamux/1.0.0"], chosen: nil),
            Case(initiator: [], responder: [], chosen: nil),
        ])
    func table(_ row: Case) throws {
        let exchange = try NoiseTestExchange(
            try NoiseTestPeer(1).machine(.initiator, muxers: row.initiator),
            try NoiseTestPeer(2).machine(.responder, muxers: row.responder))
        #expect(exchange.initiator.muxer == row.chosen)
        #expect(exchange.responder.muxer == row.chosen)
    }

    @Test("no overlap fails")
    func noOverlap() throws {
        #expect(throws: NoiseError.noCommonMuxer(remote: ["/b"])) {
            try NoiseTestExchange(
                try NoiseTestPeer(1).machine(.initiator, muxers: ["/a"]),
                try NoiseTestPeer(2).machine(.responder, muxers: ["/b"]))
        }
    }
}
