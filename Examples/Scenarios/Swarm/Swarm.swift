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

    private(set) var members: [SwarmMember] = []
    /// Draws what the scenario does to the peers; their own randomness is theirs.
    nonisolated let random: any RandomSource

    /// A swarm without peers.
    init(on stage: Stage) {
        simulation = stage.simulation
        executor = stage.simulation.executor
        random = stage.simulation.node("swarm").runtime.random
    }

    /// Starts `count` peers.
    func start(_ count: Int) async throws {
        let first = members.count
        for number in first..<(first + count) {
            let place = simulation.node("peer-\(number)")
            var generator = RuntimeGenerator(place.runtime.random)
            let identity = PeerIdentity.generate(using: &generator)
            let node = try await Self.launch(identity, at: place)
            members.append(
                SwarmMember(number: number, place: place, node: node, identity: identity))
        }
    }

    private static func launch(
        _ identity: PeerIdentity, at place: SimulatedNode
    ) async throws -> PeerNode {
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [
            Multiaddr(ip: IPEndpoint(address: place.address, port: port), transport: .tcp)
        ]
        settings.log = Logger(label: "swarm") { _ in SwiftLogNoOpLogHandler() }
        let node = try await PeerNode(
            identity: identity, runtime: place.runtime, configuration: settings)
        await node.handle(echo) { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
        }
        try await node.start()
        return node
    }

    /// Stops every peer.
    func stop() async {
        for member in members { await member.node.stop() }
        members.removeAll()
    }

    /// Does something with each of `members`, with at most `width` at a time; what each gave, in
    /// their order.
    nonisolated func each<T: Sendable>(
        _ members: [SwarmMember], width: Int = 64,
        _ body: @escaping @Sendable (SwarmMember) async -> T
    ) async -> [T] {
        await withTaskGroup(of: (Int, T).self) { group in
            var results = [T?](repeating: nil, count: members.count)
            var next = 0
            func startOne() {
                guard next < members.count else { return }
                let (index, member) = (next, members[next])
                next += 1
                group.addTask { (index, await body(member)) }
            }
            for _ in 0..<width { startOne() }
            while let (index, value) = await group.next() {
                results[index] = value
                startOne()
            }
            return results.compactMap { $0 }
        }
    }
}
