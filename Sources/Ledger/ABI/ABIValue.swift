/// A value of an ``ABIType``.
public indirect enum ABIValue: Hashable, Sendable {
    /// Of `uintN`.
    case uint(UInt256)
    /// Of `intN`: two's complement, sign-extended to 256 bits.
    case int(UInt256)
    /// Of `address`.
    case address(Address)
    /// Of `bool`.
    case bool(Bool)
    /// Of `bytesN`, `bytes` and `function`.
    case bytes([UInt8])
    /// Of `string`.
    case string(String)
    /// Of `T[]` and `T[N]`.
    case array([ABIValue])
    /// Of a tuple.
    case tuple([ABIValue])

    /// A signed number as `intN` has it.
    public static func signed(_ value: Int64) -> ABIValue {
        let low = UInt64(bitPattern: value)
        let fill: UInt64 = value < 0 ? .max : 0
        return .int(UInt256(low, fill, fill, fill))
    }

    /// A count or amount as `uintN` has it.
    public static func number(_ value: UInt64) -> ABIValue { .uint(UInt256(value)) }

    /// The number, if it is of `uintN`.
    public var number: UInt256? {
        guard case .uint(let value) = self else { return nil }
        return value
    }

    /// The address, if it is one.
    public var address: Address? {
        guard case .address(let value) = self else { return nil }
        return value
    }

    /// The bytes, if it is some.
    public var bytes: [UInt8]? {
        guard case .bytes(let value) = self else { return nil }
        return value
    }
}

extension ABIType {
    /// Whether a number fits `uintN` or `intN`.
    func holds(_ word: UInt256) -> Bool {
        switch self {
        case .uint(let bits): word.bitWidth <= bits
        case .int(let bits):
            // All bits from the sign's on are the same.
            bits == 256 || (word.isNegative ? ~word : word).bitWidth < bits
        default: false
        }
    }
}
