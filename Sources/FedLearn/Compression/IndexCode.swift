/// Ascending indices as gaps in Rice's code.
///
/// For *k* of *D* indices at random, gaps are nearly geometric with mean D/k, for which the parameter
/// *r*, the largest with 2^r ≤ ln 2 · D/k, is the best within a few hundredths of a bit (Kiely 2004).
enum IndexCode {
    static func parameter(count: Int, dimension: Int) -> Int {
        guard count > 0 else { return 0 }
        var parameter = 0
        while (count << (parameter + 1)) * 100 <= 69 * dimension { parameter += 1 }
        return parameter
    }

    /// - Precondition: `indices` ascend, within 0..<`dimension`.
    static func encode(_ indices: [Int], dimension: Int) -> [UInt8] {
        let parameter = parameter(count: indices.count, dimension: dimension)
        var bits = BitWriter()
        var next = 0
        for index in indices {
            let gap = index - next
            bits.appendUnary(gap >> parameter)
            bits.append(gap & (1 << parameter - 1), bits: parameter)
            next = index + 1
        }
        return bits.finish()
    }

    static func decode(
        _ bytes: ArraySlice<UInt8>, count: Int, dimension: Int
    ) throws(WireError) -> [Int] {
        let parameter = parameter(count: count, dimension: dimension)
        var bits = BitReader(bytes)
        var indices: [Int] = []
        indices.reserveCapacity(count)
        var next = 0
        for _ in 0..<count {
            let quotient = try bits.readUnary(limit: dimension >> parameter)
            let gap = quotient << parameter | (try bits.read(bits: parameter))
            let index = next + gap
            guard index < dimension else { throw .outOfRange }
            indices.append(index)
            next = index + 1
        }
        try bits.finish()
        return indices
    }
}
