import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The form of log lines on standard error.
enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-03-01T12:00:00.123Z info psic.peer: listening address=/ip4/…`
    case text
    /// One JSON object per line with `time`, `level`, `label`, `message` and the metadata.
    case json
}

/// Writes log lines to standard error.
struct StandardErrorLog: LogHandler {
    let label: String
    let format: LogFormat
    let isColored: Bool
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Output.notice(
            line(
                time: Timestamp.now, level: event.level, message: event.message.description,
                metadata: metadata.merging(event.metadata ?? [:]) { $1 }))
    }

    /// One log line, without its end.
    func line(
        time: String, level: Logger.Level, message: String, metadata: Logger.Metadata
    ) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }
        switch format {
        case .json:
            var object = Dictionary(pairs.map { ($0.key, $0.value.description) }) { $1 }
            object["time"] = time
            object["level"] = level.rawValue
            object["label"] = label
            object["message"] = message
            return JSON.text(object)
        case .text:
            let fields = pairs.map { " \($0.key)=\($0.value)" }.joined()
            let shown = isColored ? "\(level.color)\(level.rawValue)\u{1B}[0m" : level.rawValue
            // What comes from outside must not pass for a line of its own.
            let text = "\(message)\(fields)".split(whereSeparator: \.isNewline)
            return "\(time) \(shown) \(label): \(text.joined(separator: " "))"
        }
    }
}

extension Logger.Level {
    fileprivate var color: String {
        switch self {
        case .trace, .debug: "\u{1B}[2m"
        case .info, .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }
}

/// Wall-clock time in the form of RFC 3339, in UTC.
enum Timestamp {
    static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    static func text(seconds: Int, milliseconds: Int) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        let clock = [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
        return date.map(padded).joined(separator: "-") + "T"
            + clock.map(padded).joined(separator: ":") + "." + padded(milliseconds, to: 3) + "Z"
    }

    private static func padded(_ value: Int) -> String { padded(value, to: 2) }

    private static func padded(_ value: Int, to width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
