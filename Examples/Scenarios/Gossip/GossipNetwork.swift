import PeerKit

/// A swarm with a topic that everybody honest reads.
struct GossipNetwork: Sendable {
    let swarm: Swarm
    let meter = GossipMeter()
    /// The readers' tasks.
    let readers = TaskScope()
    /// Remembers which signatures hold, for all peers of the process.
    let verifier = SharedVerifier()

    init(on stage: Stage) { swarm = Swarm(on: stage) }

    /// What the honest peers are made of.
    var recipe: SwarmRecipe { .gossip(verifier) }

    /// Starts honest peers, connects each to `degree` others, subscribes them, and lets the meshes
    /// form.
    ///
    /// - Parameters:
    ///   - time: How long each peer thinks about each message before it passes it on.
    ///   - settle: How long they get to form meshes.
    func grow(
        _ count: Int, degree: Int = 10, validatingFor time: Duration = .zero,
        settle: Duration = .seconds(15)
    ) async throws {
        let members = try await swarm.start(count, recipe)
        try await swarm.subscribe(members, to: meter, in: readers, validatingFor: time)
        await swarm.join(members, through: swarm.honest, degree: degree)
        try await swarm.simulation.sleep(for: settle)
    }

    /// Starts saboteurs, each connected to `degree` honest peers.
    func infiltrate(
        _ count: Int, _ conduct: GossipSaboteur.Conduct, degree: Int = 20
    ) async throws {
        var recipe = SwarmRecipe(isHonest: false) { place in
            SwarmRecipe.Services(
                saboteur: GossipSaboteur(of: SwarmRecipe.topic, conduct, on: place.runtime))
        }
        recipe.configure = { $0.limits.maximumConnections = 4096 }
        let saboteurs = try await swarm.start(count, recipe)
        await swarm.join(saboteurs, through: swarm.honest, degree: degree)
    }

    /// Changes what all saboteurs do.
    func turn(_ conduct: GossipSaboteur.Conduct) async {
        for member in await swarm.attackers { await member.services.saboteur?.turn(conduct) }
    }

    /// Lets honest peers publish, and counts.
    func publish(
        _ count: Int, every pause: Duration = .milliseconds(500), bytes: Int = 2048,
        from authors: [SwarmMember]? = nil, grace: Duration = .seconds(10)
    ) async throws -> GossipTally {
        try await swarm.publish(
            count, every: pause, bytes: bytes, from: authors, to: meter, grace: grace)
    }

    /// Notes how much of the meshes attackers hold.
    func noteMeshes(_ stage: Stage, _ name: String) async {
        let meshes = await swarm.meshes()
        await stage.note("\(name): mesh of a peer, mean", meshes.size, .count)
        await stage.note("\(name): mesh places of attackers", meshes.attackers, of: meshes.places)
    }

    /// Ends it.
    func stop() async {
        readers.cancel()
        await swarm.stop()
        await readers.drained()
    }
}
