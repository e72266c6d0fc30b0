/// Exponential decay in plain arithmetic, so that every platform computes the same bits.
enum Decay {
    /// What is left, as a fraction, after `elapsed` of something that halves every `halfLife`.
    ///
    /// The error is below 10⁻¹¹. Nothing is left with a half-life of zero.
    static func factor(after elapsed: Duration, halfLife: Duration) -> Double {
        guard elapsed > .zero else { return 1 }
        guard halfLife > .zero else { return 0 }
        let halvings = elapsed.seconds / halfLife.seconds
        guard halvings < 1000 else { return 0 }
        let whole = Int(halvings)
        return Double(sign: .plus, exponent: -whole, significand: power(halvings - Double(whole)))
    }

    /// 2⁻ˣ for 0 ≤ x < 1, by the Taylor series of the exponential function.
    private static func power(_ x: Double) -> Double {
        let t = -x * 0.693_147_180_559_945_3
        var sum = 1.0
        var term = 1.0
        for n in 1...14 {
            term *= t / Double(n)
            sum += term
        }
        return sum
    }
}
