/// 0x06 to 0x08: addition, multiplication and pairings on BN254 (EIP-196, EIP-197, EIP-1108).
///
/// `nil` is an input that is no point.
enum BN254Precompile {
    private typealias Point = JacobianPoint<BN254Base>

    static func add(_ input: [UInt8]) -> [UInt8]? {
        guard let a = point(input.padded(0, 64)[...]), let b = point(input.padded(64, 64)[...])
        else { return nil }
        return encoded(Point(a.value) + Point(b.value))
    }

    static func multiply(_ input: [UInt8]) -> [UInt8]? {
        guard let a = point(input.padded(0, 64)[...]),
            let scalar = UInt256(bigEndian: input.padded(64, 32))
        else { return nil }
        return encoded(ScalarSum.of(a.value.map { [($0, scalar)] } ?? []))
    }

    static func pairing(_ input: [UInt8]) -> [UInt8]? {
        guard input.count.isMultiple(of: 192) else { return nil }
        var pairs: [(AffinePoint<BN254Base>?, AffinePoint<Quadratic<BN254>>?)] = []
        for start in stride(from: 0, to: input.count, by: 192) {
            guard let a = point(input[start..<start + 64]),
                let b = twistedPoint(input[start + 64..<start + 192])
            else { return nil }
            pairs.append((a.value, b.value))
        }
        return UInt256(Pairing<BN254>.isProductOne(pairs) ? 1 : 0).bytes
    }

    /// A point or infinity.
    private struct Decoded<Value> { var value: Value? }

    private static func point(_ bytes: ArraySlice<UInt8>) -> Decoded<AffinePoint<BN254Base>>? {
        guard let x = BN254Base(bigEndian: bytes.prefix(32)),
            let y = BN254Base(bigEndian: bytes.suffix(32))
        else { return nil }
        if x.isZero, y.isZero { return Decoded(value: nil) }
        let point = AffinePoint(x: x, y: y)
        return point.isOnCurve(b: BN254.b) ? Decoded(value: point) : nil
    }

    /// A point of the twist in the group of the right order; imaginary parts come first.
    private static func twistedPoint(
        _ bytes: ArraySlice<UInt8>
    ) -> Decoded<AffinePoint<Quadratic<BN254>>>? {
        let parts = (0..<4).compactMap {
            BN254Base(bigEndian: bytes.dropFirst(32 * $0).prefix(32))
        }
        guard parts.count == 4 else { return nil }
        let point = AffinePoint(
            x: Quadratic<BN254>(c0: parts[1], c1: parts[0]),
            y: Quadratic<BN254>(c0: parts[3], c1: parts[2]))
        if point.x.isZero, point.y.isZero { return Decoded(value: nil) }
        guard point.isOnCurve(b: BN254.twistB),
            BN254.isInGroup(point)
        else { return nil }
        return Decoded(value: point)
    }

    private static func encoded(_ point: Point) -> [UInt8] {
        guard let affine = point.affine else { return [UInt8](repeating: 0, count: 64) }
        return affine.x.bytes + affine.y.bytes
    }
}
