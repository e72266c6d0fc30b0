/// The normal distribution's tail and its relatives, from exactly rounded operations only, so that
/// every machine comes to the same ε.
enum NormalTail {
    private static let inverseRootPi = 0.564_189_583_547_756_3

    /// (2/√π) ∫ exp(−t²) dt from `x` to infinity; relative error about 10^-14 for positive `x`.
    static func erfc(_ x: Double) -> Double {
        guard x >= 0 else { return 2 - erfc(-x) }
        guard x < 27 else { return 0 }
        return x < 2 ? 1 - erfSeries(x) : Elementary.exp(-x * x) * scaledTail(x)
    }

    /// ln erfc(`x`), also where erfc underflows.
    static func logErfc(_ x: Double) -> Double {
        x < 2 ? Elementary.log(erfc(x)) : -x * x + Elementary.log(scaledTail(x))
    }

    /// P(N(0, 1) > `x`).
    static func upper(_ x: Double) -> Double { 0.5 * erfc(x * 0.5.squareRoot()) }

    /// ln P(N(0, 1) > `x`).
    static func logUpper(_ x: Double) -> Double {
        logErfc(x * 0.5.squareRoot()) - Elementary.log(2)
    }

    /// e^x − 1 without cancellation near 0.
    static func expMinusOne(_ x: Double) -> Double {
        guard abs(x) < 0.5 else { return Elementary.exp(x) - 1 }
        // Taylor's series by Horner; the first omitted term is below 2^-60 of the result.
        var series = 1.0
        for k in stride(from: 17.0, through: 2, by: -1) { series = 1 + x / k * series }
        return x * series
    }

    /// ln(1 + x) without cancellation near 0.
    static func logOnePlus(_ x: Double) -> Double {
        let sum = 1 + x
        // The factor undoes what rounding did to the sum (Kahan's device).
        return sum == 1 ? x : Elementary.log(sum) * (x / (sum - 1))
    }

    /// erf as e^-x² Σ 2^n x^(2n+1) / (2n+1)!!, whose terms are all positive.
    private static func erfSeries(_ x: Double) -> Double {
        let square = x * x
        var term = x
        var sum = x
        var n = 1.0
        while term > sum * 0x1p-56 {
            term = term * 2 * square / (2 * n + 1)
            sum += term
            n += 1
        }
        return 2 * inverseRootPi * Elementary.exp(-square) * sum
    }

    /// e^x² erfc(x) by Laplace's continued fraction, from the back; for `x` >= 2.
    private static func scaledTail(_ x: Double) -> Double {
        var fraction = x
        var n = (8 + 200 / (x * x)).rounded(.up)
        while n > 0 {
            fraction = x + 0.5 * n / fraction
            n -= 1
        }
        return inverseRootPi / fraction
    }
}
