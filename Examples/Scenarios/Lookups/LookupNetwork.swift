import PeerKit

extension Swarm {
    /// Builds a distributed hash table: peers come in waves, each connects to three that are there
    /// already, and then there is time for the tables to fill.
    @discardableResult
    func growTable(
        _ count: Int, _ recipe: SwarmRecipe = .lookups, settle: Duration = .seconds(60)
    ) async throws -> [SwarmMember] {
        var grown: [SwarmMember] = []
        // Each wave is as large as what is there, up to a twentieth of the whole.
        while grown.count < count {
            let wave = min(count - grown.count, max(4, min(grown.count, count / 20)))
            let members = try await start(wave, recipe)
            let others = honest.filter { $0.number < (members.first?.number ?? 0) }
            await join(members, through: others.isEmpty ? members : others, degree: 3)
            grown += members
            try await simulation.sleep(for: .seconds(2))
        }
        try await simulation.sleep(for: settle)
        return grown
    }
}
