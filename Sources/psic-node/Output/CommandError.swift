/// Why a command failed: what the user reads, and the code the program ends with.
struct CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The exit code.
    var status: ExitStatus
    /// What is wrong, in one line.
    var message: String
    /// What the user may do about it.
    var hint: String?
    /// Whether the outcome has been printed already, so that only the exit code is left to give.
    var isReported = false

    init(_ status: ExitStatus, _ message: String, hint: String? = nil, isReported: Bool = false) {
        self.status = status
        self.message = message
        self.hint = hint
        self.isReported = isReported
    }

    var description: String { message }

    /// The form printed with `--format json`.
    struct Report: Codable, Equatable {
        struct Body: Codable, Equatable {
            var code: Int32
            var message: String
            var hint: String?
        }
        var error: Body
    }

    var report: Report {
        Report(error: .init(code: status.rawValue, message: message, hint: hint))
    }

    /// The lines for people.
    var lines: [String] {
        // Messages of libraries may have several lines; a script that reads stderr line by line
        // should still find each error in one.
        let flat = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return ["error: \(flat)"] + (hint.map { ["hint: \($0)"] } ?? [])
    }
}
