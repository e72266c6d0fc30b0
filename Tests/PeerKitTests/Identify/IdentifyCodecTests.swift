import NIOCore
import Testing

@testable import PeerKit

@Suite("What a peer says of itself, as bytes") struct IdentifyCodecTests {
    private func info() throws -> IdentifyInfo {
        IdentifyInfo(
            protocolVersion: "psic/1.0.0", agentVersion: "test/1",
            listenAddresses: [try Multiaddr("/ip4/10.0.0.2/tcp/4901")],
            protocols: ["/echo/1.0.0", "/ipfs/id/1.0.0"],
            observedAddress: try Multiaddr("/ip4/10.0.0.9/tcp/5000"), record: nil)
    }

    private func message(
        _ info: IdentifyInfo, key: UInt64 = 1, record: [UInt8]? = nil
    ) throws -> [UInt8] {
        IdentifyCodec.encode(
            publicKey: try PeerIdentity.numbered(key).publicKey, info: info, signedRecord: record)
    }

    private func framed(_ messages: [[UInt8]]) -> ByteBuffer {
        var bytes = ByteBuffer()
        for message in messages {
            bytes.writeVarInt(UInt64(message.count))
            bytes.writeBytes(message)
        }
        return bytes
    }

    private func decode(_ messages: [[UInt8]]) throws(IdentifyError) -> IdentifyInfo {
        let peer: PeerID
        do { peer = try PeerIdentity.numbered(1).peerID } catch { throw .malformed }
        return try IdentifyCodec.decode(framed(messages), from: peer)
    }

    @Test func comesBackAsItWas() async throws {
        let identity = try PeerIdentity.numbered(1)
        var info = try info()
        let record = PeerRecord(
            peerID: identity.peerID, sequence: 3, addresses: info.listenAddresses)
        let sealed = try await record.sealed(with: identity.signer).bytes
        let message = try message(info, record: sealed)
        info.record = record
        info.signedRecord = sealed
        #expect(try decode([message]) == info)
        #expect(info.dialableAddresses == record.addresses)
    }

    @Test func mergesItsParts() throws {
        var first = try info()
        first.protocols = ["/a"]
        first.agentVersion = "old"
        var second = try info()
        second.protocols = ["/b"]
        second.listenAddresses = [try Multiaddr("/ip4/10.0.0.3/tcp/1")]
        let merged = try decode([try message(first), try message(second)])
        #expect(merged.protocols == ["/a", "/b"])
        #expect(merged.agentVersion == "test/1")
        #expect(merged.listenAddresses == first.listenAddresses + second.listenAddresses)
    }

    @Test func refusesAKeyThatIsNotThePeers() throws {
        let foreign = try message(try info(), key: 2)
        #expect(throws: IdentifyError.foreignKey) { try decode([foreign]) }
    }

    @Test(
        "refuses a record that is broken or another's", arguments: ["bytes", "signature", "peer"])
    func refusesBadRecords(what: String) async throws {
        let owner = try PeerIdentity.numbered(what == "peer" ? 2 : 1)
        let record = PeerRecord(peerID: owner.peerID, sequence: 1, addresses: [])
        var sealed = try await record.sealed(with: owner.signer).bytes
        if what == "bytes" { sealed = [1, 2, 3] }
        if what == "signature" { sealed[sealed.count - 1] ^= 1 }
        let message = try message(try info(), record: sealed)
        #expect(throws: IdentifyError.badRecord) { try decode([message]) }
    }

    @Test func needsAtLeastOnePart() {
        #expect(throws: IdentifyError.empty) { try decode([]) }
    }

    @Test func keepsNoMoreThanItsLimits() throws {
        var info = try info()
        info.protocols = (0..<5120).map { "/p/\($0)" }
        info.listenAddresses = try (1...640).map { try Multiaddr("/ip4/10.0.0.2/tcp/\($0)") }
        info.agentVersion = String(repeating: "a", count: 2560)
        info.protocolVersion = "\u{1b}[31mred\n\u{9b}"
        let decoded = try decode([try message(info)])
        #expect(decoded.protocols.count == IdentifyLimits.maximumProtocols)
        #expect(decoded.listenAddresses.count == IdentifyLimits.maximumAddresses)
        #expect(decoded.agentVersion.count == IdentifyLimits.maximumVersionLength)
        #expect(decoded.protocolVersion == "?[31mred??")
    }

    @Test func refusesTooManyParts() throws {
        let message = try message(try info())
        #expect(throws: IdentifyError.tooManyParts) {
            try decode(Array(repeating: message, count: 100))
        }
        #expect(try decode(Array(repeating: message, count: 10)).protocols.count == 20)
    }

    @Test func refusesAPartThatIsTooLong() throws {
        var info = try info()
        info.agentVersion = String(repeating: "a", count: 10 * IdentifyLimits.maximumBytes)
        #expect(throws: IdentifyError.malformed) { try decode([try message(info)]) }
    }

    @Test("every truncation is refused or a whole number of parts") func truncations() throws {
        let message = try message(try info())
        let whole = framed([message])
        let peer = try PeerIdentity.numbered(1).peerID
        for count in 1..<whole.readableBytes {
            let part = try #require(whole.getSlice(at: whole.readerIndex, length: count))
            #expect(throws: IdentifyError.malformed) {
                try IdentifyCodec.decode(part, from: peer)
            }
        }
    }

    @Test("random bytes never trap", arguments: 0..<200) func survivesGarbage(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "identify")
        let peer = try PeerIdentity.numbered(1).peerID
        let count = Int.random(in: 1..<300, using: &generator)
        let random = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        _ = try? IdentifyCodec.decode(ByteBuffer(bytes: random), from: peer)
        // A real message with a few bytes changed.
        var changed = try message(try info())
        for _ in 0..<4 {
            let index = Int.random(in: changed.indices, using: &generator)
            changed[index] = UInt8.random(in: 0...255, using: &generator)
        }
        _ = try? decode([changed])
        // A length that no buffer has.
        _ = try? IdentifyCodec.decode(
            ByteBuffer(bytes: [255, 255, 255, 255, 255, 255, 255, 255, 127] + random), from: peer)
    }
}
