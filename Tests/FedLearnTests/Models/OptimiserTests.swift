import Testing

@testable import FedLearn

@Suite("Optimisers") struct OptimiserTests {
    /// Steps on the gradients (1, −2), (0.5, 0.5), (−1, 0) from (1, 1), computed by hand in `Double`.
    private func walk(_ optimiser: some Optimiser) -> [Float] {
        var optimiser = optimiser
        var parameters: [Float] = [1, 1]
        for gradient: [Float] in [[1, -2], [0.5, 0.5], [-1, 0]] {
            optimiser.step(gradient, on: &parameters)
        }
        return parameters
    }

    private func isEqual(_ values: [Float], _ expected: [Double]) -> Bool {
        zip(values, expected).allSatisfy { isClose(Double($0), $1, relative: 2e-6) }
    }

    @Test("plain descent, momentum, Nesterov and weight decay")
    func descent() {
        #expect(isEqual(walk(GradientDescent(learningRate: 0.1)), [0.95, 1.15]))
        // v: 1, 1.4, 0.26 and −2, −1.3, −1.17.
        #expect(
            isEqual(walk(GradientDescent(learningRate: 0.1, momentum: 0.9)), [0.734, 1.447]))
        // g + 0.9 v: 1.9, 1.76, −0.766 and −3.8, −0.67, −1.053.
        #expect(
            isEqual(
                walk(GradientDescent(learningRate: 0.1, momentum: 0.9, isNesterov: true)),
                [0.7106, 1.5523]))
        // w ← w − 0.1 (g + 0.5 w).
        #expect(
            isEqual(
                walk(GradientDescent(learningRate: 0.1, weightDecay: 0.5)),
                [0.819625, 0.990375]))
    }

    @Test("Adam and AdamW, against the algorithms in Double")
    func adam() {
        for (decay, isDecoupled) in [(0.0, false), (0.1, false), (0.1, true)] {
            var expected: [Double] = [1, 1]
            var m: [Double] = [0, 0]
            var s: [Double] = [0, 0]
            let gradients: [[Double]] = [[1, -2], [0.5, 0.5], [-1, 0]]
            for (t, gradient) in gradients.enumerated() {
                for i in 0..<2 {
                    if isDecoupled { expected[i] *= 1 - 0.01 * decay }
                    let g = gradient[i] + (isDecoupled ? 0 : decay * expected[i])
                    m[i] = 0.9 * m[i] + 0.1 * g
                    s[i] = 0.999 * s[i] + 0.001 * g * g
                    let power = (0...t).reduce((1.0, 1.0)) { p, _ in (p.0 * 0.9, p.1 * 0.999) }
                    let mean = m[i] / (1 - power.0)
                    let square = s[i] / (1 - power.1)
                    expected[i] -= 0.01 * mean / (square.squareRoot() + 1e-8)
                }
            }
            let result = walk(
                Adam(
                    learningRate: 0.01, weightDecay: Float(decay), isDecoupled: isDecoupled))
            #expect(
                zip(result, expected).allSatisfy { isClose(Double($0), $1, relative: 3e-6) },
                "\(result), not \(expected)")
        }
        #expect(Adam.decoupled().isDecoupled)
    }
}
