import Logging

/// Default ports, shifted by `--instance`.
enum DefaultPort {
    /// Peer-to-peer connections over TCP.
    static let peers = 4901
    /// LAN discovery over UDP.
    static let lan = 4902
    /// Distance between two instances' ports: room for every default of one instance.
    static let stride = 10
    /// Instances beyond this would leave the range of ports.
    static let maximumInstance = 1000

    /// The port of an instance.
    static func shifted(_ port: Int, by instance: Int) -> Int { port + instance * stride }
}

/// What every command needs to know.
struct CommonSettings: Sendable {
    var format: Output.Format
    var logLevel: Logger.Level
    var logFormat: LogFormat
    var isColored: Bool
    /// How long a command may take; `nil`: the command's own default.
    var timeout: Duration?
    var instance: Int
}

/// What `run` needs to know beyond that.
struct NodeSettings: Sendable, Equatable {
    /// Multiaddrs to listen on.
    var listen: [String]
    /// The network's name in LAN discovery.
    var network: String
    /// Whether LAN discovery runs.
    var isLANEnabled: Bool
    /// Its UDP port.
    var lanPort: UInt16
    /// The task file, if the node trains; absolute or relative to the working directory.
    var task: String?
}

/// The flags of `run`, as given.
struct NodeFlags: Sendable {
    var listen: [String]?
    var network: String?
    var lan: Bool?
    var lanPort: Int?
    var task: String?
}

extension CommonSettings {
    /// The longest time limit, in seconds: eleven days.
    static let maximumTimeoutSeconds = 1_000_000

    /// Puts the settings together.
    init(flags: GlobalOptions, sources: SettingSources, isTerminal: Bool) throws(CommandError) {
        format = try sources.value(of: SettingKeys.format, flag: flags.format) ?? .text
        logLevel = try sources.value(of: SettingKeys.logLevel, flag: flags.logLevel) ?? .notice
        logFormat = try sources.value(of: SettingKeys.logFormat, flag: flags.logFormat) ?? .text
        // https://no-color.org: the variable counts when it is present and not empty.
        let isRefused =
            try sources.value(of: SettingKeys.noColor, flag: flags.noColor ? true : nil) ?? false
        isColored =
            isTerminal && !isRefused && sources.environment["NO_COLOR", default: ""].isEmpty
            && sources.environment["TERM"] != "dumb"
        let seconds = try sources.value(of: SettingKeys.timeout, flag: flags.timeout)
        if let seconds {
            guard seconds > 0, seconds <= Double(Self.maximumTimeoutSeconds) else {
                throw CommandError(
                    .configuration,
                    "timeout must be above 0 and at most \(Self.maximumTimeoutSeconds) seconds")
            }
            timeout = .seconds(seconds)
        }
        instance = try sources.value(of: SettingKeys.instance, flag: flags.instance) ?? 0
        guard (0...DefaultPort.maximumInstance).contains(instance) else {
            throw CommandError(
                .configuration, "instance must be between 0 and \(DefaultPort.maximumInstance)")
        }
    }
}

extension NodeSettings {
    /// Bytes of a network's name; the limit of a beacon.
    static let maximumNetworkNameBytes = 64
    /// Addresses listened on.
    static let maximumListenAddresses = 16

    /// Puts the settings together; a relative task path in the file is relative to `home`.
    init(
        flags: NodeFlags, sources: SettingSources, instance: Int, home: String
    ) throws(CommandError) {
        let port = DefaultPort.shifted(DefaultPort.peers, by: instance)
        listen =
            try sources.value(of: SettingKeys.listen, flag: flags.listen)
            ?? ["/ip4/0.0.0.0/tcp/\(port)"]
        guard listen.count <= Self.maximumListenAddresses else {
            throw CommandError(
                .configuration, "at most \(Self.maximumListenAddresses) listen addresses")
        }
        network = try sources.value(of: SettingKeys.network, flag: flags.network) ?? "psic"
        guard (1...Self.maximumNetworkNameBytes).contains(network.utf8.count) else {
            throw CommandError(
                .configuration,
                "a network name has 1 to \(Self.maximumNetworkNameBytes) bytes")
        }
        isLANEnabled = try sources.value(of: SettingKeys.lan, flag: flags.lan) ?? true
        let lan =
            try sources.value(of: SettingKeys.lanPort, flag: flags.lanPort)
            ?? DefaultPort.shifted(DefaultPort.lan, by: instance)
        guard let number = UInt16(exactly: lan), number > 0 else {
            throw CommandError(.configuration, "lan-port is \(lan); expected 1 to 65535")
        }
        lanPort = number
        task = try sources.value(of: SettingKeys.task, flag: flags.task)
        if flags.task == nil, let path = task, !path.hasPrefix("/"),
            sources.environment[SettingKeys.task.variable, default: ""].isEmpty
        {
            task = "\(home)/\(path)"
        }
    }
}
