/// Normal numbers in floating point from any generator.
///
/// For noise inside local training. The gaps between floating-point numbers give away something of
/// the value under the noise (Mironov 2012, "On significance of the least significant bits for
/// differential privacy"), so what leaves the machine carries ``DiscreteGaussian`` noise instead.
public enum GaussianSampler {
    /// A standard normal number (Marsaglia's polar method, one of the pair).
    public static func next(using generator: inout some RandomNumberGenerator) -> Double {
        while true {
            let u = 2 * uniform(using: &generator) - 1
            let v = 2 * uniform(using: &generator) - 1
            let square = u * u + v * v
            guard square > 0, square < 1 else { continue }
            return u * (-2 * Elementary.log(square) / square).squareRoot()
        }
    }

    /// Adds normal noise of standard deviation `deviation` to every value.
    public static func addNoise(
        deviation: Double, to values: inout [Float],
        using generator: inout some RandomNumberGenerator
    ) {
        guard deviation > 0 else { return }
        for index in values.indices {
            values[index] += Float(deviation * next(using: &generator))
        }
    }

    private static func uniform(using generator: inout some RandomNumberGenerator) -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }
}
