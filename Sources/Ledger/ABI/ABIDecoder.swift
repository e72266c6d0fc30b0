/// Decodes values (contract ABI specification, "Formal Specification of the Encoding").
///
/// Strict where Solidity's decoder is: padding of numbers, addresses and `bytesN` must be zero, truth
/// values 0 or 1. Bytes behind the last value are ignored, as Solidity ignores them. Each byte of the
/// data pays for one byte read, so that offsets that all point at one place can't make much out of
/// little: memory and time are linear in the data's length.
public struct ABIDecoder {
    private let data: ArraySlice<UInt8>
    /// Bytes that may still be read.
    private var budget: Int

    private init(_ data: ArraySlice<UInt8>) {
        self.data = data
        budget = data.count
    }

    /// The values of a function's arguments, or of its results.
    public static func decode(
        _ data: some Collection<UInt8>, as types: [ABIType]
    ) throws(ABIError) -> [ABIValue] {
        let bytes = Array(data)
        var decoder = ABIDecoder(bytes[...])
        return try decoder.sequence(types.count, at: 0) { types[$0] }
    }

    /// Values one after another, whose offsets count from `start`.
    private mutating func sequence(
        _ count: Int, at start: Int, type: (Int) -> ABIType
    ) throws(ABIError) -> [ABIValue] {
        var values: [ABIValue] = []
        var place = start
        for index in 0..<count {
            let type = type(index)
            if type.isDynamic {
                let offset = try length(at: place)
                let (target, overflow) = start.addingReportingOverflow(offset)
                guard !overflow, target <= data.count else { throw .truncated }
                values.append(try value(type, at: target))
            } else {
                values.append(try value(type, at: place))
            }
            place += type.headSize
        }
        return values
    }

    private mutating func value(_ type: ABIType, at place: Int) throws(ABIError) -> ABIValue {
        switch type {
        case .uint, .int, .address, .bool, .fixedBytes, .function:
            return try word(type, try word(at: place))
        case .bytes:
            return .bytes(try bytes(at: place))
        case .string:
            guard let text = String(validating: try bytes(at: place), as: UTF8.self) else {
                throw .notText
            }
            return .string(text)
        case .array(let element):
            let count = try length(at: place)
            // Before anything is made of so many elements, their heads must be there.
            guard count <= (data.count - place - 32) / element.headSize else { throw .truncated }
            return .array(try sequence(count, at: place + 32) { _ in element })
        case .fixedArray(let element, let count):
            return .array(try sequence(count, at: place) { _ in element })
        case .tuple(let components):
            return .tuple(try sequence(components.count, at: place) { components[$0].type })
        }
    }

    private func word(_ type: ABIType, _ word: UInt256) throws(ABIError) -> ABIValue {
        switch type {
        case .uint where type.holds(word): return .uint(word)
        case .int where type.holds(word): return .int(word)
        case .address where word.bitWidth <= 160: return .address(Address(truncating: word))
        case .bool where word <= 1: return .bool(word == .one)
        case .fixedBytes(let count): return .bytes(try prefix(word, count, type))
        case .function: return .bytes(try prefix(word, 24, type))
        default: throw .outOfRange(type: "\(type)")
        }
    }

    private func prefix(
        _ word: UInt256, _ count: Int, _ type: ABIType
    ) throws(ABIError) -> [UInt8] {
        let bytes = word.bytes
        guard bytes[count...].allSatisfy({ $0 == 0 }) else { throw .outOfRange(type: "\(type)") }
        return Array(bytes[..<count])
    }

    private mutating func take(_ count: Int, at place: Int) throws(ABIError) -> ArraySlice<UInt8> {
        guard place >= 0, place <= data.count, count <= data.count - place else { throw .truncated }
        guard count <= budget else { throw .overlapping }
        budget -= count
        return data[place..<(place + count)]
    }

    private mutating func word(at place: Int) throws(ABIError) -> UInt256 {
        UInt256(bigEndian: try take(32, at: place)) ?? .zero
    }

    /// A length or an offset, which no data are too short for.
    private mutating func length(at place: Int) throws(ABIError) -> Int {
        let word = try word(at: place)
        guard let number = word.asUInt64, number <= UInt64(data.count) else { throw .truncated }
        return Int(number)
    }

    private mutating func bytes(at place: Int) throws(ABIError) -> [UInt8] {
        let count = try length(at: place)
        // The padding belongs to the value, but Solidity asks for no more than the bytes.
        return Array(try take(count, at: place + 32))
    }
}
