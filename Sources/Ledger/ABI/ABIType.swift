/// A type of Solidity's contract ABI.
///
/// Source: https://docs.soliditylang.org/en/latest/abi-spec.html
///
/// Deviations: `fixedMxN` and `ufixedMxN` are refused, as no compiler makes them.
public indirect enum ABIType: Hashable, Sendable {
    /// An unsigned integer of this many bits: 8 to 256 in steps of 8.
    case uint(Int)
    /// A signed integer of this many bits: 8 to 256 in steps of 8.
    case int(Int)
    /// An account.
    case address
    /// A truth value.
    case bool
    /// 1 to 32 bytes.
    case fixedBytes(Int)
    /// An account and a selector, 24 bytes.
    case function
    /// Any number of bytes.
    case bytes
    /// Text in UTF-8.
    case string
    /// A fixed number of values.
    case fixedArray(ABIType, count: Int)
    /// Any number of values.
    case array(ABIType)
    /// Values of different types.
    case tuple([ABIParameter])

    /// Whether the encoding is of one length for all values, and stands in place.
    public var isDynamic: Bool {
        switch self {
        case .uint, .int, .address, .bool, .fixedBytes, .function: false
        case .bytes, .string, .array: true
        case .fixedArray(let element, _): element.isDynamic
        case .tuple(let components): components.contains { $0.type.isDynamic }
        }
    }

    /// Bytes that the type takes in the head of what contains it: an offset, if it is dynamic.
    var headSize: Int { isDynamic ? 32 : staticSize }

    /// Bytes of a value of a static type. Bounded by ``ABILimits/headWords``.
    private var staticSize: Int {
        switch self {
        case .fixedArray(let element, let count): element.staticSize * count
        case .tuple(let components): components.reduce(0) { $0 + $1.type.staticSize }
        default: 32
        }
    }
}

extension ABIType: CustomStringConvertible {
    /// The canonical form, from which selectors are made: `(address,uint256)[]`.
    public var description: String {
        switch self {
        case .uint(let bits): "uint\(bits)"
        case .int(let bits): "int\(bits)"
        case .address: "address"
        case .bool: "bool"
        case .fixedBytes(let count): "bytes\(count)"
        case .function: "function"
        case .bytes: "bytes"
        case .string: "string"
        case .fixedArray(let element, let count): "\(element)[\(count)]"
        case .array(let element): "\(element)[]"
        case .tuple(let components):
            "(" + components.map(\.type.description).joined(separator: ",") + ")"
        }
    }
}

/// A parameter of a function, an event or an error, or a component of a tuple.
public struct ABIParameter: Hashable, Sendable {
    /// Its name; may be empty.
    public var name: String
    /// Its type.
    public var type: ABIType
    /// Of an event: whether logs can be searched by it.
    public var isIndexed: Bool

    /// All of them.
    public init(name: String = "", type: ABIType, isIndexed: Bool = false) {
        self.name = name
        self.type = type
        self.isIndexed = isIndexed
    }
}
