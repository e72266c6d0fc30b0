import Ledger
import Logging
import PeerKit
import ServiceLifecycle

/// A development chain with its JSON-RPC port.
struct DevChain: Service {
    let settings: DevSettings
    let keys: [Secp256k1PrivateKey]
    let socket: HTTPSocket
    /// Where `/metrics` is, if anywhere.
    private let metricsSocket: HTTPSocket?
    private let metrics = MetricRegistry()
    private let started = ContinuousClock.now
    let log: Logger
    private let api: LedgerAPI
    /// On the disk; `nil` for a chain in memory.
    private let chain: Chain?
    private let number: UInt64

    /// Takes the port and opens or makes the chain; it does nothing before it is run.
    init(_ settings: DevSettings, home: NodeHome, log: Logger) async throws {
        self.settings = settings
        self.log = log
        keys = try settings.keys()
        socket = try HTTPSocket(
            listeningOn: settings.endpoint, flags: "--rpc-port or --instance N")
        metricsSocket = try settings.metrics.map {
            try HTTPSocket(listeningOn: $0, flags: "--metrics-port")
        }
        let runtime = Runtime.live
        let genesis = settings.genesis(keys)
        chain = try settings.isEphemeral ? nil : Self.open(genesis, home)
        let ledger: any LedgerDriver
        if let chain {
            ledger = ChainLedger(chain)
        } else {
            ledger = MemoryLedger(genesis, runtime: runtime)
        }
        number = try await ledger.headBlock().number
        var limits = MempoolLimits()
        // Whoever can send here has all keys anyway.
        limits.admission = nil
        limits.maximumPerSender = 4096
        limits.maximumBytesPerSender = 32 << 20
        let pool = Mempool(
            head: ledger.poolHead(after: try await ledger.headBlock()), accounts: ledger,
            limits: limits, runtime: runtime, metrics: metrics)
        let miner = DevMiner(
            ledger: ledger, pool: pool, interval: settings.blockTime, runtime: runtime, log: log,
            metrics: metrics)
        var configuration = LedgerAPI.Configuration(
            access: RPCAccess(
                hosts: socket.isLoopback ? RPCAccess.loopbackNames : nil, origins: .any),
            clientVersion: "psic/\(Version.number)/dev/swift", log: log)
        // A test suite opens many at once.
        configuration.limits.maximumConnections = 1024
        configuration.metrics = metrics
        api = LedgerAPI(
            backend: ledger, pool: pool, runtime: runtime, configuration: configuration,
            development: .init(miner: miner, ledger: ledger, keys: keys))
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await serve()
            }
        } catch is CancellationError {
            // Asked to stop.
        }
        await chain?.close()
    }

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await api.run(onListening: socket.descriptor) }
            if let metricsServer {
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    try await metricsServer.run()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private var metricsServer: HTTPServer? {
        guard let metricsSocket else { return nil }
        var routes = HTTPRoutes(hosts: ["localhost", "127.0.0.1"])
        let (metrics, started) = (metrics, started)
        routes.get("/metrics") {
            HTTPAnswer(
                status: 200, contentType: MetricsView.contentType,
                body: MetricsView.text(
                    of: metrics, uptime: ContinuousClock.now - started,
                    unixNanoseconds: Runtime.live.clock.unixNanoseconds))
        }
        return HTTPServer(socket: metricsSocket, routes: routes, limits: HTTPLimits(), log: log)
    }

    /// Opens the chain of a home, or makes it.
    private static func open(_ genesis: Genesis, _ home: NodeHome) throws(CommandError) -> Chain {
        let path = home.developmentLedgerPath
        do throws(SystemFailure) {
            try FileSystem.createPrivateDirectory(path)
        } catch {
            throw CommandError(.dataDirectory, "\(error)")
        }
        do throws(ChainError) {
            return try Chain(at: path, genesis: genesis)
        } catch .otherChain {
            throw CommandError(
                .dataDirectory, "\(path) has a chain of other accounts, balance, number or fork",
                hint: "give the same flags as before, another --home, or --ephemeral")
        } catch {
            var failure = CommandError(error)
            failure.hint = "the files were left as they are; --ephemeral needs none"
            throw failure
        }
    }

    /// What is printed once it listens.
    struct Listening: Codable, Equatable {
        struct Account: Codable, Equatable {
            var address: String
            var privateKey: String
            /// In wei.
            var balance: String
        }

        var event = "listening"
        var rpc: String
        /// `http://127.0.0.1:PORT`; absent without `--metrics-port`.
        var metrics: String?
        var chainID: UInt64
        var fork: String
        var mnemonic: String
        /// The head's number: above 0 when a chain goes on.
        var block: UInt64
        var accounts: [Account]
    }

    var listening: Listening {
        Listening(
            rpc: socket.address, metrics: metricsSocket?.address, chainID: settings.chainID,
            fork: settings.fork.rawValue,
            mnemonic: settings.phrase, block: number,
            accounts: keys.map { key in
                Listening.Account(
                    address: key.address.description,
                    privateKey: key.withBytes { Hexadecimal.data($0) },
                    balance: settings.balance.description)
            })
    }

    /// The same for people.
    var banner: [String] {
        let facts = listening
        let amount = Coins.text(settings.balance)
        var lines = [
            "DEVELOPMENT CHAIN. The keys below are known to everybody: what is sent to these",
            "accounts on any other chain is lost. Never use them for anything of worth.", "",
            "Accounts",
        ]
        for (index, account) in facts.accounts.enumerated() {
            lines.append("(\(index)) \(account.address) (\(amount) PSIC)")
        }
        lines += ["", "Private keys"]
        for (index, account) in facts.accounts.enumerated() {
            lines.append("(\(index)) \(account.privateKey)")
        }
        lines += [
            "", "Mnemonic    \(facts.mnemonic)", "Derivation  m/44'/60'/0'/0/i",
            "Chain ID    \(facts.chainID)", "Fork        \(facts.fork)", "Base fee    0",
            "Blocks      "
                + (settings.blockTime.map { "every \($0.components.seconds) s" }
                    ?? "one for each transaction"),
            "Kept in     \(settings.isEphemeral ? "memory" : "the home"), at block \(number)",
            "", "listening \(facts.rpc) (HTTP and WebSocket)",
        ]
        if let metrics = facts.metrics { lines.append("metrics   \(metrics)/metrics") }
        return lines
    }
}
