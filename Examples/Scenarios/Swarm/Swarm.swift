import Logging
import PeerKit

/// The peers of a scenario, and what is done to them: started, joined, crashed, restarted.
///
/// Lives on the simulation's own executor, which belongs to no node.
public actor Swarm {
    /// Where every peer listens.
    static let port: UInt16 = 4901
    /// A protocol that every peer serves: what comes goes back.
    static let echo: ProtocolID = "/psic/echo/1.0.0"

    nonisolated let simulation: Simulation
    private nonisolated let executor: any RuntimeExecutor
    /// The simulation's own executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// All peers that ever were, by number.
    private(set) var members: [SwarmMember] = []
    /// Draws what the scenario does to the peers; their own randomness is theirs.
    private var generator: RuntimeGenerator

    /// A swarm without peers.
    init(on stage: Stage) {
        simulation = stage.simulation
        executor = stage.simulation.executor
        generator = RuntimeGenerator(stage.simulation.node("swarm").runtime.random)
    }

    // MARK: Views

    /// Honest peers that are up.
    var honest: [SwarmMember] { members.filter { $0.isUp && $0.isHonest } }
    /// Attackers that are up.
    var attackers: [SwarmMember] { members.filter { $0.isUp && !$0.isHonest } }

    /// Some of `members`, each at most once, drawn by the seed.
    func sample(_ count: Int, of members: [SwarmMember]) -> [SwarmMember] {
        Array(members.shuffled(using: &generator).prefix(count))
    }

    /// One of `members`, drawn by the seed.
    func sample(_ members: [SwarmMember]) -> SwarmMember? {
        members.randomElement(using: &generator)
    }

    /// `count` pairs of different members, drawn by the seed.
    func pairs(_ count: Int, of members: [SwarmMember]) -> [(SwarmMember, SwarmMember)] {
        guard members.count > 1 else { return [] }
        return (0..<count).map { _ in
            let first = Int.random(in: 0..<members.count, using: &generator)
            var second = Int.random(in: 0..<(members.count - 1), using: &generator)
            if second >= first { second += 1 }
            return (members[first], members[second])
        }
    }

    // MARK: Starting

    /// Where a peer at a place listens.
    static func address(of place: SimulatedNode) -> Multiaddr {
        Multiaddr(ip: IPEndpoint(address: place.address, port: port), transport: .tcp)
    }

    /// Starts peers; they know of nobody.
    @discardableResult
    func start(_ count: Int, _ recipe: SwarmRecipe) async throws -> [SwarmMember] {
        var started: [SwarmMember] = []
        for _ in 0..<count { started.append(try await startOne(recipe)) }
        return started
    }

    /// Starts one peer, by default on a machine of its own far from the others' and with an
    /// identity of its own.
    @discardableResult
    func startOne(
        _ recipe: SwarmRecipe, as given: PeerIdentity? = nil, at spot: SimulatedNode? = nil
    ) async throws -> SwarmMember {
        let number = members.count
        let place =
            spot ?? simulation.node("peer-\(number)", address: Self.publicAddress(number))
        var own = RuntimeGenerator(place.runtime.random)
        let identity = given ?? .generate(using: &own)
        let (node, services) = try await launch(recipe, as: identity, at: place)
        let member = SwarmMember(
            number: number, place: place, node: node, identity: identity, recipe: recipe,
            services: services)
        members.append(member)
        return member
    }

    /// An address in a /16 that few other peers have: limits by network must not count strangers
    /// together.
    static func publicAddress(_ number: Int) -> IPAddress {
        // 15 485 863 is prime, so the groups come in a scattered order and each once.
        let group = number * 15_485_863 % (96 * 256)
        let host = number / (96 * 256)
        return .v4(
            IPv4Address(UInt8(30 + group / 256), UInt8(group % 256), UInt8(host + 1), 7))
    }

    private func launch(
        _ recipe: SwarmRecipe, as identity: PeerIdentity, at place: SimulatedNode
    ) async throws -> (PeerNode, SwarmRecipe.Services) {
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [Self.address(of: place)]
        settings.log = Logger(label: "swarm") { _ in SwiftLogNoOpLogHandler() }
        // A thousand peers of one process share its memory: some dozens of connections each will do.
        settings.waterMarks.low = 32
        settings.waterMarks.high = 64
        recipe.configure(&settings)
        let services = recipe.services(place)
        let node = try await PeerNode(
            identity: identity, runtime: place.runtime, configuration: settings
        ) { services.all }
        await node.handle(Self.echo) { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
        }
        try await node.start()
        return (node, services)
    }

    // MARK: Joining

    /// Connects each of `newcomers` to `degree` random others, as configured peers would.
    ///
    /// - Returns: How many dials failed.
    @discardableResult
    func join(
        _ newcomers: [SwarmMember], through others: [SwarmMember], degree: Int, width: Int = 64
    ) async -> Int {
        var plan: [Int: [Multiaddr]] = [:]
        for newcomer in newcomers {
            let strangers = others.filter { $0.number != newcomer.number }
            plan[newcomer.number] = draw(degree, of: strangers).map(\.address)
        }
        let goals = plan
        let failed = await each(newcomers, width: width) { member in
            var failures = 0
            for goal in goals[member.number] ?? [] {
                do { try await member.node.connect(to: goal) } catch { failures += 1 }
            }
            return failures
        }
        return failed.reduce(0, +)
    }

    /// Like ``sample(_:of:)``, cheaper for few of many.
    private func draw(_ count: Int, of members: [SwarmMember]) -> [SwarmMember] {
        guard count < members.count else { return members }
        var indices: Set<Int> = []
        while indices.count < count {
            indices.insert(Int.random(in: 0..<members.count, using: &generator))
        }
        return indices.sorted().map { members[$0] }
    }

    // MARK: Ending

    /// Kills peers as `kill -9` does.
    func crash(_ victims: [SwarmMember], _ kind: SimulatedNode.CrashKind = .process) async {
        for victim in victims { victim.place.crash(kind) }
        for victim in victims { await victim.node.stop() }
    }

    /// Starts peers again that crashed: same machine, identity and disk.
    func restart(_ victims: [SwarmMember]) async throws -> [SwarmMember] {
        var again: [SwarmMember] = []
        for victim in victims {
            let place = victim.place.restart()
            members[victim.number].place = place
            let (node, services) = try await launch(
                victim.recipe, as: victim.identity, at: place)
            members[victim.number].node = node
            members[victim.number].services = services
            again.append(members[victim.number])
        }
        return again
    }

    /// Stops every peer in order.
    func stop() async {
        let up = members.filter(\.isUp)
        _ = await each(up, width: up.count) { await $0.node.stop() }
        members.removeAll()
    }

    // MARK: All at once

    /// Does something with each of `members`, with at most `width` at a time; what each gave, in
    /// their order.
    nonisolated func each<Item: Sendable, T: Sendable>(
        _ items: [Item], width: Int = 64, _ body: @escaping @Sendable (Item) async -> T
    ) async -> [T] {
        await withTaskGroup(of: (Int, T).self) { group in
            var results = [T?](repeating: nil, count: items.count)
            var next = 0
            func startOne() {
                guard next < items.count else { return }
                let (index, item) = (next, items[next])
                next += 1
                group.addTask { (index, await body(item)) }
            }
            for _ in 0..<max(1, width) { startOne() }
            while let (index, value) = await group.next() {
                results[index] = value
                startOne()
            }
            return results.compactMap { $0 }
        }
    }
}
