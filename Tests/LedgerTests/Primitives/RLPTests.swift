import Testing

@testable import Ledger

@Suite("RLP") struct RLPTests {
    @Test(
        "an encoding that is not the shortest is refused",
        arguments: [
            ("8100", RLPError.notMinimal), ("b800", .notMinimal), ("b90000", .notMinimal),
            ("f800", .notMinimal), ("81", .truncated), ("c1", .truncated), ("b8", .truncated),
            ("bf8000000000000000", .lengthOverflow), ("ffffffffffffffffff", .lengthOverflow),
            ("8080", .trailingBytes(1)), ("", .truncated),
        ])
    func refused(_ digits: String, _ error: RLPError) {
        #expect(throws: error) { _ = try RLPValue(decoding: hex(digits)) }
    }

    @Test("integers with leading zeros or too many bytes are refused") func integers() {
        var zeros = RLPReader(hex("820001"))
        #expect(throws: RLPError.leadingZeros) { _ = try zeros.integer() }
        var wide = RLPReader([0xa1, 1] + [UInt8](repeating: 0, count: 32))
        #expect(throws: RLPError.width(expected: 32, found: 33)) { _ = try wide.integer() }
        var large = RLPReader([0x89, 1] + [UInt8](repeating: 0, count: 8))
        #expect(throws: RLPError.width(expected: 8, found: 9)) { _ = try large.integer64() }
    }

    @Test(
        "every length round-trips, across both length forms",
        arguments: [0, 1, 55, 56, 255, 256, 70_000])
    func lengths(_ count: Int) throws {
        let value = RLPValue.list([.string([UInt8](repeating: 7, count: count)), .list([])])
        #expect(try RLPValue(decoding: value.encoded) == value)
    }

    @Test("lists ten times as deep as the limit are refused, not followed") func depth() {
        var bytes: [UInt8] = [0xc0]
        for _ in 0..<(10 * RLPValue.maximumDepth) {
            var writer = RLPWriter()
            writer.list { $0.writeEncoded(bytes) }
            bytes = writer.bytes
        }
        #expect(throws: RLPError.tooDeep(limit: RLPValue.maximumDepth)) {
            _ = try RLPValue(decoding: bytes)
        }
    }

    @Test("random bytes decode to a value that encodes to the same bytes, or not at all")
    func canonical() {
        var generator = SplitMix(state: 11)
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int(generator.next() % 12)
            let bytes = (0..<count).map { _ in
                // Mostly headers and small bytes, so that many inputs are nearly right.
                [0x00, 0x7f, 0x80, 0x81, 0xb8, 0xc0, 0xc1, 0xc2, 0xf8][Int(generator.next() % 9)]
                    as UInt8
            }
            guard let value = try? RLPValue(decoding: bytes) else { continue }
            accepted += 1
            #expect(value.encoded == bytes)
        }
        #expect(accepted > 100)
    }
}
