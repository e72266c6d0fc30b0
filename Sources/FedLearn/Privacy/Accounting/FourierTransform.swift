/// The discrete Fourier transform of a power-of-two length (iterative, radix 2).
///
/// Its roots of unity come from half-angle formulas, so that it too gives the same bits everywhere.
struct FourierTransform {
    let count: Int
    private let cosines: [Double]
    private let sines: [Double]

    /// - Precondition: `count` is a power of two, at least 2.
    init(count: Int) {
        precondition(count >= 2 && count & (count - 1) == 0, "length \(count)")
        self.count = count
        // cos and sin of 2π/2^k for each k, then every root as the product of those of its bits.
        var cosine = -1.0
        var sine = 0.0
        var halves: [(Double, Double)] = [(cosine, sine)]
        var length = 2
        while length < count {
            let next = ((1 + cosine) / 2).squareRoot()
            // sin(a/2) by the quotient: (1 − cos a)/2 would cancel for small angles.
            sine = length == 2 ? 1 : sine / (2 * next)
            cosine = length == 2 ? 0 : next
            halves.append((cosine, sine))
            length *= 2
        }
        var cosines = [1.0]
        var sines = [0.0]
        cosines.reserveCapacity(count / 2)
        sines.reserveCapacity(count / 2)
        // Roots of index 0..<count/2, doubling from the finest angle upwards.
        for (c, s) in halves.reversed() where cosines.count < count / 2 {
            for index in 0..<cosines.count {
                cosines.append(cosines[index] * c - sines[index] * s)
                sines.append(cosines[index] * s + sines[index] * c)
            }
        }
        self.cosines = cosines
        self.sines = sines
    }

    /// Transforms in place; the inverse is not divided by ``count``.
    func transform(_ real: inout [Double], _ imaginary: inout [Double], inverse: Bool) {
        precondition(real.count == count && imaginary.count == count, "length \(real.count)")
        let sign = inverse ? 1.0 : -1.0
        real.withUnsafeMutableBufferPointer { re in
            imaginary.withUnsafeMutableBufferPointer { im in
                cosines.withUnsafeBufferPointer { c in
                    sines.withUnsafeBufferPointer { s in
                        reverseBits(re, im)
                        var half = 1
                        while half < count {
                            butterflies(re, im, c, s, half: half, sign: sign)
                            half *= 2
                        }
                    }
                }
            }
        }
    }

    private func reverseBits(
        _ re: UnsafeMutableBufferPointer<Double>, _ im: UnsafeMutableBufferPointer<Double>
    ) {
        var reversed = 0
        var index = 1
        while index < count {
            var bit = count >> 1
            while reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
            if index < reversed {
                re.swapAt(index, reversed)
                im.swapAt(index, reversed)
            }
            index += 1
        }
    }

    private func butterflies(
        _ re: UnsafeMutableBufferPointer<Double>, _ im: UnsafeMutableBufferPointer<Double>,
        _ c: UnsafeBufferPointer<Double>, _ s: UnsafeBufferPointer<Double>, half: Int, sign: Double
    ) {
        let stride = count / (2 * half)
        var start = 0
        while start < count {
            var offset = 0
            while offset < half {
                let cosine = c[offset * stride]
                let sine = sign * s[offset * stride]
                let a = start + offset
                let b = a + half
                let x = re[b] * cosine - im[b] * sine
                let y = re[b] * sine + im[b] * cosine
                re[b] = re[a] - x
                im[b] = im[a] - y
                re[a] = re[a] + x
                im[a] = im[a] + y
                offset += 1
            }
            start += 2 * half
        }
    }
}
