/// Signs, and one magnitude for all: the mean of the absolute values, with which error feedback
/// converges (Karimireddy et al. 2019, "Error Feedback Fixes SignSGD", algorithm 1).
public struct Signs: Hashable, Sendable {
    /// The magnitude of every value.
    public let scale: Float
    /// Whether each value is not negative.
    public let isPositive: [Bool]

    init(scale: Float, isPositive: [Bool]) {
        self.scale = scale
        self.isPositive = isPositive
    }

    /// - Precondition: `values` are finite.
    init(_ values: [Float]) {
        let mean = VectorNorm.l1.measure(values) / Double(max(values.count, 1))
        self.init(scale: Float(mean), isPositive: values.map { $0 >= 0 })
    }

    /// ± scale.
    func expanded() -> [Float] { isPositive.map { $0 ? scale : -scale } }

    /// The sign that most voters have, coordinate by coordinate; +1 where they are equally many
    /// (Bernstein et al. 2018, "signSGD with majority vote").
    ///
    /// - Throws: ``CompressionError/wrongLength(found:expected:)``.
    public static func majority(_ voters: [Signs]) throws(CompressionError) -> [Int] {
        guard let count = voters.first?.isPositive.count else { return [] }
        var balance = [Int](repeating: 0, count: count)
        for voter in voters {
            guard voter.isPositive.count == count else {
                throw .wrongLength(found: voter.isPositive.count, expected: count)
            }
            for index in balance.indices { balance[index] += voter.isPositive[index] ? 1 : -1 }
        }
        return balance.map { $0 >= 0 ? 1 : -1 }
    }
}
