import Logging
import NIOConcurrencyHelpers

/// Keeps what a node logs.
final class MessageLog: LogHandler, Sendable {
    private let seen = NIOLockedValueBox<[String]>([])

    /// How often something was logged that begins so.
    func count(_ beginning: String) -> Int {
        seen.withLockedValue { $0.count { $0.hasPrefix(beginning) } }
    }

    /// A logger to give to the node.
    var logger: Logger { Logger(label: "messages") { _ in self } }

    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        seen.withLockedValue { $0.append(event.message.description) }
    }
}
