/// A distribution of delays, drawn with integer arithmetic only so that every machine draws the
/// same.
public enum Latency: Sendable, Hashable {
    /// Always the same.
    case constant(Duration)
    /// Equally likely anywhere in the range.
    case uniform(ClosedRange<Duration>)
    /// Bell-shaped around `mean`, never below zero nor beyond six deviations.
    case normal(mean: Duration, deviation: Duration)
    /// Skewed to the right as real networks are: half the delays are below `median`; `sigma` is
    /// the standard deviation of the logarithm (0.2: slight, 1: wild; at most 4).
    case logNormal(median: Duration, sigma: Double)

    /// Draws one delay, in nanoseconds.
    func sample(_ generator: inout SimulationGenerator) -> UInt64 {
        switch self {
        case .constant(let delay): return Self.nanoseconds(delay)
        case .uniform(let range):
            let low = Self.nanoseconds(range.lowerBound)
            let high = max(low, Self.nanoseconds(range.upperBound))
            return low + generator.next(below: high - low + 1)
        case .normal(let mean, let deviation):
            let offset = Self.scale(Self.nanoseconds(deviation), Self.bell(&generator))
            return UInt64(clamping: Int64(clamping: Self.nanoseconds(mean)) + offset)
        case .logNormal(let median, let sigma):
            // exp(σz) = 2^(σz·log₂e), everything in Q16.
            let sigmaQ16 = Int64((min(max(sigma, 0), 4) * 65_536).rounded())
            let exponent = (((sigmaQ16 * Self.bell(&generator)) >> 16) * 94_548) >> 16
            return Self.multiply(Self.nanoseconds(median), powerOfTwo: exponent)
        }
    }

    /// A delay as nanoseconds, at most a day so that no sum overflows.
    static func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(min(max(duration.wholeNanoseconds, 0), 86_400_000_000_000))
    }

    /// About a standard normal number in Q16, within ±6: the sum of twelve uniform ones
    /// (Irwin–Hall).
    private static func bell(_ generator: inout SimulationGenerator) -> Int64 {
        var sum: Int64 = 0
        for _ in 0..<3 {
            let word = generator.next()
            sum += Int64(word & 0xffff) + Int64(word >> 16 & 0xffff)
            sum += Int64(word >> 32 & 0xffff) + Int64(word >> 48)
        }
        return sum - 6 * 65_535
    }

    /// `value` times a Q16 number.
    private static func scale(_ value: UInt64, _ factor: Int64) -> Int64 {
        let (high, low) = value.multipliedFullWidth(by: factor.magnitude)
        let magnitude = Int64(clamping: high << 48 | low >> 16)
        return factor < 0 ? -magnitude : magnitude
    }

    /// `value` times two to a Q16 exponent.
    private static func multiply(_ value: UInt64, powerOfTwo exponent: Int64) -> UInt64 {
        var result = value
        for (index, factor) in roots.enumerated() where exponent >> (15 - index) & 1 == 1 {
            let (high, low) = result.multipliedFullWidth(by: factor)
            result = high << 32 | low >> 32
        }
        let shift = exponent >> 16
        if shift < 0 { return shift > -64 ? result >> UInt64(-shift) : 0 }
        return min(shift > 20 ? .max : result << UInt64(shift), 86_400_000_000_000)
    }

    /// 2^(1/2), 2^(1/4), … 2^(1/65536) in Q32.
    private static let roots: [UInt64] = [
        6_074_000_999, 5_107_605_667, 4_683_695_047, 4_485_121_743,
        4_389_014_833, 4_341_736_423, 4_318_288_543, 4_306_612_133,
        4_300_785_773, 4_297_875_550, 4_296_421_177, 4_295_694_174,
        4_295_330_720, 4_295_149_004, 4_295_058_149, 4_295_012_722,
    ]
}
