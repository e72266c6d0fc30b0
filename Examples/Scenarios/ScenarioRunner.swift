import PeerKit

/// Runs scenarios.
public enum ScenarioRunner {
    /// Plays a scenario to its end, on the calling thread.
    ///
    /// - Parameters:
    ///   - peers: How many take part; by default what the scenario says for its scale.
    /// - Throws: ``ScenarioError`` for a size that makes no sense, `SimulationFailure` when the
    ///   scenario itself broke.
    public static func run(
        _ scenario: any Scenario.Type, scale: ScenarioScale = .full, peers: Int? = nil,
        seed: UInt64 = 1
    ) throws -> ScenarioReport {
        let count = peers ?? scenario.peers(at: scale)
        guard (scenario.minimumPeers...maximumPeers).contains(count) else {
            throw ScenarioError.badSize(
                scenario.name, asked: count, allowed: scenario.minimumPeers...maximumPeers)
        }
        ProcessUse.forgetPeak()
        let before = ProcessUse.now
        let replay = "psic-node sim run \(scenario.name) --peers \(count) --seed \(seed)"
        let result = try Simulation.run(
            seed: seed, conditions: scenario.conditions,
            limits: SimulationLimits(maximumJobs: 20_000_000_000), replay: replay
        ) { simulation in
            let stage = Stage(simulation: simulation, scale: scale, peers: count)
            try await scenario.play(on: stage)
            return Result(
                figures: await stage.figures, phases: await stage.phases,
                seconds: Instant.zero.duration(to: simulation.now).seconds,
                jobs: simulation.statistics.jobs, digest: simulation.traceHex)
        }
        let after = ProcessUse.now
        let outcome = ScenarioReport.Outcome(
            scenario: scenario.name, scale: scale, peers: count, seed: seed,
            virtualSeconds: result.seconds, figures: result.figures, digest: result.digest)
        let peak = after.peakBytes
        let cost = ScenarioCost(
            wallSeconds: after.wallSeconds - before.wallSeconds,
            cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakBytes: peak,
            peakBytesPerPeer: (peak - min(peak, before.residentBytes)) / UInt64(count),
            jobs: result.jobs, phases: result.phases)
        return ScenarioReport(outcome: outcome, cost: cost)
    }

    /// Most peers of one run: beyond, the memory of ordinary machines ends.
    public static let maximumPeers = 5000

    private struct Result: Sendable {
        var figures: [Figure]
        var phases: [ScenarioCost.Phase]
        var seconds: Double
        var jobs: UInt64
        var digest: String
    }
}

/// Why a scenario was not played.
public enum ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Too few or too many peers.
    case badSize(String, asked: Int, allowed: ClosedRange<Int>)

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .badSize(let name, let asked, let allowed):
            "\(name) takes \(allowed.lowerBound) to \(allowed.upperBound) peers, not \(asked)"
        }
    }
}
