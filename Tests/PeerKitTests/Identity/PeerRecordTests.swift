import FoundationEssentials
import Testing

@testable import PeerKit

@Suite("Peer records") struct PeerRecordTests {
    /// Sealed by py-libp2p 0.8.1 with the key of the peer-ids specification. The third address
    /// ends with the peer's own ID.
    static let foreignEnvelope =
        "0a24080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e120203011a8e01"
        + "0a260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e108180a8"
        + "b1e39fe7cb171a0a0a0804c0000201060fa11a190a172920010db800000000000000000000000191020fa1cd"
        + "031a330a31047f000001060009a503260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cac"
        + "f6010f0e42d474fce27e2a405067fe5df9f135dca2f9d59810d81edba20e87e9ca46d76ace4f8abdd47f867e"
        + "2e830eea8ceef18410b3ae4f307744a621d70155eabe4dfa8fc1af18dcd41d08"

    @Test func opensARecordOfAnotherImplementation() throws {
        let record = try PeerRecord.open(Base16.decode(Self.foreignEnvelope))
        #expect(record.peerID == (try SpecificationKey.make()).publicKey.peerID)
        #expect(record.sequence == 1_700_000_000_000_000_001)
        #expect(
            record.addresses.map(\.description) == [
                "/ip4/192.0.2.1/tcp/4001", "/ip6/2001:db8::1/udp/4001/quic-v1",
                "/ip4/127.0.0.1/tcp/9",
            ])
    }

    @Test("seals the very bytes that another implementation does")
    func sealsTheSameBytes() async throws {
        let key = try SpecificationKey.make()
        let texts = [
            "/ip4/192.0.2.1/tcp/4001", "/ip6/2001:db8::1/udp/4001/quic-v1", "/ip4/127.0.0.1/tcp/9",
        ]
        let record = PeerRecord(
            peerID: key.publicKey.peerID, sequence: 1_700_000_000_000_000_001,
            addresses: try texts.map { try Multiaddr($0) })
        #expect(try PeerRecord.open(await record.sealed(with: key).bytes) == record)
        // The same record with the peer's ID at the end of the last address, which we strip.
        var message = try PeerRecordProto_PeerRecord(serializedBytes: record.bytes)
        let withPeerID = record.addresses[2].withPeerID(record.peerID)
        message.addresses[2].multiaddr = Data(withPeerID.bytes)
        let envelope = try await SignedEnvelope.seal(
            try message.serializedBytes(), payloadType: PeerRecord.payloadType,
            domain: PeerRecord.domain, with: key)
        #expect(Base16.encode(envelope.bytes) == Self.foreignEnvelope)
    }

    @Test func refusesARecordOfSomeoneElse() async throws {
        var random = RandomBytes(seed: 14)
        let forger = Ed25519PrivateKey.generate(using: &random)
        let victim = try SpecificationKey.make().publicKey.peerID
        let record = PeerRecord(peerID: victim, sequence: 1, addresses: [])
        let expected = PeerRecordError.wrongSigner(
            record: victim, signer: forger.publicKey.peerID)
        await #expect(throws: expected) { try await record.sealed(with: forger) }
        let forged = try await SignedEnvelope.seal(
            record.bytes, payloadType: PeerRecord.payloadType, domain: PeerRecord.domain,
            with: forger)
        #expect(throws: expected) { try PeerRecord.open(forged.bytes) }
    }

    @Test("leaves out addresses that are unreadable or lead to another peer")
    func unusableAddresses() async throws {
        let key = try SpecificationKey.make()
        var random = RandomBytes(seed: 15)
        let other = Ed25519PrivateKey.generate(using: &random).publicKey.peerID
        let good = try Multiaddr("/ip4/192.0.2.1/tcp/4001")
        let relayed = good.withPeerID(other).encapsulating(Multiaddr([.p2pCircuit]))
        var message = PeerRecordProto_PeerRecord()
        message.peerID = Data(key.publicKey.peerID.bytes)
        let addresses: [[UInt8]] = [
            [], [0xff], good.bytes + VarInt.encode(465), good.withPeerID(other).bytes, good.bytes,
            relayed.bytes, Multiaddr([.p2p(key.publicKey.peerID)]).bytes,
        ]
        message.addresses = addresses.map { bytes in
            var info = PeerRecordProto_PeerRecord.AddressInfo()
            info.multiaddr = Data(bytes)
            return info
        }
        let envelope = try await SignedEnvelope.seal(
            try message.serializedBytes(), payloadType: PeerRecord.payloadType,
            domain: PeerRecord.domain, with: key)
        #expect(try PeerRecord.open(envelope.bytes).addresses == [good, relayed])
    }

    @Test func limitsTheNumberOfAddresses() async throws {
        let key = try SpecificationKey.make()
        let limit = IdentityLimits.maximumRecordAddressCount
        let addresses = (0...limit).map {
            Multiaddr([.ip4(IPv4Address(192, 0, 2, 1)), .tcp(UInt16($0))])
        }
        func record(_ count: Int) -> PeerRecord {
            PeerRecord(
                peerID: key.publicKey.peerID, sequence: 1,
                addresses: Array(addresses.prefix(count)))
        }
        let full = try await record(limit).sealed(with: key)
        #expect(try PeerRecord.open(full.bytes).addresses.count == limit)
        let expected = PeerRecordError.tooManyAddresses(count: limit + 1, limit: limit)
        await #expect(throws: expected) { try await record(limit + 1).sealed(with: key) }
        let excessive = try await SignedEnvelope.seal(
            record(limit + 1).bytes, payloadType: PeerRecord.payloadType,
            domain: PeerRecord.domain, with: key)
        #expect(throws: expected) { try PeerRecord.open(excessive.bytes) }
    }

    @Test func randomPayloadsAreDecodedOrRefused() throws {
        var random = RandomBytes(seed: 16)
        let key = try SpecificationKey.make()
        let valid = PeerRecord(
            peerID: key.publicKey.peerID, sequence: .max,
            addresses: [try Multiaddr("/ip4/192.0.2.1/tcp/4001")]
        ).bytes
        for round in 0..<5_000 {
            let bytes = round.isMultiple(of: 2) ? random.bytes(upTo: 120) : random.damaged(valid)
            if let record = try? PeerRecord(bytes: bytes) {
                #expect(try PeerRecord(bytes: record.bytes) == record)
            }
        }
    }
}
