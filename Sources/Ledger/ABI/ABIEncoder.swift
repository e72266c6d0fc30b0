/// Encodes values (contract ABI specification, "Formal Specification of the Encoding").
public enum ABIEncoder {
    /// The encoding of a function's arguments, or of its results.
    public static func encode(
        _ values: [ABIValue], as types: [ABIType]
    ) throws(ABIError) -> [UInt8] {
        guard values.count == types.count else {
            throw .count(expected: types.count, found: values.count)
        }
        var head: [UInt8] = []
        var tail: [UInt8] = []
        let headSize = types.reduce(0) { $0 + $1.headSize }
        for (value, type) in zip(values, types) {
            let encoding = try encode(value, as: type)
            if type.isDynamic {
                head += UInt256(count: headSize + tail.count).bytes
                tail += encoding
            } else {
                head += encoding
            }
        }
        return head + tail
    }

    /// The encoding of one value, as it stands in a head or a tail.
    static func encode(_ value: ABIValue, as type: ABIType) throws(ABIError) -> [UInt8] {
        switch (type, value) {
        case (.uint, .uint(let word)), (.int, .int(let word)):
            guard type.holds(word) else { throw .outOfRange(type: "\(type)") }
            return word.bytes
        case (.address, .address(let address)): return address.word.bytes
        case (.bool, .bool(let flag)): return UInt256(flag ? 1 : 0).bytes
        case (.fixedBytes(let count), .bytes(let bytes)):
            guard bytes.count == count else { throw .count(expected: count, found: bytes.count) }
            return padded(bytes)
        case (.function, .bytes(let bytes)):
            guard bytes.count == 24 else { throw .count(expected: 24, found: bytes.count) }
            return padded(bytes)
        case (.bytes, .bytes(let bytes)): return UInt256(count: bytes.count).bytes + padded(bytes)
        case (.string, .string(let text)):
            let bytes = Array(text.utf8)
            return UInt256(count: bytes.count).bytes + padded(bytes)
        case (.array(let element), .array(let values)):
            return try UInt256(count: values.count).bytes
                + encode(values, as: Array(repeating: element, count: values.count))
        case (.fixedArray(let element, let count), .array(let values)):
            return try encode(values, as: Array(repeating: element, count: count))
        case (.tuple(let components), .tuple(let values)):
            return try encode(values, as: components.map(\.type))
        default: throw .mismatch(expected: "\(type)")
        }
    }

    /// The bytes with zeros behind them to whole words.
    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
    }
}
