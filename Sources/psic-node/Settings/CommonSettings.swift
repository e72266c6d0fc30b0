import Logging

/// Default ports, shifted by `--instance`.
enum DefaultPort {
    /// Peer-to-peer connections over TCP.
    static let peers = 4901
    /// LAN discovery over UDP.
    static let lan = 4902
    /// Metrics and health over HTTP, on loopback.
    static let http = 9490
    /// JSON-RPC over HTTP and WebSocket, on loopback.
    static let rpc = 8545
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
