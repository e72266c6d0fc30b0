import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One command at work: its home, its settings, its log.
struct Session: Sendable {
    let home: NodeHome
    let sources: SettingSources
    let settings: CommonSettings

    /// Reads the environment and the home's configuration file.
    ///
    /// Nothing is created or changed.
    init(_ flags: GlobalOptions) throws(CommandError) {
        let environment = Environment.variables
        home = try NodeHome(flag: flags.home, environment: environment, instance: flags.instance)
        let file = try home.readConfiguration()
        sources = SettingSources(
            environment: environment, file: file, path: home.configurationPath)
        try sources.requireKnownKeys()
        settings = try CommonSettings(
            flags: flags, sources: sources, isTerminal: isatty(STDERR_FILENO) == 1)
    }

    var format: Output.Format { settings.format }

    /// The time the command may take.
    func timeout(default duration: Duration) -> Duration { settings.timeout ?? duration }

    /// A logger on standard error.
    func logger(_ label: String) -> Logger {
        let settings = settings
        return Logger(label: label) { label in
            StandardErrorLog(
                label: label, format: settings.logFormat, isColored: settings.isColored,
                logLevel: settings.logLevel)
        }
    }

    /// Prints a value as JSON or as lines of text.
    func print(_ value: some Encodable, text: () -> [String]) {
        switch format {
        case .json: Output.json(value)
        case .text: for line in text() { Output.data(line) }
        }
    }
}

/// The process's environment.
enum Environment {
    /// All variables.
    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
