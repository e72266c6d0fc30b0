import Logging

/// A setting: its name in the configuration file and in the environment.
struct SettingKey<Value: SettingValue>: Sendable {
    /// The key in `config.toml`; the flag has the same name.
    let name: String

    init(_ name: String) { self.name = name }

    /// The environment variable: `lan-port` is `PSIC_LAN_PORT`.
    var variable: String { SettingKeys.variable(for: name) }
}

/// Every setting there is.
enum SettingKeys {
    static let listen = SettingKey<[String]>("listen")
    static let network = SettingKey<String>("network")
    static let lan = SettingKey<Bool>("lan")
    static let lanPort = SettingKey<Int>("lan-port")
    static let task = SettingKey<String>("task")
    static let format = SettingKey<Output.Format>("format")
    static let logLevel = SettingKey<Logger.Level>("log-level")
    static let logFormat = SettingKey<LogFormat>("log-format")
    static let noColor = SettingKey<Bool>("no-color")
    static let timeout = SettingKey<Double>("timeout")
    static let instance = SettingKey<Int>("instance")

    /// Names that may stand in a configuration file.
    static let names: Set<String> = [
        listen.name, network.name, lan.name, lanPort.name, task.name, format.name, logLevel.name,
        logFormat.name, noColor.name, timeout.name, instance.name,
    ]

    /// The environment variable of a setting.
    static func variable(for name: String) -> String {
        "PSIC_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}

extension Logger.Level: SettingValue {}
