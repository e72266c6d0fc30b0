import Foundation

@testable import FedLearn

extension Vectors {
    /// A JSON file of the `Vectors` folder. Keys like `rdp_one_step` and `D` are read as `rdpOneStep`
    /// and `d`.
    static func golden<Value: Decodable>(_ name: String, as _: Value.Type = Value.self) throws
        -> Value
    {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            Key(camelCasing: path[path.count - 1].stringValue)
        }
        return try decoder.decode(Value.self, from: Data(try bytes(name)))
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(camelCasing name: String) {
            let words = name.split(separator: "_")
            let first = words.first.map { $0.prefix(1).lowercased() + $0.dropFirst() } ?? ""
            stringValue = words.dropFirst().reduce(first) {
                $0 + $1.prefix(1).uppercased() + $1.dropFirst()
            }
        }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
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
