import Testing

@testable import FedLearn

@Suite("Private training") struct PrivateTrainerTests {
    private func generator(_ byte: UInt8) -> SecureGenerator {
        SecureGenerator(key: [UInt8](repeating: byte, count: 32))
    }

    @Test("one example more or less moves the sum by the clip at most")
    func sensitivity() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<40))
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        // Without noise and with everybody in the batch, a step of rate 1 is the clipped sum / 40.
        let privacy = try ExamplePrivacy(clip: 0.25, noiseMultiplier: 0, samplingRate: 1)
        func sum(_ rows: [Int]) throws -> [Float] {
            var optimiser = GradientDescent(learningRate: 1)
            var random = generator(1)
            let result = try PrivateTrainer.train(
                model, from: model.initialParameters(seed: 1), on: data.selecting(rows: rows),
                steps: 1, privacy: privacy, optimiser: &optimiser, using: &random)
            return result.delta.map { $0 * Float(rows.count) }
        }
        let all = try sum(Array(0..<40))
        for left in [0, 7, 39] {
            let rest = try sum((0..<40).filter { $0 != left })
            let moved = VectorKernels.norm(VectorKernels.difference(all, rest))
            #expect(moved <= 0.25 * 1.0001)
            #expect(moved > 0.2, "the gradient was clipped, so it counts in full")
        }
    }

    @Test("batches vary, noise is there, and equal keys give equal results")
    func isRandomised() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<100))
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        let privacy = try ExamplePrivacy(clip: 1, noiseMultiplier: 1, samplingRate: 0.25)
        func delta(_ key: UInt8) throws -> [Float] {
            var optimiser = GradientDescent(learningRate: 1)
            var random = generator(key)
            return try PrivateTrainer.train(
                model, from: model.initialParameters(seed: 1), on: data, steps: 1,
                privacy: privacy, optimiser: &optimiser, using: &random
            ).delta
        }
        let first = try delta(1)
        #expect(try delta(1) == first)
        let other = try delta(2)
        // Two noises of deviation 1/25 on 650 parameters: their difference has length 1.44.
        let distance = VectorKernels.norm(VectorKernels.difference(first, other))
        #expect(distance > 1 && distance < 2)
        #expect(try privacy.mechanism.samplingRate == 0.25)
    }

    @Test("it learns the digits within ε = 8")
    func learns() throws {
        let data = try Digits.load()
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        let steps = 60
        let multiplier = try RenyiAccountant.noiseMultiplier(
            epsilon: 8, delta: 1e-4, samplingRate: 0.1, steps: steps)
        let privacy = try ExamplePrivacy(
            clip: 1, noiseMultiplier: multiplier, samplingRate: 0.1)
        var optimiser = GradientDescent(learningRate: 0.5)
        var random = generator(3)
        let start = model.initialParameters(seed: 1)
        let result = try PrivateTrainer.train(
            model, from: start, on: data.training, steps: steps, privacy: privacy,
            optimiser: &optimiser, using: &random)
        var values = start.values
        VectorKernels.addScaled(result.delta, by: 1, to: &values)
        #expect(model.accuracy(on: data.test, at: values) > 0.8)
    }

    @Test("impossible settings, no data and cancellation are refused")
    func refuses() throws {
        #expect(throws: PrivacyError.self) {
            _ = try ExamplePrivacy(clip: 0, noiseMultiplier: 1, samplingRate: 0.1)
        }
        #expect(throws: PrivacyError.self) {
            _ = try ExamplePrivacy(clip: 1, noiseMultiplier: -1, samplingRate: 0.1)
        }
        #expect(throws: PrivacyError.self) {
            _ = try ExamplePrivacy(clip: 1, noiseMultiplier: 1, samplingRate: 1.1)
        }
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        let privacy = try ExamplePrivacy(clip: 1, noiseMultiplier: 1, samplingRate: 0.1)
        let data = try Digits.load().training
        var optimiser = GradientDescent(learningRate: 1)
        var random = generator(1)
        #expect(throws: TrainingError.emptyDataset) {
            _ = try PrivateTrainer.train(
                model, from: model.initialParameters(seed: 1), on: data.selecting(rows: []),
                steps: 1, privacy: privacy, optimiser: &optimiser, using: &random)
        }
        #expect(throws: TrainingError.cancelled) {
            _ = try PrivateTrainer.train(
                model, from: model.initialParameters(seed: 1), on: data, steps: 9,
                privacy: privacy, optimiser: &optimiser, using: &random, isCancelled: { true })
        }
    }
}
