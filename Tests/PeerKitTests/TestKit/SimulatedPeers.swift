import Logging

@testable import PeerKit

/// Whole peers in a simulation.
enum SimulatedPeers {
    static let echo: ProtocolID = "/echo/1.0.0"

    /// A configuration that listens on the simulated machine and logs nothing.
    static func configuration(of place: SimulatedNode) -> PeerNodeConfiguration {
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [
            Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
        ]
        settings.log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return settings
    }

    /// Starts a peer that serves echo.
    ///
    /// - Parameters:
    ///   - identity: By default drawn from the place's randomness.
    ///   - runtime: By default the place's own.
    static func start(
        _ place: SimulatedNode, identity: PeerIdentity? = nil, runtime: Runtime? = nil,
        configure: (inout PeerNodeConfiguration) -> Void = { _ in },
        services: [any PeerService] = []
    ) async throws -> PeerNode {
        var settings = configuration(of: place)
        configure(&settings)
        var generator = RuntimeGenerator(place.runtime.random)
        let node = try await PeerNode(
            identity: identity ?? .generate(using: &generator), runtime: runtime ?? place.runtime,
            configuration: settings
        ) { services }
        await node.handle(echo) { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
        }
        try await node.start()
        return node
    }

    /// Two connected peers on an ideal network; both are stopped afterwards, and must have left
    /// nothing behind.
    @discardableResult
    static func pair<T: Sendable>(
        seed: UInt64 = 1, conditions: NetworkConditions = .ideal, function: String = #function,
        server: @escaping @Sendable (inout PeerNodeConfiguration) -> Void = { _ in },
        client: @escaping @Sendable (inout PeerNodeConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (Pair) async throws -> T
    ) throws -> T {
        try Simulation.run(seed: seed, conditions: conditions, function: function) { simulation in
            let serverPlace = simulation.node("server")
            let clientPlace = simulation.node("client")
            let a = try await start(serverPlace, configure: server)
            let b = try await start(clientPlace, configure: client)
            let pair = Pair(
                simulation: simulation, serverPlace: serverPlace, clientPlace: clientPlace,
                server: a, client: b)
            do {
                try await b.connect(to: a.address)
                let value = try await body(pair)
                await b.stop()
                await a.stop()
                try a.requireNothingLeft()
                try b.requireNothingLeft()
                return value
            } catch {
                await b.stop()
                await a.stop()
                throw error
            }
        }
    }

    struct Pair: Sendable {
        var simulation: Simulation
        var serverPlace: SimulatedNode
        var clientPlace: SimulatedNode
        var server: PeerNode
        var client: PeerNode

        /// A new stream from the client to the server.
        func stream(_ protocolID: ProtocolID = echo) async throws -> PeerStream {
            try await client.newStream(to: server.peerID, protocol: protocolID)
        }
    }
}

/// What a node that is at rest still holds.
struct Leftovers: Error, CustomStringConvertible {
    var description: String
}

extension PeerNode {
    /// The first address that is listened on, with the peer's ID.
    var address: Multiaddr {
        get async throws {
            guard let address = listenAddresses.first else { throw HostError.notRunning }
            return address
        }
    }

    /// Checks that no connection is counted and no task is left.
    nonisolated func requireNothingLeft() throws {
        let isEmpty = gate.withLockedValue { $0.isEmpty }
        guard isEmpty, resources.isEmpty, connectionTasks.count == 0, handlerTasks.count == 0 else {
            throw Leftovers(
                description: """
                    left at \(peerID.shortDescription): gate \(gate.withLockedValue { $0 }), \
                    resources \(resources.snapshot.system), \
                    \(connectionTasks.count) connection tasks, \(handlerTasks.count) handlers
                    """)
        }
    }

    /// Connections that stand with `peer`.
    func connectionCount(with peer: PeerID) async -> Int {
        await snapshot(of: peer)?.connections.count ?? 0
    }
}

extension PeerStream {
    /// Sends `bytes`, ends this half and returns what comes back.
    func echo(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                try await self.write(bytes)
                await self.closeWrite()
                return []
            }
            group.addTask {
                Array(try await self.readToEnd(limit: 64 << 20).readableBytesView)
            }
            var answer: [UInt8] = []
            for try await part in group where !part.isEmpty { answer = part }
            return answer
        }
    }
}
