import Testing

@testable import PeerKit

@Suite("The fields of protobuf messages") struct WireFieldsTests {
    private func fields(
        _ bytes: [UInt8], maximum: Int = .max
    ) throws(WireError) -> [WireFields.Field] {
        var reader = WireFields(bytes, maximumFields: maximum)
        var list: [WireFields.Field] = []
        while let field = try reader.next() { list.append(field) }
        return list
    }

    private func range(_ field: WireFields.Field) throws -> Range<Int> {
        guard case .bytes(let range) = field.value else { throw WireError.malformed }
        return range
    }

    @Test func whatWasWrittenIsRead() throws {
        var inner = WireWriter()
        inner.write(7, tag: 3)
        var writer = WireWriter()
        writer.write(UInt64.max, tag: 1)
        writer.write(Array("text".utf8), tag: 536_870_911)
        writer.write(inner.bytes, tag: 2)
        let read = try fields(writer.bytes)
        let reader = WireFields(writer.bytes)
        #expect(read.map(\.tag) == [1, 536_870_911, 2])
        #expect(read[0].number == .max && reader.bytes(of: read[0]) == nil)
        #expect(reader.bytes(of: read[1]) == Array("text".utf8) && read[1].number == nil)
        // A message in a field is walked in place: it does not begin at zero.
        var nested = reader.message(in: try range(read[2]))
        let field = try #require(try nested.next())
        #expect(field.number == 7)
        #expect(Array(nested.raw(field)) == inner.bytes)
        #expect(try nested.next() == nil)
    }

    @Test(
        "values of other kinds are passed over",
        arguments: [
            [0x09, 1, 2, 3, 4, 5, 6, 7, 8], [0x0d, 1, 2, 3, 4], [0x0b, 0x0c],
            // A group with every kind of value in it, another group among them.
            [
                0x0b, 0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2, 9, 9, 0x23, 0x24,
                0x2d, 1, 2, 3, 4, 0x0c,
            ],
        ] as [[UInt8]])
    func others(bytes: [UInt8]) throws {
        let read = try fields(bytes + [0x10, 5])
        #expect(read.map(\.value) == [.other, .number(5)])
        var reader = WireFields(bytes + [0x10, 5])
        let first = try #require(try reader.next())
        #expect(Array(reader.raw(first)) == bytes)
    }

    @Test func varintsMayBeLongerThanNeeded() throws {
        #expect(try fields([0x88, 0x00, 0x85, 0x80, 0x00]).map(\.value) == [.number(5)])
        // Ten bytes, of which the last holds one bit.
        let nine = [UInt8](repeating: 0xff, count: 9)
        #expect(try fields([0x08] + nine + [0x01]).map(\.value) == [.number(.max)])
        #expect(try fields([0x08] + nine + [0x7f]).map(\.value) == [.number(.max)])
        #expect(throws: WireError.malformed) { try fields([0x08] + nine + [0x81, 0x00]) }
    }

    @Test(
        "what is no message is refused",
        arguments: [
            // Cut off: a tag, a number, fixed numbers, bytes, a group.
            [0x80], [0x08], [0x08, 0x80], [0x09, 1], [0x0d, 1], [0x0a, 2, 1], [0x0b], [0x0b, 0x13],
            // Field numbers 0 and 2²⁹, wire types 6 and 7, the end of a group that did not begin.
            [0x00, 1], [0x02, 0], [0x80, 0x80, 0x80, 0x80, 0x10, 1], [0x0e], [0x0f], [0x0c],
            // Lengths that no message has.
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: WireError.malformed) { try fields(bytes) }
    }

    @Test func aSliceEndsWhereItsMessageEnds() throws {
        // The inner message claims more than it has, and the outer one has it.
        let outer: [UInt8] = [0x0a, 2, 0x0a, 4, 1, 2, 3, 4]
        var reader = WireFields(outer)
        let first = try #require(try reader.next())
        var nested = reader.message(in: try range(first))
        #expect(throws: WireError.malformed) { try nested.next() }
    }

    @Test func tenTimesTheFieldsAreRefusedAtTheFirstTooMany() throws {
        let bytes = [[UInt8]](repeating: [0x08, 1], count: 100).flatMap(\.self)
        #expect(throws: WireError.tooManyFields(limit: 10)) { try fields(bytes, maximum: 10) }
        #expect(try fields(Array(bytes.prefix(20)), maximum: 10).count == 10)
        // Nested groups cost no stack and no fields.
        let deep =
            [UInt8](repeating: 0x0b, count: 100_000) + [UInt8](repeating: 0x0c, count: 100_000)
        #expect(try fields(deep, maximum: 1).map(\.value) == [.other])
    }
}
