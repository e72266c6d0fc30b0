import Testing

@testable import FedLearn

@Suite("Training tasks") struct TrainingTaskTests {
    /// An agent's own task: it learns where the middle of its numbers is.
    struct Middle: TrainingTask {
        let name = "middle"
        let numbers: [Float]
        var layout: ParameterLayout {
            var layout = ParameterLayout()
            layout.append("middle", shape: [1])
            return layout
        }
        func initialParameters(seed: UInt64) -> ModelParameters {
            ModelParameters(layout: layout, values: [0])
        }
        mutating func train(
            from parameters: ModelParameters, round: Int, seed: UInt64, isCancelled: () -> Bool
        ) throws(TrainingError) -> TrainingResult {
            guard !isCancelled() else { throw .cancelled }
            let mean = numbers.reduce(0, +) / Float(numbers.count)
            return TrainingResult(
                delta: [0.5 * (mean - parameters.values[0])], exampleCount: numbers.count,
                meanLoss: 0)
        }
        func evaluate(_ parameters: ModelParameters) -> Evaluation {
            Evaluation(
                score: -Double(abs(parameters.values[0] - 2.5)), exampleCount: numbers.count)
        }
    }

    @Test("any task that changes a vector can be federated")
    func ownTask() throws {
        var tasks: [any TrainingTask] = [Middle(numbers: [1, 2]), Middle(numbers: [3, 4])]
        var parameters = tasks[0].initialParameters(seed: 1)
        for round in 0..<12 {
            var contributions: [Contribution] = []
            for index in tasks.indices {
                let result = try tasks[index].train(
                    from: parameters, round: round, seed: 1, isCancelled: { false })
                contributions.append(
                    Contribution(
                        member: index, exampleCount: result.exampleCount, values: result.delta))
            }
            let mean = try WeightedMean().aggregate(contributions, dimension: 1)
            parameters = ModelParameters(
                layout: parameters.layout, values: [parameters.values[0] + mean.values[0]])
        }
        #expect(tasks[0].evaluate(parameters).score > -0.01)
    }

    @Test("the supervised task is the trainer with a state of its own")
    func supervised() throws {
        let data = try Digits.load()
        let rows = data.training.selecting(rows: Array(0..<100))
        let model = MLP(layerSizes: [64, 16, 10])
        var task = SupervisedTask(
            name: "digits", model: model, training: rows, test: data.test,
            optimiser: GradientDescent(learningRate: 0.1))
        let start = task.initialParameters(seed: 2)
        let result = try task.train(from: start, round: 0, seed: 5, isCancelled: { false })
        let direct = try Trainer.train(
            model, from: start, on: rows, with: Hyperparameters(), seed: 5)
        #expect(result == direct)
        #expect(task.evaluate(start).exampleCount == data.test.count)
        // Momentum goes on from round to round.
        var heavy = SupervisedTask(
            name: "digits", model: model, training: rows, test: data.test,
            optimiser: GradientDescent(learningRate: 0.1, momentum: 0.9))
        let first = try heavy.train(from: start, round: 0, seed: 5, isCancelled: { false })
        let second = try heavy.train(from: start, round: 1, seed: 5, isCancelled: { false })
        #expect(first != second)
    }
}
