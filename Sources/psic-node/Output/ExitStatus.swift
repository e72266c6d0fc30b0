/// How the program ends; stable, scripts rely on it.
enum ExitStatus: Int32, CaseIterable, Codable, Sendable {
    case success = 0
    case failure = 1
    case usage = 2
    case configuration = 3
    case dataDirectory = 4
    case cannotBind = 5
    case noPeers = 6
    case notRunning = 7
    case timeout = 8
    case refused = 9
    case verification = 10
    case interrupted = 130

    /// One line for `psic-node exit-codes`.
    var meaning: String {
        switch self {
        case .success: "success"
        case .failure: "failure of any other kind"
        case .usage: "usage: unknown flag, missing or malformed argument"
        case .configuration:
            "configuration: unreadable config.toml or task file, missing identity, wrong passphrase"
        case .dataDirectory: "data directory locked by another process, or damaged"
        case .cannotBind: "cannot bind: the address or port is taken or not this machine's"
        case .noPeers: "no peers: the peer is unknown or cannot be reached"
        case .notRunning: "node not running: the command talks to a running node and there is none"
        case .timeout: "no answer or no progress in time"
        case .refused: "refused by a limit"
        case .verification:
            "verification failed: another identity answered, models differ, or a target was missed"
        case .interrupted: "interrupted by a signal before the work was done"
        }
    }

    /// The table of all codes.
    static var table: String {
        allCases.map { status in
            let code = String(status.rawValue)
            return String(repeating: " ", count: 4 - code.count) + code + "  " + status.meaning
        }.joined(separator: "\n")
    }
}
