import Logging
import Metrics
import PeerKit

/// Everything behind a JSON-RPC port: pool, methods, subscriptions, server, put together for one
/// chain.
package struct LedgerAPI: Sendable {
    /// What is to be served, and how.
    package struct Configuration: Sendable {
        package var limits = RPCLimits()
        package var access: RPCAccess
        /// What `web3_clientVersion` says.
        package var clientVersion: String
        package var metrics: (any MetricsFactory)?
        package var log: Logger

        package init(access: RPCAccess, clientVersion: String, log: Logger) {
            self.access = access
            self.clientVersion = clientVersion
            self.log = log
        }
    }

    /// A development chain's additions.
    package struct Development: Sendable {
        package let miner: DevMiner
        package let ledger: any LedgerDriver
        package let keys: [Secp256k1PrivateKey]

        package init(miner: DevMiner, ledger: any LedgerDriver, keys: [Secp256k1PrivateKey]) {
            self.miner = miner
            self.ledger = ledger
            self.keys = keys
        }
    }

    package let service: RPCService
    private let server: RPCServer
    private let pool: Mempool
    private let news: NewsDesk
    private let miner: DevMiner?

    package init(
        backend: any LedgerBackend, pool: Mempool, runtime: Runtime,
        configuration: Configuration, development: Development? = nil
    ) {
        let limits = configuration.limits
        let news = NewsDesk(backend: backend, pool: pool, limits: limits, runtime: runtime)
        let desk = CallDesk(limits: limits, runtime: runtime)
        let calls = CallMethods(backend: backend, desk: desk, limits: limits, runtime: runtime)
        let miner = development?.miner
        var areas: [any RPCArea] = [
            NodeMethods(
                chainID: backend.rules.chainID, clientVersion: configuration.clientVersion,
                accounts: development?.keys.map(\.address) ?? []),
            BlockMethods(backend: backend, pool: pool),
            StateMethods(backend: backend, pool: pool, limits: limits),
            TransactionMethods(backend: backend, pool: pool, limits: limits, runtime: runtime) {
                await miner?.submitted($0)
            },
            FeeMethods(backend: backend, limits: limits), calls,
            ConfigurationMethods(backend: backend),
            SimulationMethods(backend: backend, calls: calls, limits: limits),
            LogMethods(backend: backend, news: news, limits: limits), PoolMethods(pool: pool),
            DebugMethods(backend: backend, calls: calls, limits: limits),
        ]
        if let development {
            areas.append(
                DevMethods(
                    miner: development.miner, pool: pool, ledger: development.ledger,
                    calls: calls, keys: development.keys))
        }
        service = RPCService(
            areas, limits: limits, log: configuration.log, runtime: runtime,
            metrics: configuration.metrics
        ) { await news.ended($0) }
        server = RPCServer(
            service: service, access: configuration.access, limits: limits, runtime: runtime,
            log: configuration.log)
        self.pool = pool
        self.news = news
        self.miner = miner
    }

    /// Runs all that goes on beside requests, until it is cancelled.
    package func runBackground() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await news.run() }
            group.addTask { await pool.run() }
            if let miner { group.addTask { await miner.run() } }
        }
    }

    /// Serves on a listening socket until it is cancelled.
    package func run(onListening descriptor: Int32) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runBackground() }
            group.addTask { try await server.run(onListening: descriptor) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
