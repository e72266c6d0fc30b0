extension SeededGenerator {
    /// A uniform number in [0, 1), a multiple of 2^-53.
    public mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A uniform integer in `0..<bound`, without bias (Lemire 2019).
    ///
    /// - Precondition: `bound > 0`.
    public mutating func nextInteger(below bound: Int) -> Int {
        precondition(bound > 0, "no integer below \(bound)")
        let range = UInt64(bound)
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = next().multipliedFullWidth(by: range) }
        }
        return Int(product.high)
    }

    /// Puts the elements in a uniformly random order (Fisher and Yates, from the end).
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        var remaining = elements.count
        while remaining > 1 {
            elements.swapAt(nextInteger(below: remaining), remaining - 1)
            remaining -= 1
        }
    }

    /// A standard normal number (Marsaglia's polar method, one of the pair).
    public mutating func nextNormal() -> Double {
        while true {
            let u = 2 * nextUniform() - 1
            let v = 2 * nextUniform() - 1
            let square = u * u + v * v
            guard square > 0, square < 1 else { continue }
            return u * (-2 * Elementary.log(square) / square).squareRoot()
        }
    }

    /// The natural logarithm of a Gamma(`shape`, 1) number (Marsaglia and Tsang 2000).
    ///
    /// The logarithm, because for shapes near zero the number itself underflows: at shape 0.01 more
    /// than one in a thousand is below 10^-300.
    ///
    /// - Precondition: `shape` is positive and finite.
    public mutating func nextLogGamma(shape: Double) -> Double {
        precondition(shape > 0 && shape < .infinity, "gamma of shape \(shape)")
        if shape < 1 {
            // G(a) = G(a + 1) U^(1/a); 1 - U lies in (0, 1], so its logarithm is finite.
            let boosted = nextLogGamma(shape: shape + 1)
            return boosted + Elementary.log(1 - nextUniform()) / shape
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = nextNormal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = 1 - nextUniform()
            if Elementary.log(u) < 0.5 * x * x + d - d * v + d * Elementary.log(v) {
                return Elementary.log(d) + Elementary.log(v)
            }
        }
    }

    /// A point of the symmetric Dirichlet distribution: `count` shares that sum to 1.
    ///
    /// - Precondition: `count > 0`, `concentration` positive and finite.
    public mutating func nextDirichlet(count: Int, concentration: Double) -> [Double] {
        precondition(count > 0, "a distribution over no categories")
        let logarithms = (0..<count).map { _ in nextLogGamma(shape: concentration) }
        // Relative to the largest, so that at least one term is 1 and the sum cannot vanish.
        let largest = logarithms.reduce(-Double.infinity) { $0 > $1 ? $0 : $1 }
        let shares = logarithms.map { Elementary.exp($0 - largest) }
        let total = shares.reduce(0, +)
        return shares.map { $0 / total }
    }
}
