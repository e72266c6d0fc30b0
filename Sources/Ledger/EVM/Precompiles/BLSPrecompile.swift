/// 0x0b to 0x11: BLS12-381 (EIP-2537).
enum BLSPrecompile {
    static func cost(_ number: UInt64, _ input: [UInt8]) -> Int64? { nil }
    static func run(_ number: UInt64, _ input: [UInt8]) -> [UInt8]? { nil }
}
