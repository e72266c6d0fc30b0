import Crypto
import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

@Suite("Noise session") struct NoiseSessionTests {
    private func pair() throws -> (NoiseSession, NoiseSession) {
        let exchange = try NoiseTestExchange(
            try NoiseTestPeer(1).machine(.initiator), try NoiseTestPeer(2).machine(.responder))
        return (exchange.initiator.session, exchange.responder.session)
    }

    static let sizes = [
        0, 1, 63, 64, 65, 4096, NoiseLimits.bulkOpenThreshold - 1, NoiseLimits.bulkOpenThreshold,
        NoiseLimits.bulkSealThreshold - 1, NoiseLimits.bulkSealThreshold, 65507, 65508, 65509,
        200_000,
    ]

    @Test("what is sealed is opened, in messages of at most 65535 bytes", arguments: sizes)
    func roundTrip(size: Int) throws {
        var (alice, bob) = try pair()
        var generator = WireTestGenerator(seed: UInt64(size))
        let sent = generator.bytes(size)
        for round in 0..<3 {
            var plaintext = ByteBuffer(bytes: sent)
            var wire = ByteBuffer(string: "before")
            try alice.seal(&plaintext, into: &wire)
            #expect(wire.readString(length: 6) == "before")
            let messages = (size + 65507) / 65508
            #expect(wire.readableBytes == size + messages * 18)
            #expect(plaintext.readableBytes == 0)
            var opened = ByteBuffer(string: "\(round)")
            #expect(try bob.open(&wire, into: &opened) == size)
            #expect(Array(opened.readableBytesView.dropFirst()) == sent)
            #expect(wire.readableBytes == 0)
        }
    }

    @Test("a gathered message is the same as a sealed one", arguments: sizes.filter { $0 < 65509 })
    func gathered(size: Int) throws {
        var (alice, bob) = try pair()
        var twin = alice
        var plaintext = ByteBuffer(repeating: 7, count: size)
        var (wire, gathered) = (ByteBuffer(string: "xy"), ByteBuffer(string: "xy"))
        _ = gathered.readString(length: 1)
        try alice.seal(&plaintext, into: &wire)
        let count = try twin.sealMessage(into: &gathered) {
            $0.writeRepeatingByte(7, count: size / 3)
            $0.writeRepeatingByte(7, count: size - size / 3)
        }
        #expect(count == size)
        #expect(gathered.readableBytesView.elementsEqual(wire.readableBytesView.dropFirst()))
        _ = gathered.readString(length: 1)
        var opened = ByteBuffer()
        #expect(try bob.open(&gathered, into: &opened) == size)
    }

    @Test("a message of the longest kind is opened, wherever it begins", arguments: [0, 9, 10])
    func longest(offset: Int) throws {
        var (alice, bob) = try pair()
        var wire = ByteBuffer(repeating: 1, count: offset)
        for _ in 0..<2 {
            try alice.sealMessage(into: &wire) { $0.writeRepeatingByte(7, count: 65519) }
        }
        #expect(wire.readableBytes == offset + 2 * (2 + 65535))
        wire.moveReaderIndex(forwardBy: offset)
        var opened = ByteBuffer()
        #expect(try bob.open(&wire, into: &opened) == 2 * 65519)
        #expect(opened == ByteBuffer(repeating: 7, count: 2 * 65519))
    }

    @Test("opening leaves another owner's view of the input alone")
    func sharedInput() throws {
        var (alice, bob) = try pair()
        var wire = ByteBuffer()
        for _ in 0..<2 {
            try alice.sealMessage(into: &wire) { $0.writeRepeatingByte(7, count: 10_000) }
        }
        let before = Array(wire.readableBytesView)
        let view = wire
        var opened = ByteBuffer()
        try bob.open(&wire, into: &opened)
        #expect(opened.readableBytes == 20_000)
        #expect(Array(view.readableBytesView) == before)
    }

    @Test("more than fits one message is refused and leaves the buffer alone")
    func gatheredTooLong() throws {
        var (alice, _) = try pair()
        var wire = ByteBuffer(string: "xy")
        #expect(throws: NoiseError.plaintextTooLong(bytes: 65520)) {
            try alice.sealMessage(into: &wire) { $0.writeRepeatingByte(7, count: 65520) }
        }
        #expect(String(buffer: wire) == "xy")
    }

    @Test("an incomplete message stays in the input")
    func fragments() throws {
        var (alice, bob) = try pair()
        var plaintext = ByteBuffer(repeating: 1, count: 70_000)
        var (wire, input, opened) = (ByteBuffer(), ByteBuffer(), ByteBuffer())
        try alice.seal(&plaintext, into: &wire)
        var generator = WireTestGenerator(seed: 1)
        while var part = wire.readSlice(length: min(wire.readableBytes, generator.below(9000))),
            wire.readableBytes + part.readableBytes > 0
        {
            input.writeBuffer(&part)
            try bob.open(&input, into: &opened)
        }
        #expect(opened == ByteBuffer(repeating: 1, count: 70_000))
        #expect(input.readableBytes == 0)
    }

    @Test(
        "a changed message ends the session after what came before it",
        arguments: [1, 100, 20_000])
    func tampering(size: Int) throws {
        let (alice, bob) = try pair()
        for position in [0, 2, 2 + size / 2, 2 + size, 2 + size + 15] {
            var (alice, bob) = (alice, bob)
            var (wire, opened) = (ByteBuffer(), ByteBuffer())
            var first = ByteBuffer(string: "first")
            var second = ByteBuffer(repeating: 3, count: size)
            try alice.seal(&first, into: &wire)
            let start = wire.writerIndex
            try alice.seal(&second, into: &wire)
            let byte = try #require(wire.getInteger(at: start + position, as: UInt8.self))
            wire.setInteger(byte ^ 1, at: start + position)
            // A changed length may ask for more bytes than there are.
            wire.writeRepeatingByte(0, count: 65535)
            #expect(throws: NoiseError.authenticationFailed) {
                try bob.open(&wire, into: &opened)
            }
            #expect(String(buffer: opened) == "first")
            #expect(throws: NoiseError.authenticationFailed) {
                try bob.open(&wire, into: &opened)
            }
            #expect(String(buffer: opened) == "first")
        }
    }

    @Test("replayed, reordered and reflected messages are refused")
    func order() throws {
        let (alice, bob) = try pair()
        var sender = alice
        var wires: [ByteBuffer] = []
        for text in ["one", "two"] {
            var (plaintext, wire) = (ByteBuffer(string: text), ByteBuffer())
            try sender.seal(&plaintext, into: &wire)
            wires.append(wire)
        }
        for sequence in [[0, 0], [1]] {
            var receiver = bob
            var (input, opened) = (ByteBuffer(), ByteBuffer())
            for index in sequence { input.writeImmutableBuffer(wires[index]) }
            #expect(throws: NoiseError.authenticationFailed) {
                try receiver.open(&input, into: &opened)
            }
        }
        var (reflected, opened) = (wires[0], ByteBuffer())
        #expect(throws: NoiseError.authenticationFailed) {
            try sender.open(&reflected, into: &opened)
        }
    }

    @Test("a message shorter than its tag is refused")
    func shortMessage() throws {
        var (_, bob) = try pair()
        var (wire, opened) = (
            ByteBuffer(bytes: [0, 15] + [UInt8](repeating: 0, count: 15)), ByteBuffer()
        )
        #expect(throws: NoiseError.messageTooShort(bytes: 15)) {
            try bob.open(&wire, into: &opened)
        }
    }

    @Test("the last counter is never used", arguments: [10, 10_000])
    func nonceExhaustion(size: Int) throws {
        let key = SymmetricKey(data: [UInt8](repeating: 5, count: 32))
        let cipher = NoiseCipherState(key: key, counter: .max - 1)
        var alice = NoiseSession(sending: cipher, receiving: cipher)
        var bob = alice
        var (plaintext, wire, opened) = (
            ByteBuffer(repeating: 1, count: size), ByteBuffer(), ByteBuffer()
        )
        try alice.seal(&plaintext, into: &wire)
        #expect(try bob.open(&wire, into: &opened) == size)
        plaintext = ByteBuffer(repeating: 1, count: size)
        #expect(throws: NoiseError.nonceExhausted) { try alice.seal(&plaintext, into: &wire) }
        #expect(throws: NoiseError.nonceExhausted) {
            try alice.sealMessage(into: &wire) { $0.writeInteger(UInt8(1)) }
        }
    }
}
