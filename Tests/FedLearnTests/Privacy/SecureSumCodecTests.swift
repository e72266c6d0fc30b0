import PeerKit
import Testing

@testable import FedLearn

@Suite("Bytes of secure sums") struct SecureSumCodecTests {
    private let id = ContentHash(hashing: [1])
    private var messages: [SecureSumMessage] {
        let key = (0..<32).map { UInt8($0) }
        return [
            .keys(KeyAdvert(envelopeKey: key, maskKey: key.reversed(), seedCommitment: id)),
            .roster([0, 1, 63]),
            .survivors([]),
            .shares([SealedShare(member: 5, bytes: [UInt8](repeating: 1, count: 80))]),
            .delivery([
                SealedShare(member: 5, bytes: [UInt8](repeating: 1, count: 80)),
                SealedShare(member: 6, bytes: [UInt8](repeating: 2, count: 80)),
            ]),
            .masked([0, 1, .max]),
            .confirm(id),
            .unmask([
                RevealedShare(owner: 1, secret: .seed, bytes: key),
                RevealedShare(owner: 2, secret: .maskKey, bytes: key),
            ]),
        ]
    }

    @Test("every message survives its bytes, and no cut or extended form is read")
    func roundTrip() throws {
        for message in messages {
            let bytes = SecureSumCodec.encode(message, group: id)
            let (group, read) = try SecureSumCodec.decode(bytes)
            #expect(group == id && read == message)
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) {
                    _ = try SecureSumCodec.decode(Array(bytes.prefix(length)))
                }
            }
            #expect(throws: WireError.trailingBytes) {
                _ = try SecureSumCodec.decode(bytes + [0])
            }
        }
    }

    @Test("ten times too much is refused before it is allocated")
    func limits() throws {
        let many = Array(0..<10 * PrivacyLimits.maximumGroupMembers)
        #expect(throws: WireError.outOfRange) {
            _ = try SecureSumCodec.decode(SecureSumCodec.encode(.roster(many), group: id))
        }
        let words = [UInt32](repeating: 1, count: 370)
        #expect(throws: WireError.outOfRange) {
            _ = try SecureSumCodec.decode(
                SecureSumCodec.encode(.masked(words), group: id), wordLimit: 37)
        }
        // A count of 2^26 words with no words behind it.
        var out = WireWriter()
        out.byte(1)
        out.byte(5)
        out.append(id.bytes)
        out.varint(PrivacyLimits.maximumWords)
        #expect(throws: WireError.truncated) { _ = try SecureSumCodec.decode(out.bytes) }
        let unsorted = SecureSumCodec.encode(.roster([2, 1]), group: id)
        #expect(throws: WireError.outOfRange) { _ = try SecureSumCodec.decode(unsorted) }
        #expect(throws: WireError.unknownVersion(2)) { _ = try SecureSumCodec.decode([2, 1]) }
        #expect(throws: WireError.unknownKind(9)) { _ = try SecureSumCodec.decode([1, 9]) }
    }

    @Test("the largest message of a group fits the limit for messages")
    func messageLimit() {
        let shares = (0..<64).map {
            SealedShare(member: $0, bytes: [UInt8](repeating: 0, count: 80))
        }
        let limit = SecureSumCodec.maximumMessageBytes(wordCount: 1)
        #expect(SecureSumCodec.encode(.shares(shares), group: id).count <= limit)
    }
}
