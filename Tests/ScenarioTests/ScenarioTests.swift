import Testing

@testable import Scenarios

/// Every scenario, small: the same code that plays a thousand peers, with forty.
@Suite("Scenarios") struct ScenarioTests {
    @Test("meets its targets", arguments: Scenarios.all.map { $0.name })
    func meetsTargets(name: String) throws {
        let scenario = try #require(Scenarios.named(name))
        let report = try ScenarioRunner.run(scenario, scale: .small)
        #expect(!report.outcome.figures.isEmpty)
        #expect(report.isMet, "\(report.lines.joined(separator: "\n"))")
    }

    @Test("the same seed gives the same outcome, another seed another one")
    func determinism() throws {
        let first = try ScenarioRunner.run(QuietLookup.self, scale: .small, peers: 12, seed: 7)
        let again = try ScenarioRunner.run(QuietLookup.self, scale: .small, peers: 12, seed: 7)
        let other = try ScenarioRunner.run(QuietLookup.self, scale: .small, peers: 12, seed: 8)
        #expect(first.outcome == again.outcome)
        #expect(first.outcome.digest != other.outcome.digest)
    }

    @Test("names are unique and fit for a command line")
    func names() {
        let names = Scenarios.all.map { $0.name }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
        #expect(Scenarios.all.allSatisfy { $0.peers(at: .small) >= $0.minimumPeers })
    }

    @Test("refuses sizes that make no sense")
    func sizes() {
        #expect(throws: ScenarioError.self) { try ScenarioRunner.run(Steady.self, peers: 1) }
        #expect(throws: ScenarioError.self) { try ScenarioRunner.run(Steady.self, peers: 6000) }
    }
}
