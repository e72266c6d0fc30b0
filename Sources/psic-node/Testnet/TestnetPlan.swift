import FedLearn

/// What a testnet is: how many peers, which task, on which network. Kept in its directory, so that
/// a testnet that was interrupted goes on as what it was.
struct TestnetPlan: Codable, Equatable, Sendable {
    /// The format of the file.
    static let format = 1
    /// Processes on one machine; no task has more members.
    static let maximumPeers = 64
    /// UDP ports to choose from: below the range that systems hand out by themselves.
    static let ports = 20_000..<32_000

    var format = Self.format
    /// Eight hexadecimal digits, drawn when the testnet is made.
    var id: String
    var peers: Int
    var rounds: Int
    var model: FederationTask.ModelKind
    var partition: Partition
    var seed: UInt64
    /// Absent in plans that were written before there was a choice, as are the next three.
    var rule: String?
    var byzantine: Int?
    var compression: UpdateCompression?
    var server: ServerStepChoice?
    var lanPort: Int

    /// The network's name in LAN discovery; no other testnet has it.
    var network: String { "psic-testnet-\(id)" }

    /// A new testnet.
    ///
    /// - Parameter isFree: Whether nobody has a UDP port; the first of those that follow from
    ///   the ID is taken.
    init(
        peers: Int, options: TaskOptions, using generator: inout some RandomNumberGenerator,
        isFree: (Int) -> Bool
    ) {
        let number = UInt32.random(in: 0...UInt32.max, using: &generator)
        let text = String(number, radix: 16)
        id = String(repeating: "0", count: 8 - text.count) + text
        self.peers = peers
        rounds = options.rounds
        model = options.model
        partition = options.partition
        seed = options.seed
        rule = options.rule
        byzantine = options.byzantine
        compression = options.compression
        server = options.server
        lanPort = Self.port(from: number, isFree: isFree)
    }

    /// A UDP port that follows from a number; of several, the first that nobody has.
    static func port(from number: UInt32, isFree: (Int) -> Bool) -> Int {
        let start = Int(number) % ports.count
        let candidates = (0..<64).map { ports.lowerBound + (start + $0 * 97) % ports.count }
        return candidates.first(where: isFree) ?? candidates[0]
    }

    /// Why this testnet cannot go on as what `options` ask for; `nil` if it can.
    func difference(from options: TaskOptions, peers count: Int) -> String? {
        let pairs: [(String, String, String)] = [
            ("--peers", "\(peers)", "\(count)"),
            ("--rounds", "\(rounds)", "\(options.rounds)"),
            ("--model", model.rawValue, options.model.rawValue),
            ("--partition", "\(partition)", "\(options.partition)"),
            ("--seed", "\(seed)", "\(options.seed)"),
            ("--rule", rule ?? RuleChoice.weightedMean.name, options.rule),
            ("--byzantine", "\(byzantine ?? 0)", "\(options.byzantine)"),
            ("--compression", "\(compression ?? .none)", "\(options.compression)"),
            ("--server", (server ?? .plain).rawValue, options.server.rawValue),
        ]
        return pairs.first { $0.1 != $0.2 }.map { "\($0.0) is \($0.1) there, not \($0.2)" }
    }

    /// The settings in a peer's home; with them it can be started again by hand, without flags.
    var configuration: String {
        """
        # Written by psic-node testnet up.
        listen = ["/ip4/127.0.0.1/tcp/0"]
        network = "\(network)"
        lan-port = \(lanPort)
        http = false
        task = "../\(TestnetDirectory.taskName)"
        log-level = "info"

        """
    }
}
