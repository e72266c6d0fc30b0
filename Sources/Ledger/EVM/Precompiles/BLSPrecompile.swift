/// 0x0b to 0x11: BLS12-381 (EIP-2537).
///
/// A coordinate has 64 bytes, the first 16 of them zero. `nil` is an input that is refused: of a wrong
/// length, above the modulus, off the curve, or outside the group where that is checked.
enum BLSPrecompile {
    static func cost(_ number: UInt64, _ input: [UInt8]) -> Int64? {
        switch number {
        case 0x0b: return 375
        case 0x0c: return multiplicationCost(input.count / 160, 12000, BLSDiscounts.first)
        case 0x0d: return 600
        case 0x0e: return multiplicationCost(input.count / 288, 22500, BLSDiscounts.second)
        case 0x0f: return 37700 + 32600 * Int64(input.count / 384)
        case 0x10: return 5500
        case 0x11: return 23800
        default: return nil
        }
    }

    private static func multiplicationCost(
        _ count: Int, _ each: Int64, _ discounts: [Int64]
    ) -> Int64 {
        guard count > 0 else { return 0 }
        return Int64(count) * each * discounts[min(count, discounts.count) - 1] / 1000
    }

    static func run(_ number: UInt64, _ input: [UInt8]) -> [UInt8]? {
        switch number {
        case 0x0b: add(input, BLSFirstGroup.self)
        case 0x0c: multiplySum(input, BLSFirstGroup.self)
        case 0x0d: add(input, BLSSecondGroup.self)
        case 0x0e: multiplySum(input, BLSSecondGroup.self)
        case 0x0f: pairing(input)
        case 0x10: map(input, BLSFirstGroup.self)
        case 0x11: map(input, BLSSecondGroup.self)
        default: nil
        }
    }

    private static func add<Group: BLSGroup>(_ input: [UInt8], _: Group.Type) -> [UInt8]? {
        let width = Group.pointBytes
        guard input.count == 2 * width, let a = Group.decode(input[..<width]),
            let b = Group.decode(input[width...])
        else { return nil }
        return Group.encode((JacobianPoint(a.value) + JacobianPoint(b.value)).affine)
    }

    private static func multiplySum<Group: BLSGroup>(_ input: [UInt8], _: Group.Type) -> [UInt8]? {
        let width = Group.pointBytes + 32
        guard !input.isEmpty, input.count.isMultiple(of: width) else { return nil }
        var terms: [(point: AffinePoint<Group.Element>, scalar: UInt256)] = []
        for start in stride(from: 0, to: input.count, by: width) {
            let item = input[start..<start + width]
            guard let point = Group.decode(item.prefix(Group.pointBytes)),
                Group.isInGroup(point), let scalar = UInt256(bigEndian: item.suffix(32))
            else { return nil }
            if let value = point.value { terms.append((value, scalar)) }
        }
        return Group.encode(ScalarSum.of(terms).affine)
    }

    private static func pairing(_ input: [UInt8]) -> [UInt8]? {
        guard !input.isEmpty, input.count.isMultiple(of: 384) else { return nil }
        var pairs: [(AffinePoint<BLSBase>?, AffinePoint<Quadratic<BLS12381>>?)] = []
        for start in stride(from: 0, to: input.count, by: 384) {
            guard let a = BLSFirstGroup.decode(input[start..<start + 128]),
                BLSFirstGroup.isInGroup(a),
                let b = BLSSecondGroup.decode(input[start + 128..<start + 384]),
                BLSSecondGroup.isInGroup(b)
            else { return nil }
            pairs.append((a.value, b.value))
        }
        return UInt256(Pairing<BLS12381>.isProductOne(pairs) ? 1 : 0).bytes
    }

    private static func map<Group: BLSGroup>(_ input: [UInt8], _: Group.Type) -> [UInt8]? {
        guard input.count == Group.pointBytes / 2, let element = Group.element(input[...]) else {
            return nil
        }
        return Group.encode(Group.map(element))
    }
}

/// A point as decoded: `nil` inside is infinity.
struct BLSDecoded<Element: FieldElement> {
    var value: AffinePoint<Element>?
}

/// One of the two groups, with the form that EIP-2537 gives its points.
protocol BLSGroup {
    associatedtype Element: FieldElement
    static var pointBytes: Int { get }
    static var b: Element { get }
    static func element(_ bytes: ArraySlice<UInt8>) -> Element?
    static func bytes(_ element: Element) -> [UInt8]
    static func map(_ element: Element) -> AffinePoint<Element>?
    /// Whether the group's order makes a point of the curve infinity.
    static func isInGroup(_ point: AffinePoint<Element>) -> Bool
}

extension BLSGroup {
    static func isInGroup(_ point: BLSDecoded<Element>) -> Bool {
        point.value.map(isInGroup) ?? true
    }

    /// A point of the curve, not yet of the group.
    static func decode(_ bytes: ArraySlice<UInt8>) -> BLSDecoded<Element>? {
        guard let x = element(bytes.prefix(pointBytes / 2)),
            let y = element(bytes.suffix(pointBytes / 2))
        else { return nil }
        if x.isZero, y.isZero { return BLSDecoded(value: nil) }
        let point = AffinePoint(x: x, y: y)
        return point.isOnCurve(b: b) ? BLSDecoded(value: point) : nil
    }

    static func encode(_ point: AffinePoint<Element>?) -> [UInt8] {
        guard let point else { return [UInt8](repeating: 0, count: pointBytes) }
        return bytes(point.x) + bytes(point.y)
    }
}

enum BLSFirstGroup: BLSGroup {
    static var pointBytes: Int { 128 }
    static var b: BLSBase { BLS12381.b }

    static func element(_ bytes: ArraySlice<UInt8>) -> BLSBase? {
        guard bytes.prefix(16).allSatisfy({ $0 == 0 }) else { return nil }
        return BLSBase(bigEndian: bytes.dropFirst(16))
    }

    static func bytes(_ element: BLSBase) -> [UInt8] {
        [UInt8](repeating: 0, count: 16) + element.bytes
    }

    static func map(_ element: BLSBase) -> AffinePoint<BLSBase>? { BLSMapToCurve.point(element) }

    /// `φ(P) = −x² P`, where φ multiplies the first coordinate by a root of unity (Scott 2021, "A note on group
    /// membership tests", §6).
    static func isInGroup(_ point: AffinePoint<BLSBase>) -> Bool {
        let power = JacobianPoint(point).multiplied(by: [BLS12381.parameter])
            .multiplied(by: [BLS12381.parameter])
        let image = AffinePoint(x: point.x * BLS12381.rootOfUnity, y: point.y)
        return JacobianPoint(image) == power.negated
    }
}

enum BLSSecondGroup: BLSGroup {
    static var pointBytes: Int { 256 }
    static var b: Quadratic<BLS12381> { BLS12381.twistB }

    static func element(_ bytes: ArraySlice<UInt8>) -> Quadratic<BLS12381>? {
        guard let real = BLSFirstGroup.element(bytes.prefix(64)),
            let imaginary = BLSFirstGroup.element(bytes.suffix(64))
        else { return nil }
        return Quadratic(c0: real, c1: imaginary)
    }

    static func bytes(_ element: Quadratic<BLS12381>) -> [UInt8] {
        BLSFirstGroup.bytes(element.c0) + BLSFirstGroup.bytes(element.c1)
    }

    static func map(_ element: Quadratic<BLS12381>) -> AffinePoint<Quadratic<BLS12381>>? {
        BLSMapToCurve.twistedPoint(element)
    }

    /// `ψ(Q) = x Q` with the parameter x, which is negative (Scott 2021, §4).
    static func isInGroup(_ point: AffinePoint<Quadratic<BLS12381>>) -> Bool {
        let multiple = JacobianPoint(point).multiplied(by: [BLS12381.parameter])
        return BLSMapToCurve.psi(JacobianPoint(point)) == multiple.negated
    }
}
