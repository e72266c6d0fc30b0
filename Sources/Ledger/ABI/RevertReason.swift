/// Why a call reverted, as its revert data say (contract ABI specification, "Errors").
public enum RevertReason: Hashable, Sendable {
    /// `revert("…")` and `require(…, "…")`: `Error(string)`.
    case message(String)
    /// A check of the compiler's own: `Panic(uint256)`.
    case panic(UInt256)
    /// An error that the contract declares.
    case custom(ABICustomError, [ABIValue])
    /// Anything else, perhaps nothing.
    case data([UInt8])

    private static let message = ABICustomError(
        name: "Error", inputs: [ABIParameter(type: .string)])
    private static let panic = ABICustomError(
        name: "Panic", inputs: [ABIParameter(type: .uint(256))])

    /// Reads revert data.
    ///
    /// - Parameter errors: Those that the contract declares.
    public init(_ data: [UInt8], errors: [ABICustomError] = []) {
        self = .data(data)
        for error in [Self.message, Self.panic] + errors where data.starts(with: error.selector) {
            guard
                let values = try? ABIDecoder.decode(
                    data.dropFirst(4), as: error.inputs.map(\.type))
            else { continue }
            switch values.first {
            case .string(let text) where error == Self.message: self = .message(text)
            case .uint(let code) where error == Self.panic: self = .panic(code)
            default: self = .custom(error, values)
            }
            return
        }
    }

    /// Revert data that say something in words.
    public static func data(saying text: String) -> [UInt8] {
        // Cannot fail: the value is of the type that is named right above.
        (try? message.data([.string(text)])) ?? []
    }
}

extension RevertReason: CustomStringConvertible {
    /// In words, without the values of custom errors' tuples and arrays spelled out.
    public var description: String {
        switch self {
        case .message(let text): text
        case .panic(let code): "panic 0x\(code.hexadecimal): \(Self.meaning(of: code))"
        case .custom(let error, let values):
            error.name + "("
                + zip(error.inputs, values).map { $1.text(as: $0.type) }.joined(separator: ", ")
                + ")"
        case .data(let bytes): bytes.isEmpty ? "no reason given" : Hexadecimal.data(bytes)
        }
    }

    /// Solidity documentation, "Panic via assert and Error via require".
    private static func meaning(of code: UInt256) -> String {
        switch code.asUInt64 {
        case 0x01: "assertion failed"
        case 0x11: "arithmetic overflow"
        case 0x12: "division by zero"
        case 0x21: "no member of an enumeration"
        case 0x22: "storage of bytes is damaged"
        case 0x31: "pop from an empty array"
        case 0x32: "index out of bounds"
        case 0x41: "too much memory asked for"
        case 0x51: "call of a function that was not set"
        default: "unknown"
        }
    }
}
