/// Sums of multiples of points (Straus 1964): all points share the doublings, and each takes its scalar four
/// bits at a time from a table of its first multiples.
///
/// With tables of 15 it needs as many additions for a hundred points as buckets would (Pippenger 1976),
/// and far fewer for one.
enum ScalarSum {
    /// Points that are in work at once, so that tables stay within a megabyte.
    private static let chunk = 64

    /// `Σ scalar · point`.
    static func of<Element: FieldElement>(
        _ terms: [(point: AffinePoint<Element>, scalar: UInt256)]
    ) -> JacobianPoint<Element> {
        var sum = JacobianPoint<Element>.infinity
        var start = 0
        while start < terms.count {
            let end = min(start + chunk, terms.count)
            sum = sum + part(terms[start..<end])
            start = end
        }
        return sum
    }

    private static func part<Element: FieldElement>(
        _ terms: ArraySlice<(point: AffinePoint<Element>, scalar: UInt256)>
    ) -> JacobianPoint<Element> {
        var tables: [JacobianPoint<Element>] = []
        tables.reserveCapacity(15 * terms.count)
        var bits = 0
        for term in terms {
            var multiple = JacobianPoint(term.point)
            tables.append(multiple)
            for _ in 1..<15 {
                multiple = multiple.adding(term.point)
                tables.append(multiple)
            }
            bits = max(bits, term.scalar.bitWidth)
        }
        var sum = JacobianPoint<Element>.infinity
        for window in stride(from: (bits + 3) / 4 - 1, through: 0, by: -1) {
            if !sum.isInfinity { sum = sum.doubled.doubled.doubled.doubled }
            for (index, term) in terms.enumerated() {
                let limb = term.scalar.limb(window >> 4)
                let digit = Int(limb >> UInt64(4 * (window & 15)) & 15)
                if digit > 0 { sum = sum + tables[15 * index + digit - 1] }
            }
        }
        return sum
    }
}
