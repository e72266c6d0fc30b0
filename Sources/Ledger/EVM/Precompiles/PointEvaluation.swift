/// 0x0a: KZG point evaluation (EIP-4844).
enum PointEvaluation {
    static func run(_ input: [UInt8]) -> [UInt8]? { nil }
}
