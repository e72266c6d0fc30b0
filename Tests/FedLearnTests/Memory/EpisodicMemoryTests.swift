import Testing

@testable import FedLearn

@Suite("Episodic memory") struct EpisodicMemoryTests {
    @Test("ten times its capacity leaves it full, and every episode is counted")
    func isBounded() {
        var memory = EpisodicMemory(capacity: 20, featureCount: 3, classCount: 4)
        var generator = SeededGenerator(seed: 1)
        for episode in 0..<200 {
            let features = (0..<3).map { _ in Float(generator.nextNormal()) }
            let isRemembered = memory.remember(features, label: episode % 4)
            #expect(isRemembered)
            #expect(memory.traces.count <= 20)
        }
        #expect(memory.traces.count == 20 && memory.episodeCount == 200)
        #expect(memory.traces.reduce(0) { $0 + $1.weight } == 200)
        #expect(memory.dataset.count == 20)
    }

    @Test("common episodes become their mean, rare ones stay as they were")
    func keepsTheRare() throws {
        var memory = EpisodicMemory(capacity: 5, featureCount: 2, classCount: 2)
        memory.remember([100, 100], label: 0)
        memory.remember([-50, 3], label: 1)
        for step in 0..<100 { memory.remember([Float(step % 2), 1], label: 0) }
        #expect(memory.traces.contains { $0.features == [100, 100] && $0.weight == 1 })
        #expect(memory.traces.contains { $0.features == [-50, 3] && $0.weight == 1 })
        memory.consolidate(to: 3)
        let common = try #require(memory.traces.first { $0.weight == 100 })
        #expect(isClose(Double(common.features[0]), 0.5, absolute: 1e-4))
        #expect(common.features[1] == 1)
        memory.consolidate(to: 0)
        #expect(memory.traces.count == 2, "labels are never mixed")
    }

    @Test("recall finds what is alike in direction, the older first among equals")
    func recalls() {
        var memory = EpisodicMemory(capacity: 9, featureCount: 2, classCount: 2)
        memory.remember([1, 0], label: 0)
        memory.remember([0, 2], label: 1)
        memory.remember([3, 0], label: 1)
        memory.remember([0, 0], label: 0)
        let recalled = memory.recall(like: [5, 0], count: 3)
        #expect(recalled.map(\.trace.features) == [[1, 0], [3, 0], [0, 2]])
        #expect(recalled.map(\.similarity) == [1, 1, 0])
        #expect(memory.recall(like: [1], count: 3).isEmpty)
        #expect(memory.recall(like: [1, 1], count: 99).count == 4)
    }

    @Test("what is no episode is not remembered")
    func refuses() {
        var memory = EpisodicMemory(capacity: 3, featureCount: 2, classCount: 2)
        let taken = [
            memory.remember([1], label: 0), memory.remember([1, .nan], label: 0),
            memory.remember([1, 2], label: 2), memory.remember([1, 2], label: -1),
        ]
        #expect(!taken.contains(true) && memory.traces.isEmpty && memory.episodeCount == 0)
    }

    @Test("a task can train from it: sixty traces of four hundred digits teach most of them")
    func trains() throws {
        let data = try Digits.load()
        let rows = data.training.selecting(rows: Array(0..<400))
        var memory = EpisodicMemory(capacity: 60, featureCount: 64, classCount: 10)
        for row in 0..<rows.count {
            memory.remember(Array(rows.features.row(row)), label: rows.labels[row])
        }
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        let start = model.initialParameters(seed: 1)
        let result = try Trainer.train(
            model, from: start, on: memory.dataset,
            with: Hyperparameters(learningRate: 0.5, localEpochs: 20), seed: 1)
        #expect(model.accuracy(on: data.test, at: result.delta) > 0.7)
    }
}
