import PeerKit

/// Peers that come and go.
extension Swarm {
    /// For a time, kills peers at a steady rate and starts as many new ones, which join through
    /// `degree` others.
    ///
    /// - Parameter sharePerHour: The share of the honest peers that leaves within an hour.
    /// - Returns: How many have left.
    func churn(
        sharePerHour: Double, for time: Duration, _ recipe: SwarmRecipe, degree: Int
    ) async throws -> Int {
        let end = simulation.now.advanced(by: time)
        let population = Double(honest.count)
        let pause = Duration.seconds(3600 / max(1e-3, sharePerHour * population))
        var left = 0
        while simulation.now.advanced(by: pause) < end {
            try await simulation.sleep(for: pause)
            await crash(sample(1, of: honest))
            left += 1
            let newcomer = try await startOne(recipe)
            await join([newcomer], through: honest, degree: degree)
        }
        let rest = simulation.now.duration(to: end)
        if rest > .zero { try await simulation.sleep(for: rest) }
        return left
    }
}
