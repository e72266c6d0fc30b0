/// Exponential and logarithm built from IEEE-exact operations alone.
///
/// The C library's versions differ in the last bit between systems and CPU generations, and that bit
/// would end up in the hash of a model. These use only `+ - * /` and bit patterns, so they give the
/// same result wherever `Double` is IEEE 754 binary64 with rounding to nearest.
///
/// Accuracy (measured against the correctly rounded value, see the tests): below 2 ulp in `Double`;
/// the `Float` versions round the `Double` result and are correctly rounded but for one argument
/// in about 10^8 next to a tie.
public enum Elementary {
    // ln 2 in two parts: the first has 21 trailing zero bits, so n * high is exact for every exponent.
    private static let ln2High = 0x1.62e42feep-1
    private static let ln2Low = 0x1.a39ef35793c76p-33
    private static let log2E = 0x1.71547652b82fep0
    /// Adding and subtracting 1.5 · 2^52 rounds to an integer, ties to even.
    private static let roundingMagic = 0x1.8p52

    /// e to the power of `x`; 0 below -745.14, infinity above 709.79.
    public static func exp(_ x: Double) -> Double {
        guard x == x else { return x }
        guard x < 709.8 else { return .infinity }
        guard x > -745.2 else { return 0 }
        // x = n ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^n e^r.
        let n = (x * log2E + roundingMagic) - roundingMagic
        let r = (x - n * ln2High) - n * ln2Low
        // Taylor's series of (e^r - 1 - r) / r^2; its first omitted term is below 2^-58.
        var series = 1.0 / 87_178_291_200
        series = series * r + 1.0 / 6_227_020_800
        series = series * r + 1.0 / 479_001_600
        series = series * r + 1.0 / 39_916_800
        series = series * r + 1.0 / 3_628_800
        series = series * r + 1.0 / 362_880
        series = series * r + 1.0 / 40_320
        series = series * r + 1.0 / 5_040
        series = series * r + 1.0 / 720
        series = series * r + 1.0 / 120
        series = series * r + 1.0 / 24
        series = series * r + 1.0 / 6
        series = series * r + 0.5
        let power = 1 + (r + (r * r) * series)
        // Two factors, as 2^n itself may lie outside the normal range when the product does not.
        let exponent = Int(n)
        let half = exponent / 2
        return power * powerOfTwo(half) * powerOfTwo(exponent - half)
    }

    /// e to the power of `x`, rounded to `Float`.
    public static func exp(_ x: Float) -> Float { Float(exp(Double(x))) }

    /// The natural logarithm; -infinity at 0, NaN below.
    public static func log(_ x: Double) -> Double {
        guard x > 0 else { return x == 0 ? -.infinity : .nan }
        guard x < .infinity else { return x }
        // Subnormal numbers are first scaled into the normal range.
        let isSubnormal = x < .leastNormalMagnitude
        var bits = (isSubnormal ? x * 0x1p54 : x).bitPattern
        var exponent = Int(bits >> 52) - 1023 - (isSubnormal ? 54 : 0)
        bits = bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000
        var mantissa = Double(bitPattern: bits)
        if mantissa > 0x1.6a09e667f3bcdp0 {  // the square root of 2
            mantissa = mantissa * 0.5
            exponent += 1
        }
        // With f = m - 1 and s = f / (2 + f): ln m = 2 artanh s = f - (f^2/2 - s (f^2/2 + R)),
        // R = 2s^2/3 + 2s^4/5 + …; |s| < 0.1716, so the first omitted term is below 2^-60.
        let f = mantissa - 1
        let s = f / (2 + f)
        let z = s * s
        var r = 2.0 / 23
        r = r * z + 2.0 / 21
        r = r * z + 2.0 / 19
        r = r * z + 2.0 / 17
        r = r * z + 2.0 / 15
        r = r * z + 2.0 / 13
        r = r * z + 2.0 / 11
        r = r * z + 2.0 / 9
        r = r * z + 2.0 / 7
        r = r * z + 2.0 / 5
        r = r * z + 2.0 / 3
        r = r * z
        let halfSquare = 0.5 * (f * f)
        let n = Double(exponent)
        return n * ln2High - ((halfSquare - (s * (halfSquare + r) + n * ln2Low)) - f)
    }

    /// The natural logarithm, rounded to `Float`.
    public static func log(_ x: Float) -> Float { Float(log(Double(x))) }

    /// 2 to the power of `exponent`, which must give a normal number.
    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(exponent + 1023) << 52)
    }
}
