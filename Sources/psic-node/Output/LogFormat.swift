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
    /// One JSON object per line: ``LogLine``.
    case json
}

/// A log line as JSON.
struct LogLine: Codable, Equatable, Sendable {
    /// RFC 3339, in UTC, to the millisecond.
    var time: String
    /// trace, debug, info, notice, warning, error, critical.
    var level: String
    /// Which part speaks: "psic.peer".
    var label: String
    /// What has happened: a fixed text, whose particulars stand in the metadata.
    var message: String
    /// Apart from the rest, so that no key from outside can pass for one of these.
    var metadata: [String: String]
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
            return JSON.text(
                LogLine(
                    time: time, level: level.rawValue, label: label, message: message,
                    metadata: metadata.mapValues(\.description)))
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

    static func text(unixMilliseconds time: UInt64) -> String {
        text(seconds: Int(clamping: time / 1000), milliseconds: Int(time % 1000))
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
