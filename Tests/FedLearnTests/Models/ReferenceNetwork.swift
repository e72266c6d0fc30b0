import Foundation

/// Cross-entropy of a fully connected ReLU network in plain `Double` arithmetic: an independent
/// statement of what the models compute, to differentiate numerically.
struct ReferenceNetwork {
    let sizes: [Int]

    func loss(_ parameters: [Double], features: [[Double]], labels: [Int]) -> Double {
        var total = 0.0
        for (input, label) in zip(features, labels) {
            var values = input
            var offset = 0
            for layer in 0..<sizes.count - 1 {
                let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
                var next = (0..<outputs).map { parameters[offset + inputs * outputs + $0] }
                for i in 0..<inputs {
                    for o in 0..<outputs {
                        next[o] += values[i] * parameters[offset + i * outputs + o]
                    }
                }
                if layer + 2 < sizes.count { next = next.map { max($0, 0) } }
                offset += (inputs + 1) * outputs
                values = next
            }
            let normaliser = log(values.reduce(0) { $0 + exp($1) })
            total += normaliser - values[label]
        }
        return total / Double(labels.count)
    }

    /// Central differences.
    func gradient(_ parameters: [Double], features: [[Double]], labels: [Int]) -> [Double] {
        let step = 1e-6
        return parameters.indices.map { index in
            var shifted = parameters
            shifted[index] += step
            let above = loss(shifted, features: features, labels: labels)
            shifted[index] -= 2 * step
            return (above - loss(shifted, features: features, labels: labels)) / (2 * step)
        }
    }
}
