extension PrivacyLoss {
    /// What may fall outside the window that a composition keeps; it is counted as infinite loss.
    private static let windowTail = 1e-14

    /// The loss of several losses together, each so many times.
    ///
    /// The product of the characteristic functions on a circular grid. The grid's length covers, by
    /// Chernoff's bound, all but 10^-14 of the sum; what wraps around is counted as infinite as well.
    ///
    /// - Precondition: equal intervals, at least one part.
    /// - Throws: ``PrivacyError/invalid(_:)`` when the window would exceed
    ///   ``PrivacyLimits/maximumLossBins``.
    public static func composition(
        _ parts: [(loss: PrivacyLoss, count: Int)]
    ) throws(PrivacyError) -> PrivacyLoss {
        precondition(!parts.isEmpty, "nothing to compose")
        let interval = parts[0].loss.interval
        precondition(parts.allSatisfy { $0.loss.interval == interval }, "unequal grids")
        let window = window(of: parts)
        var length = 2
        while length < window.count { length *= 2 }
        guard length <= PrivacyLimits.maximumLossBins else {
            throw .invalid("a composition over \(window.count) bins")
        }
        let transform = FourierTransform(count: length)
        var real = [Double](repeating: 1, count: length)
        var imaginary = [Double](repeating: 0, count: length)
        var logFinite = 0.0
        for (loss, count) in parts where count > 0 {
            var (re, im) = loss.wrapped(length: length)
            transform.transform(&re, &im, inverse: false)
            multiply(&real, &imaginary, byPower: count, of: re, im)
            logFinite += Double(count) * NormalTail.logOnePlus(-min(loss.infiniteMass, 0.5))
        }
        transform.transform(&real, &imaginary, inverse: true)
        var masses = [Double](repeating: 0, count: window.count)
        for offset in 0..<window.count {
            // Negative only by rounding of the transform.
            masses[offset] = max(
                real[Self.index(window.lowerBound + offset, length: length)] / Double(length), 0)
        }
        return PrivacyLoss(
            interval: interval, lowest: window.lowerBound, masses: masses,
            infiniteMass: -NormalTail.expMinusOne(logFinite) + windowTail)
    }

    private static func index(_ position: Int, length: Int) -> Int { position & (length - 1) }

    /// The masses on a circle of `length` points.
    private func wrapped(length: Int) -> ([Double], [Double]) {
        var real = [Double](repeating: 0, count: length)
        for (offset, mass) in masses.enumerated() {
            real[Self.index(lowest + offset, length: length)] += mass
        }
        return (real, [Double](repeating: 0, count: length))
    }

    /// Multiplies every element by the `power`-th power of its counterpart.
    private static func multiply(
        _ real: inout [Double], _ imaginary: inout [Double], byPower power: Int,
        of baseReal: [Double], _ baseImaginary: [Double]
    ) {
        real.withUnsafeMutableBufferPointer { re in
            imaginary.withUnsafeMutableBufferPointer { im in
                baseReal.withUnsafeBufferPointer { baseRe in
                    baseImaginary.withUnsafeBufferPointer { baseIm in
                        var index = 0
                        while index < re.count {
                            var (x, y) = (re[index], im[index])
                            var (a, b) = (baseRe[index], baseIm[index])
                            var rest = power
                            while rest > 0 {
                                if rest & 1 == 1 { (x, y) = (x * a - y * b, x * b + y * a) }
                                (a, b) = (a * a - b * b, 2 * a * b)
                                rest >>= 1
                            }
                            re[index] = x
                            im[index] = y
                            index += 1
                        }
                    }
                }
            }
        }
    }

    /// The grid positions that hold the sum but for ``windowTail`` of its probability.
    private static func window(of parts: [(loss: PrivacyLoss, count: Int)]) -> Range<Int> {
        var low = 0
        var high = 0
        var variance = 0.0
        for (loss, count) in parts where count > 0 {
            low += loss.lowest * count
            high += (loss.lowest + loss.masses.count - 1) * count
            variance += Double(count) * loss.variance
        }
        let interval = parts[0].loss.interval
        let deviation = max(variance.squareRoot(), interval)
        let budget = -Elementary.log(windowTail / 2)
        // The best exponent is near √(2 · budget)/deviation for a sum that is nearly normal, lower
        // for one with a heavy tail.
        for exponent in stride(from: -4.0, through: 4, by: 1) {
            let tilt = Elementary.exp(exponent * Elementary.log(2)) / deviation
            var logUpper = 0.0
            var logLower = 0.0
            for (loss, count) in parts where count > 0 {
                logUpper += Double(count) * loss.logMoment(tilt)
                logLower += Double(count) * loss.logMoment(-tilt)
            }
            let upper = ((logUpper + budget) / (tilt * interval)).rounded(.up)
            let lower = (-(logLower + budget) / (tilt * interval)).rounded(.down)
            if upper < Double(high) { high = Int(upper) }
            if lower > Double(low) { low = Int(lower) }
        }
        return low..<max(high, low) + 1
    }

    /// ln E[e^(tilt · loss)] over the finite losses.
    private func logMoment(_ tilt: Double) -> Double {
        let step = tilt * interval
        // Relative to the largest possible term, which may be beyond Double's range.
        let last = masses.count - 1
        let largest = max(Double(lowest) * step, Double(lowest + last) * step)
        var total = 0.0
        for (offset, mass) in masses.enumerated() where mass > 0 {
            total += mass * Elementary.exp(Double(lowest + offset) * step - largest)
        }
        return total > 0 ? Elementary.log(total) + largest : -.infinity
    }

    /// The variance of the finite losses.
    var variance: Double {
        var total = 0.0
        var first = 0.0
        var second = 0.0
        for (offset, mass) in masses.enumerated() {
            let value = Double(lowest + offset) * interval
            total += mass
            first += mass * value
            second += mass * value * value
        }
        guard total > 0 else { return 0 }
        let mean = first / total
        return max(second / total - mean * mean, 0)
    }
}
