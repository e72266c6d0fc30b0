import Foundation

@testable import FedLearn

extension Vectors {
    /// A JSON file of the `Vectors` folder.
    static func json<Value: Decodable>(_ name: String, as _: Value.Type = Value.self) throws
        -> Value
    {
        try JSONDecoder().decode(Value.self, from: Data(try bytes(name)))
    }

    /// Raw signed bytes.
    static func levels(_ name: String) throws -> [Int8] {
        try bytes(name).map { Int8(bitPattern: $0) }
    }

    /// The bytes of hexadecimal digits.
    static func hex(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
    }
}

/// Whether two numbers agree to a relative or an absolute tolerance.
func isClose(
    _ value: Double, _ expected: Double, relative: Double = 0, absolute: Double = 0
) -> Bool {
    abs(value - expected) <= max(relative * abs(expected), absolute)
}
