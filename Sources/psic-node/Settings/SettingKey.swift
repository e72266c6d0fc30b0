import Logging

/// A setting: its name in the configuration file and in the environment, and what it means.
struct SettingKey<Value: SettingValue>: Sendable {
    /// The key in `config.toml`; the flag has the same name.
    let name: String
    /// What counts where nothing is set, in words.
    let standard: String
    /// What it is for, in a few words.
    let meaning: String

    init(_ name: String, standard: String, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }

    /// The environment variable: `lan-port` is `PSIC_LAN_PORT`.
    var variable: String { SettingKeys.variable(for: name) }

    /// The setting without its type, for lists.
    var description: SettingDescription {
        SettingDescription(
            name: name, variable: variable, type: Value.expectation, standard: standard,
            meaning: meaning)
    }
}

/// A setting as it is explained to people.
struct SettingDescription: Codable, Equatable, Sendable {
    var name: String
    var variable: String
    var type: String
    var standard: String
    var meaning: String
}

/// Every setting there is: the one table that flags, environment, file, `psic-node settings` and
/// the README follow.
enum SettingKeys {
    static let listen = SettingKey<[String]>(
        "listen", standard: "[\"/ip4/0.0.0.0/tcp/4901\"]", "where peers may connect")
    static let network = SettingKey<String>(
        "network", standard: "psic", "only peers of the same network are found")
    static let peer = SettingKey<[String]>("peer", standard: "[]", "peers to begin with")
    static let lan = SettingKey<Bool>("lan", standard: "true", "find peers by UDP broadcast")
    static let lanPort = SettingKey<Int>("lan-port", standard: "4902", "its UDP port")
    static let mdns = SettingKey<Bool>("mdns", standard: "false", "find peers by multicast DNS")
    static let addressBook = SettingKey<Bool>(
        "address-book", standard: "true", "remember peers for the next start")
    static let peerExchange = SettingKey<Bool>(
        "peer-exchange", standard: "true", "ask peers for other peers, and tell them")
    static let targetPeers = SettingKey<Int>(
        "target-peers", standard: "16", "connections that joining aims at")
    static let lowWater = SettingKey<Int>(
        "low-water", standard: "160", "connections kept when there are too many")
    static let highWater = SettingKey<Int>(
        "high-water", standard: "192", "connections that are too many")
    static let liveness = SettingKey<Bool>(
        "liveness", standard: "true", "probe quiet peers")
    static let dht = SettingKey<Bool>("dht", standard: "true", "run the Kademlia DHT")
    static let dhtMode = SettingKey<DHTMode>(
        "dht-mode", standard: "automatic", "server, client, or whatever fits")
    static let dhtPrefix = SettingKey<String>(
        "dht-prefix", standard: "/psic/NETWORK", "of the DHT's protocol; /ipfs joins the public one"
    )
    static let topics = SettingKey<Bool>("topics", standard: "true", "run GossipSub")
    static let loops = SettingKey<Int>(
        "loops", standard: "half the cores", "threads that carry connections")
    static let task = SettingKey<String>("task", standard: "none", "train as this file says")
    static let http = SettingKey<Bool>(
        "http", standard: "true", "serve metrics and health")
    static let httpPort = SettingKey<Int>("http-port", standard: "9490", "their TCP port")
    static let httpAddress = SettingKey<String>(
        "http-address", standard: "127.0.0.1", "their IP address")
    static let readyPeers = SettingKey<Int>(
        "ready-peers", standard: "1", "connected peers that /readyz wants")
    static let rotateAfter = SettingKey<Int>(
        "rotate-after", standard: "90",
        "days after which the key is changed at a start; 0: never")
    static let format = SettingKey<Output.Format>("format", standard: "text", "form of data")
    static let logLevel = SettingKey<Logger.Level>("log-level", standard: "notice", "least level")
    static let logFormat = SettingKey<LogFormat>(
        "log-format", standard: "text", "form of log lines")
    static let noColor = SettingKey<Bool>("no-color", standard: "false", "no colours")
    static let timeout = SettingKey<Double>(
        "timeout", standard: "the command's", "seconds that a command may take")
    static let instance = SettingKey<Int>(
        "instance", standard: "0", "shifts the default ports by ten times this")

    /// The table, in the order in which people read it.
    static let all: [SettingDescription] = [
        listen.description, network.description, peer.description, lan.description,
        lanPort.description, mdns.description, addressBook.description, peerExchange.description,
        targetPeers.description, lowWater.description, highWater.description,
        liveness.description, dht.description, dhtMode.description, dhtPrefix.description,
        topics.description, loops.description, task.description, http.description,
        httpPort.description, httpAddress.description, readyPeers.description,
        rotateAfter.description, format.description,
        logLevel.description, logFormat.description, noColor.description, timeout.description,
        instance.description,
    ]

    /// Names that may stand in a configuration file.
    static let names = Set(all.map(\.name))

    /// The environment variable of a setting.
    static func variable(for name: String) -> String {
        "PSIC_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}

/// How a node takes part in the DHT.
enum DHTMode: String, CaseIterable, Sendable {
    /// Answers others.
    case server
    /// Asks only.
    case client
    /// A server where others can reach it.
    case automatic
}

extension DHTMode: SettingValue {}
extension Logger.Level: SettingValue {}
