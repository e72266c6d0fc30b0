import Testing

@testable import FedLearn

@Suite("Reptile") struct ReptileTests {
    private struct File: Decodable {
        let A: [[[Double]]]
        let b: [[Double]]
        let theta0: [Double]
        let inner_lr: Double
        let inner_steps: Int
        let outer_steps: Int
        let eps0: Double
        let theta_after_each: [[Double]]
    }

    @Test("the outer loop follows the golden one")
    func golden() throws {
        let file: File = try Vectors.json("meta/reptile.json")
        let schedule = Reptile(firstStep: file.eps0, stepCount: file.outer_steps)
        var theta = file.theta0.map(Float.init)
        for (step, expected) in file.theta_after_each.enumerated() {
            let updates = zip(file.A, file.b).map { rows, b in
                learn(rows, b, from: theta, rate: file.inner_lr, steps: file.inner_steps)
            }
            // The aggregate of a round: here the mean.
            let mean = VectorKernels.weightedSum(
                of: updates,
                weights: updates.map { _ in 1 / Float(updates.count) }, count: theta.count)
            schedule.apply(mean, to: &theta, at: step)
            for (value, golden) in zip(theta, expected) {
                #expect(isClose(Double(value), golden, absolute: 1e-4))
            }
        }
        #expect(file.theta_after_each.count == file.outer_steps)
        #expect(schedule.stepSize(at: file.outer_steps) == 0)
        #expect(schedule.stepSize(at: 10 * file.outer_steps) == 0)
    }

    /// Full-batch descent on |A θ − b|² / 2m: the change of θ.
    private func learn(
        _ rows: [[Double]], _ b: [Double], from theta: [Float], rate: Double, steps: Int
    ) -> [Float] {
        var phi = theta.map(Double.init)
        for _ in 0..<steps {
            var gradient = [Double](repeating: 0, count: phi.count)
            for (row, target) in zip(rows, b) {
                let error = zip(row, phi).reduce(-target) { $0 + $1.0 * $1.1 }
                for index in phi.indices {
                    gradient[index] += error * row[index] / Double(rows.count)
                }
            }
            for index in phi.indices { phi[index] -= rate * gradient[index] }
        }
        return zip(phi, theta).map { Float($0 - Double($1)) }
    }
}
