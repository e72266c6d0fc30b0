import NIOCore
import Testing

@testable import PeerKit

@Suite("Unsigned varints") struct VarIntTests {
    /// Examples of the unsigned-varint specification, and the limits of each length.
    static let vectors: [(UInt64, [UInt8])] = [
        (0, [0x00]), (1, [0x01]), (127, [0x7f]), (128, [0x80, 0x01]), (255, [0xff, 0x01]),
        (300, [0xac, 0x02]), (16383, [0xff, 0x7f]), (16384, [0x80, 0x80, 0x01]),
        (1 << 62, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]),
        (1 << 63 - 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ]

    @Test("encodes and decodes the specification's examples", arguments: vectors)
    func matchesVectors(value: UInt64, bytes: [UInt8]) throws {
        #expect(VarInt.encode(value) == bytes)
        #expect(VarInt.encodedByteCount(value) == bytes.count)
        let decoded = try VarInt.decode(bytes)
        #expect(decoded.value == value)
        #expect(decoded.byteCount == bytes.count)
    }

    @Test(
        "refuses encodings that are not the shortest", arguments: [[0x80, 0x00], [0x81, 0x80, 0]])
    func notMinimal(bytes: [UInt8]) {
        #expect(throws: VarIntError.notMinimal) { try VarInt.decode(bytes) }
    }

    @Test func refusesMoreThanNineBytes() {
        let ten = [UInt8](repeating: 0xff, count: 9) + [0x01]
        #expect(throws: VarIntError.tooLong) { try VarInt.decode(ten) }
        // Known to be too long before the tenth byte has come.
        #expect(throws: VarIntError.tooLong) { try VarInt.decode(Array(ten.prefix(9))) }
    }

    @Test func sliceKeepsWhatFollowsAndIsUnchangedByAnError() throws {
        var bytes: ArraySlice<UInt8> = [0xac, 0x02, 0x07, 0x80]
        #expect(try VarInt.decode(&bytes) == 300)
        #expect(try VarInt.decode(&bytes) == 7)
        #expect(throws: VarIntError.truncated) { try VarInt.decode(&bytes) }
        #expect(bytes == [0x80])
    }

    @Test("a buffer that ends inside a varint waits for more bytes and does not move")
    func incompleteBuffer() throws {
        var buffer = ByteBuffer()
        #expect(try buffer.readVarInt() == nil)
        buffer.writeBytes([0x80, 0x80])
        #expect(try buffer.readVarInt() == nil)
        #expect(buffer.readableBytes == 2)
        buffer.writeBytes([0x01, 0x05])
        #expect(try buffer.readVarInt() == 16384)
        #expect(try buffer.readVarInt() == 5)
    }

    @Test func bufferDoesNotMoveOnAnError() {
        var buffer = ByteBuffer(bytes: [0x80, 0x00])
        #expect(throws: VarIntError.notMinimal) { try buffer.readVarInt() }
        #expect(buffer.readableBytes == 2)
    }

    @Test func bufferWritesWhatItReads() throws {
        var buffer = ByteBuffer()
        #expect(buffer.writeVarInt(300) == 2)
        #expect(Array(buffer.readableBytesView) == [0xac, 0x02])
    }

    @Test("random bytes decode to what encodes to them again, or are refused")
    func randomBytes() throws {
        var random = RandomBytes(seed: 1)
        for _ in 0..<20_000 {
            let bytes = random.bytes(upTo: 12)
            guard let (value, byteCount) = try? VarInt.decode(bytes) else { continue }
            #expect(VarInt.encode(value) == Array(bytes.prefix(byteCount)))
        }
    }
}
