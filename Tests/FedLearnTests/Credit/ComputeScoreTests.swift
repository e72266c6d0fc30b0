import Testing

@testable import FedLearn

@Suite("Compute score") struct ComputeScoreTests {
    private func record(
        _ hardware: ComputeScore.Class = .accelerator, busy: UInt64 = 0, available: UInt64 = 0,
        throughput: UInt64 = 0, median: UInt64 = 0, hours: UInt64 = 0, assigned: UInt64 = 0,
        accepted: UInt64 = 0
    ) -> ComputeScore.Record {
        ComputeScore.Record(
            hardware: hardware, secondsBusy: busy, secondsAvailable: available,
            throughput: throughput, medianThroughput: median, hoursOnline: hours,
            jobsAssigned: assigned, jobsAccepted: accepted)
    }

    @Test("cases computed by hand")
    func cases() {
        // A newcomer: nothing but the eight of ten jobs that everybody has: 20 % of 8,000.
        #expect(ComputeScore(record()).value == 1_600)
        // Half busy, half the median, three hours (log₂ 4 / log₂ 721 = 2 / 9.4938…), 30 of 40 jobs:
        // 5,000, 5,000, 2,106, 10,000 · 38 / 50 = 7,600.
        let middling = ComputeScore(
            record(
                busy: 43_200, available: 86_400, throughput: 50, median: 100, hours: 3,
                assigned: 40, accepted: 30))
        #expect(middling.utilisation == 5_000)
        #expect(middling.throughput == 5_000)
        #expect(middling.uptime == 2_106)
        #expect(middling.completion == 7_600)
        // (150,000 + 150,000 + 42,120 + 152,000) / 100 = 4,941.2
        #expect(middling.value == 4_941)
        // Without an accelerator 30 of a median of 100 are all that is asked for, 15 are half of it.
        #expect(ComputeScore(record(.processor, throughput: 30, median: 100)).throughput == 10_000)
        #expect(ComputeScore(record(.processor, throughput: 15, median: 100)).throughput == 5_000)
        #expect(ComputeScore(record(throughput: 30, median: 100)).throughput == 3_000)
        // A third is rounded down.
        #expect(ComputeScore(record(busy: 1, available: 3)).utilisation == 3_333)
        // Nothing accepted of 90: 8 of 100.
        #expect(ComputeScore(record(assigned: 90)).completion == 800)
    }

    @Test("time online counts by its logarithm, and no more after 30 days")
    func uptime() {
        #expect(ComputeScore.uptime(hours: 0) == 0)
        #expect(ComputeScore.uptime(hours: 1) == 1_053)  // 1 / 9.4938…
        #expect(ComputeScore.uptime(hours: 24) == 4_891)  // 4.6439 / 9.4938
        #expect(ComputeScore.uptime(hours: 719) == 9_997)
        #expect(ComputeScore.uptime(hours: 720) == 10_000)
        #expect(ComputeScore.uptime(hours: .max) == 10_000)
        let all = (0...720).map { ComputeScore.uptime(hours: $0) }
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test("no record leaves 0 to 10,000, and none traps")
    func bounds() {
        let numbers: [UInt64] = [0, 1, 720, 1 << 40, .max]
        for busy in numbers {
            for available in numbers {
                for hardware in ComputeScore.Class.allCases {
                    let score = ComputeScore(
                        record(
                            hardware, busy: busy, available: available, throughput: busy,
                            median: available, hours: busy, assigned: available, accepted: busy))
                    for part in [
                        score.utilisation, score.throughput, score.uptime, score.completion,
                        score.value,
                    ] { #expect(part <= ComputeScore.maximum) }
                }
            }
        }
        let best = ComputeScore(
            record(
                busy: .max, available: .max, throughput: .max, median: .max, hours: .max,
                assigned: .max, accepted: .max))
        #expect(best.utilisation == 10_000 && best.throughput == 10_000 && best.uptime == 10_000)
        // The prior's two failures are still there.
        #expect(best.completion == 9_999 && best.value == 9_999)
    }

    @Test("logarithms are those of Double, to its last digits, and exact for powers of two")
    func logarithms() {
        for exponent in 0..<64 {
            #expect(IntegerLogarithm.log2(1 << UInt64(exponent)) == UInt64(exponent) << 32)
        }
        #expect(IntegerLogarithm.log2(0) == 0)
        for value in [3, 5, 7, 10, 721, 1_000_003, UInt64(1) << 50 + 1] as [UInt64] {
            let exact = Elementary.log(Double(value)) / Elementary.log(2) * 0x1p32
            let found = Double(IntegerLogarithm.log2(value))
            #expect(found <= exact + 0.01 && exact - found < 2, "\(value): \(found), \(exact)")
        }
    }
}
