import PeerKit

/// Finding peers while others come and go.
enum ChurnLookup: Scenario {
    static let name = "churn-lookup"
    static let summary =
        "Look-ups while a fifth of the peers is replaced each hour, without a goodbye."

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        try await stage.phase("grow") { try await swarm.growTable(stage.peers) }
        // Small networks churn faster, or nobody would leave within the time of a test.
        let rate = stage.scale.pick(small: 3.0, full: 0.2)
        let time = Duration.seconds(stage.scale.pick(small: 180, full: 1200))
        let tries = stage.scale.pick(small: 60, full: 1000)
        let (left, lookups) = try await stage.phase("churn") {
            async let churning = swarm.churn(
                sharePerHour: rate, for: time, .lookups, degree: 3)
            let lookups = try await lookUp(swarm, tries, during: time)
            return (try await churning, lookups)
        }
        await stage.note("peers that left", Double(left), .count, .atLeast(1))
        await stage.note(lookups, "look-ups", least: 99, hops: 4)
        await swarm.stop()
    }

    /// Twenty rounds of look-ups, spread over the time.
    private static func lookUp(
        _ swarm: Swarm, _ count: Int, during time: Duration
    ) async throws -> LookupTally {
        var tally = LookupTally()
        for _ in 0..<20 {
            try await swarm.simulation.sleep(for: time / 20)
            tally += await swarm.lookUp(count / 20)
        }
        return tally
    }
}
