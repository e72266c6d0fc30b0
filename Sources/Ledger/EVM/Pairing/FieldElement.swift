/// An element of a field, as curves and towers need it.
protocol FieldElement: Equatable, Sendable {
    static var zero: Self { get }
    static var one: Self { get }
    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
    var squared: Self { get }
    /// The inverse; 0 for 0.
    var inverse: Self { get }
}

extension FieldElement {
    var isZero: Bool { self == .zero }
    var negated: Self { .zero - self }
    var doubled: Self { self + self }

    /// To a power whose bits are given by limbs, the least significant first.
    func raised(to exponent: [UInt64]) -> Self {
        var result = Self.one
        for limb in exponent.reversed() {
            for bit in stride(from: 63, through: 0, by: -1) {
                result = result.squared
                if limb >> UInt64(bit) & 1 != 0 { result = result * self }
            }
        }
        return result
    }
}

/// A field of integers modulo a prime, in Montgomery form.
protocol PrimeField: FieldElement {
    /// The modulus, the least significant limb first.
    static var modulus: [UInt64] { get }
    /// Big-endian bytes of any length below the modulus; `nil` for a number that is not.
    init?(bigEndian bytes: ArraySlice<UInt8>)
    /// Big-endian bytes.
    var bytes: [UInt8] { get }
}

extension PrimeField {
    /// A number that is small.
    init(small value: UInt64) {
        self = .zero
        var power = Self.one
        for bit in 0..<(64 - UInt64(value.leadingZeroBitCount)) {
            if value >> bit & 1 != 0 { self = self + power }
            power = power.doubled
        }
    }

    /// A square root, for a modulus that is 3 modulo 4; `nil` for an element without.
    var squareRoot: Self? {
        let root = raised(to: Self.shiftedModulus(adding: 1, by: 2))
        return root.squared == self ? root : nil
    }

    /// `(modulus + addend) >> bits`, rounded down; the sum fits, as the top bit is free.
    static func shiftedModulus(adding addend: Int, by bits: UInt64) -> [UInt64] {
        var limbs = modulus
        // Both moduli are odd and end in 3 modulo 4, so that nothing carries or borrows.
        limbs[0] = addend >= 0 ? limbs[0] &+ UInt64(addend) : limbs[0] &- UInt64(-addend)
        for index in limbs.indices {
            let above = index + 1 < limbs.count ? limbs[index + 1] : 0
            limbs[index] = limbs[index] >> bits | above << (64 - bits)
        }
        return limbs
    }
}
