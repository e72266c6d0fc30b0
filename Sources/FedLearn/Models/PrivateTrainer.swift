/// How examples are protected from whoever sees the trained model.
public struct ExamplePrivacy: Hashable, Codable, Sendable {
    /// The bound on the norm of each example's gradient, *C*.
    public let clipping: Clipping
    /// σ: noise of deviation σ *C* is added to the sum of the clipped gradients.
    public let noiseMultiplier: Double
    /// *q*: the probability with which each example is in a step's batch.
    public let samplingRate: Double

    /// Creates settings.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)``.
    public init(
        clip: Double, noiseMultiplier: Double, samplingRate: Double
    ) throws(PrivacyError) {
        clipping = try Clipping(norm: .l2, bound: clip)
        guard noiseMultiplier >= 0, noiseMultiplier.isFinite else {
            throw .invalid("noise multiplier \(noiseMultiplier)")
        }
        guard samplingRate > 0, samplingRate <= 1 else {
            throw .invalid("sampling rate \(samplingRate): expected above 0, at most 1")
        }
        self.noiseMultiplier = noiseMultiplier
        self.samplingRate = samplingRate
    }

    /// What one step costs, for an accountant.
    public var mechanism: SubsampledGaussian {
        get throws(PrivacyError) {
            try SubsampledGaussian(noiseMultiplier: noiseMultiplier, samplingRate: samplingRate)
        }
    }
}

/// Stochastic gradient descent that is private for every example.
///
/// Source: Abadi et al. 2016, "Deep Learning with Differential Privacy", algorithm 1: every example is in
/// the batch by a coin of its own (Poisson sampling, which the accountants assume), gradients are clipped
/// one by one, and the noisy sum is divided by the *expected* batch size, as the real one is a secret.
///
/// The noise is added in floating point; see ``GaussianSampler``.
public enum PrivateTrainer {
    /// Takes `steps` steps.
    ///
    /// - Parameters:
    ///   - optimiser: Gets the noisy mean gradients; whatever it does with them costs no privacy.
    ///   - generator: Cryptographic: it decides batches and noise.
    ///   - isCancelled: Asked before every step.
    /// - Returns: ``TrainingResult/meanLoss`` is a loss of the *private* data without noise, for local
    ///   eyes only.
    /// - Throws: ``TrainingError``. Gradients that are not finite count as zero.
    public static func train(
        _ model: some Model, from parameters: ModelParameters, on dataset: Dataset, steps: Int,
        privacy: ExamplePrivacy, optimiser: inout some Optimiser,
        using generator: inout SecureGenerator, isCancelled: () -> Bool = { Task.isCancelled }
    ) throws(TrainingError) -> TrainingResult {
        guard dataset.count > 0 else { throw .emptyDataset }
        var values = parameters.values
        var workspace = ModelWorkspace()
        var batch = Batch()
        var gradient = [Float](repeating: 0, count: values.count)
        var loss: Float = 0
        var seen = 0
        let expected = privacy.samplingRate * Double(dataset.count)
        for _ in 0..<steps {
            if isCancelled() { throw .cancelled }
            var sum = [Float](repeating: 0, count: values.count)
            for row in 0..<dataset.count {
                let coin = Double(generator.next() >> 11) * 0x1p-53
                guard coin < privacy.samplingRate else { continue }
                batch.fill(from: dataset, rows: CollectionOfOne(row))
                loss += model.lossAndGradient(
                    of: batch, at: values, into: &gradient, using: &workspace)
                seen += 1
                do {
                    _ = try privacy.clipping.clip(&gradient)
                    VectorKernels.addScaled(gradient, by: 1, to: &sum)
                } catch {
                    continue
                }
            }
            GaussianSampler.addNoise(
                deviation: privacy.noiseMultiplier * privacy.clipping.bound, to: &sum,
                using: &generator)
            let share = Float(1 / expected)
            for index in sum.indices { sum[index] *= share }
            optimiser.step(sum, on: &values)
        }
        return TrainingResult(
            delta: VectorKernels.difference(values, parameters.values),
            exampleCount: dataset.count, meanLoss: loss / Float(max(seen, 1)))
    }
}
