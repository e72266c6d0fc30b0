import Testing

@testable import FedLearn

@Suite("Trainer") struct TrainerTests {
    private let model = MLP(layerSizes: [64, 64, 10])

    @Test("equal seeds give equal bits, other seeds others")
    func isDeterministic() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<50))
        let start = model.initialParameters(seed: 1)
        let settings = Hyperparameters(learningRate: 0.1, batchSize: 16, localEpochs: 1)
        let first = try Trainer.train(model, from: start, on: data, with: settings, seed: 5)
        let second = try Trainer.train(model, from: start, on: data, with: settings, seed: 5)
        let other = try Trainer.train(model, from: start, on: data, with: settings, seed: 6)
        #expect(first == second)
        #expect(first.delta != other.delta)
        #expect(first.exampleCount == 50)
    }

    @Test("the trained bits are pinned, so that another machine or build cannot differ unnoticed")
    func bitsArePinned() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<100))
        let result = try Trainer.train(
            model, from: model.initialParameters(seed: 1), on: data,
            with: Hyperparameters(), seed: 5)
        #expect(
            ModelParameters.hash(of: result.delta).description
                == "57836804fcacc6fe7a57b1e718b3ed7a7df6f8f64624ce0c882a83698a729ba5")
    }

    @Test("training lowers the loss")
    func learns() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<200))
        let start = model.initialParameters(seed: 1)
        let short = try Trainer.train(
            model, from: start, on: data, with: Hyperparameters(localEpochs: 1), seed: 5)
        let long = try Trainer.train(
            model, from: start, on: data, with: Hyperparameters(localEpochs: 5), seed: 5)
        #expect(long.meanLoss < 0.6 * short.meanLoss)
    }

    @Test("cancellation is seen between batches")
    func isCancellable() throws {
        let data = try Digits.load().training.selecting(rows: Array(0..<64))
        var asked = 0
        #expect(throws: TrainingError.cancelled) {
            _ = try Trainer.train(
                model, from: model.initialParameters(seed: 1), on: data,
                with: Hyperparameters(localEpochs: 100), seed: 1,
                isCancelled: {
                    asked += 1
                    return asked == 3
                })
        }
        #expect(asked == 3)
    }

    @Test func refusesAnEmptyShare() throws {
        let data = try Digits.load().training.selecting(rows: [])
        #expect(throws: TrainingError.emptyDataset) {
            _ = try Trainer.train(
                model, from: model.initialParameters(seed: 1), on: data,
                with: Hyperparameters(), seed: 1)
        }
    }
}
