import Foundation
import Testing

@testable import Scenarios

@Suite("Scenario reports") struct ReportTests {
    private func report(_ figures: [Figure]) -> ScenarioReport {
        ScenarioReport(
            outcome: .init(
                scenario: "test", scale: .small, peers: 3, seed: 1, virtualSeconds: 2.5,
                figures: figures, digest: "00"),
            cost: ScenarioCost(
                wallSeconds: 1, cpuSeconds: 1, peakBytes: 3 << 20, peakBytesPerPeer: 1 << 20,
                jobs: 5, phases: []))
    }

    @Test("a target is met at its bound, missed beyond it, and never by what is no number")
    func targets() {
        #expect(Figure("a", 99, .percent, .atLeast(99)).isMet)
        #expect(!Figure("a", 98.999, .percent, .atLeast(99)).isMet)
        #expect(Figure("a", 4, .hops, .atMost(4)).isMet)
        #expect(!Figure("a", 4.001, .hops, .atMost(4)).isMet)
        #expect(!Figure("a", .nan, .percent, .atLeast(0)).isMet)
        #expect(!Figure("a", .nan, .percent, .atMost(0)).isMet)
        #expect(Figure("a", .nan, .percent).isMet)
    }

    @Test("one missed target is named and fails the report")
    func missed() {
        let good = Figure("good", 1, .count, .atLeast(1))
        let bad = Figure("bad", 0, .count, .atLeast(1))
        #expect(report([good]).isMet)
        #expect(!report([good, bad]).isMet)
        #expect(report([good, bad]).missed == [bad])
        #expect(report([good, bad]).lines.contains("  MISSED: bad"))
    }

    @Test(
        "numbers are short and without locale",
        arguments: [
            (0.0, "0"), (1.0, "1"), (99.95, "99.95"), (0.0471, "0.047"), (1234.5, "1235"),
            (-2.5, "-2.5"), (123.46, "123.5"), (.nan, "nan"),
        ])
    func numbers(value: Double, text: String) {
        #expect(ScenarioReport.number(value) == text)
    }

    @Test("a report survives JSON")
    func coding() throws {
        let value = report([Figure("a", 1.5, .milliseconds, .atMost(2))])
        let bytes = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(ScenarioReport.self, from: bytes) == value)
    }

    @Test("quantiles are elements")
    func quantiles() {
        #expect([3, 1, 2].quantile(0.5) == 2)
        #expect([3, 1, 2].quantile(1) == 3)
        #expect([Int]().quantile(0.5) == nil)
    }
}
