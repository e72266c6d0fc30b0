import PeerKit

/// Topics, messages and what becomes of them.
extension Swarm {
    /// Subscribes peers to the swarm's topic; what they get goes to `meter`.
    ///
    /// - Parameter time: How long each peer thinks about each message before it passes it on.
    func subscribe(
        _ members: [SwarmMember], to meter: GossipMeter, in scope: TaskScope,
        validatingFor time: Duration = .zero
    ) async throws {
        for member in members {
            guard let gossip = member.services.gossip else { continue }
            let validator: SlowValidator? =
                time > .zero ? SlowValidator(time: time, runtime: member.place.runtime) : nil
            let subscription = try await gossip.subscribe(
                SwarmRecipe.topic, validator: validator)
            let (number, clock) = (member.number, member.place.runtime.clock)
            scope.start(on: member.place.runtime.executors.home) {
                for await message in subscription {
                    meter.delivered(message.data, to: number, at: clock.now)
                }
            }
        }
    }

    /// Lets random peers publish one message after another, waits until the last has had its time,
    /// and counts.
    ///
    /// - Parameters:
    ///   - authors: By default all honest peers.
    ///   - bytes: Content of each; above the threshold of IDONTWANT by default.
    ///   - grace: How long each message has to reach everybody.
    func publish(
        _ count: Int, every pause: Duration = .milliseconds(500), bytes: Int = 2048,
        from authors: [SwarmMember]? = nil, to meter: GossipMeter,
        grace: Duration = .seconds(10)
    ) async throws -> GossipTally {
        let before = await gossipTotals()
        for _ in 0..<count {
            let readers = honest
            guard let author = sample(authors ?? readers) else { break }
            let content = meter.compose(
                bytes: bytes, expected: Set(readers.map(\.number)).subtracting([author.number]),
                at: simulation.now)
            _ = try? await author.services.gossip?.publish(content, to: SwarmRecipe.topic)
            try await simulation.sleep(for: pause)
        }
        try await simulation.sleep(for: grace)
        var tally = meter.take(alive: Set(honest.map(\.number)))
        let after = await gossipTotals()
        tally.duplicates = after.duplicates - before.duplicates
        tally.copies = after.sent - before.sent
        tally.spared = after.spared - before.spared
        return tally
    }

    /// The sums over all honest peers that are up.
    func gossipTotals() async -> (duplicates: Int, sent: Int, spared: Int) {
        var (duplicates, sent, spared) = (0, 0, 0)
        for member in honest {
            guard let statistics = await member.services.gossip?.statistics else { continue }
            duplicates += statistics.duplicates
            sent += statistics.sent
            spared += statistics.spared
        }
        return (duplicates, sent, spared)
    }

    /// The share of places in honest peers' meshes that attackers hold, and how many there are on
    /// average.
    func meshes() async -> (size: Double, attackers: Int, places: Int) {
        let foes = Set(attackers.map(\.id))
        var (places, taken) = (0, 0)
        let honest = honest
        for member in honest {
            guard let mesh = await member.services.gossip?.mesh(of: SwarmRecipe.topic) else {
                continue
            }
            places += mesh.count
            taken += mesh.count { foes.contains($0) }
        }
        return (Double(places) / Double(max(1, honest.count)), taken, places)
    }
}

/// Accepts everything after a while, as an application does that computes or asks its disk.
private struct SlowValidator: TopicValidator {
    let time: Duration
    let runtime: Runtime

    func validate(_ message: ReceivedMessage) async -> Validation {
        (try? await runtime.sleep(for: time)) == nil ? .ignore : .accept
    }
}
