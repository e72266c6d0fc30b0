import ArgumentParser
import FedLearn

/// Aggregation rules on whole updates, admission included, on one core.
struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Aggregation rules, as Benchmarks/flower.py measures Flower's.")
    @Option(help: "Floats in each update.") var count = 1_000_000
    @Option(help: "Repetitions; the median is told.") var runs = 5

    func run() throws {
        var generator = SeededGenerator(seed: 1)
        let updates = (0..<100).map { member in
            Contribution(
                member: member, exampleCount: 1,
                values: (0..<count).map { _ in Float(generator.nextUniform()) - 0.5 })
        }
        let fifty = Array(updates[..<50])
        var facts: [String: any Encodable] = ["measure": "rules", "floats": count]
        facts["mean_50_ms"] = try milliseconds(WeightedMean(), fifty)
        facts["median_50_ms"] = try milliseconds(CoordinateMedian(), fifty)
        facts["trimmed_50_ms"] = try milliseconds(TrimmedMean(trimming: 10), fifty)
        facts["krum_100_ms"] = try milliseconds(Krum(maximumFaults: 20), updates)
        facts["bulyan_100_ms"] = try milliseconds(Bulyan(maximumFaults: 20), updates)
        facts["anchored_100_ms"] = try milliseconds(AnchoredMean(maximumFaults: 20), updates)
        try report(facts)
    }

    /// Median CPU time.
    private func milliseconds(
        _ rule: any AggregationRule, _ updates: [Contribution]
    ) throws -> Double {
        var times: [Double] = []
        for _ in 0..<runs {
            let start = cpuSeconds()
            _ = try rule.aggregate(updates, dimension: count)
            times.append(cpuSeconds() - start)
        }
        times.sort()
        return 1_000 * times.sortedValue(at: 0.5)
    }
}
