import NIOCore
import Testing

@testable import PeerKit

@Suite("Kademlia messages") struct KademliaCodecTests {
    private let peers = KademliaTestPeers.make(30)

    private func decode(_ bytes: [UInt8]) throws -> KademliaMessage {
        try KademliaCodec.decode(ByteBuffer(bytes: bytes))
    }

    @Test("have the bytes that the specification gives them")
    func wireFormat() throws {
        // Type 0 is written, as proto2 has it; record 1, 2, 5.
        let put = KademliaMessage(
            kind: .putValue, key: [0x61],
            record: .init(key: [0x61], value: [0x62], timeReceived: "t"))
        #expect(
            KademliaCodec.encode(put) == [
                0x08, 0x00, 0x12, 0x01, 0x61,
                0x1a, 0x09, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x62, 0x2a, 0x01, 0x74,
            ])
        let peer = peers[0]
        let address = peer.addresses[0].bytes
        var inner: [UInt8] = [0x0a, UInt8(peer.id.bytes.count)]
        inner += peer.id.bytes
        inner += [0x12, UInt8(address.count)]
        inner += address
        let find = KademliaMessage(kind: .findNode, key: [1], closerPeers: [peer])
        var expected: [UInt8] = [0x08, 0x04, 0x12, 0x01, 0x01, 0x42, UInt8(inner.count)]
        expected += inner
        #expect(KademliaCodec.encode(find) == expected)
    }

    @Test("come back as they were", arguments: KademliaMessage.Kind.allCases)
    func roundTrip(kind: KademliaMessage.Kind) throws {
        let message = KademliaMessage(
            kind: kind, key: [1, 2], record: .init(key: [1, 2], value: [3]),
            closerPeers: Array(peers.prefix(20)), providerPeers: Array(peers.suffix(5)))
        #expect(try decode(KademliaCodec.encode(message)) == message)
    }

    @Test("may have fields that nobody knows")
    func unknownFields() throws {
        // py-libp2p: senderRecord 11, Peer.connection 3 and signedRecord 4; a 64-bit and a 32-bit one.
        var writer = WireWriter()
        writer.write(4, tag: 1)
        writer.write([9, 9], tag: 11)
        var peer = WireWriter()
        peer.write(peers[0].id.bytes, tag: 1)
        peer.write(1, tag: 3)
        peer.write([7], tag: 4)
        writer.write(peer.bytes, tag: 8)
        let fixed: [UInt8] = [0x61, 1, 2, 3, 4, 5, 6, 7, 8, 0x6d, 1, 2, 3, 4]
        let message = try decode(writer.bytes + fixed)
        #expect(message.closerPeers.map(\.id) == [peers[0].id])
    }

    @Test("drop what they cannot read of others and keep the rest")
    func strangeEntries() throws {
        var strange = WireWriter()
        strange.write([1, 2, 3], tag: 1)
        var good = WireWriter()
        good.write(peers[1].id.bytes, tag: 1)
        good.write([0xff, 0xff], tag: 2)
        good.write(peers[1].addresses[0].bytes, tag: 2)
        var writer = WireWriter()
        writer.write(4, tag: 1)
        writer.write(strange.bytes, tag: 8)
        writer.write(good.bytes, tag: 8)
        #expect(try decode(writer.bytes).closerPeers == [peers[1]])
    }

    @Test("are refused when cut, unknown or wrongly typed")
    func malformed() {
        let whole = KademliaCodec.encode(
            KademliaMessage(kind: .findNode, key: [1, 2, 3], closerPeers: [peers[0]]))
        for length in 0..<whole.count {
            // Cut between two fields, what is there is a message.
            let part = try? decode(Array(whole.prefix(length)))
            if let part { #expect(part.closerPeers.isEmpty) }
        }
        #expect(throws: KademliaCodecError.unknownKind(77)) { try decode([0x08, 77]) }
        #expect(throws: KademliaCodecError.malformed) { try decode([0x0a, 0x01, 0x04]) }
        #expect(throws: KademliaCodecError.malformed) { try decode([0x10, 0x01]) }
        #expect(throws: KademliaCodecError.malformed) { try decode([0x0b]) }
        #expect(throws: KademliaCodecError.malformed) {
            try decode([UInt8](repeating: 0xff, count: 11))
        }
    }

    @Test("are refused when they exceed a bound, were it tenfold")
    func limits() {
        func message(_ build: (inout KademliaMessage) -> Void) -> [UInt8] {
            var message = KademliaMessage(kind: .putValue)
            build(&message)
            return KademliaCodec.encode(message)
        }
        for factor in [1, 10] {
            let extra = factor == 1 ? 1 : 0
            let key = [UInt8](
                repeating: 1, count: KademliaLimits.maximumKeyBytes * factor + extra)
            #expect(throws: KademliaCodecError.tooLong("key", key.count)) {
                try decode(message { $0.key = key })
            }
            let value = [UInt8](
                repeating: 1, count: KademliaLimits.maximumValueBytes * factor + extra)
            #expect(throws: KademliaCodecError.tooLong("value", value.count)) {
                try decode(message { $0.record = .init(key: [1], value: value) })
            }
            let peers = [KademliaPeer](
                repeating: KademliaPeer(id: peers[0].id, addresses: []),
                count: KademliaLimits.maximumPeersPerMessage * factor + extra)
            #expect(throws: KademliaCodecError.self) {
                try decode(message { $0.closerPeers = peers })
            }
        }
        var many = WireWriter()
        many.write(peers[0].id.bytes, tag: 1)
        for _ in 0..<(10 * KademliaLimits.maximumAddressFields) { many.write([1], tag: 2) }
        #expect(throws: KademliaCodecError.self) {
            _ = try KademliaCodec.peer(WireFields(many.bytes))
        }
        let long = [UInt8](repeating: 0, count: KademliaLimits.maximumMessageBytes + 1)
        #expect(throws: KademliaCodecError.self) { try decode(long) }
    }

    @Test("keep no more addresses of a peer than the limit")
    func addresses() throws {
        let all = (0..<160).map { KademliaTestPeers.address(UInt16(1000 + $0)) }
        var writer = WireWriter()
        writer.write(peers[0].id.bytes, tag: 1)
        for address in all { writer.write(address.bytes, tag: 2) }
        let peer = try #require(try KademliaCodec.peer(WireFields(writer.bytes)))
        #expect(peer.addresses == Array(all.prefix(KademliaLimits.maximumAddressesPerPeer)))
    }

    @Test("survive random bytes", arguments: 0..<20)
    func randomBytes(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "codec")
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? decode(bytes)
            _ = try? KademliaCodec.peer(WireFields(bytes))
        }
    }
}
