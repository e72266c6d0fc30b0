#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where data (standard output) and everything said about it (standard error) goes.
///
/// Written with `write(2)` at once: a reader behind a pipe sees each line when it is printed, and
/// several threads never mix within one line.
enum Output {
    /// The form of data on standard output.
    enum Format: String, CaseIterable, Sendable {
        case text
        case json
    }

    /// Prints one line of data.
    static func data(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Prints data as it is, for terminals.
    static func text(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Prints a value as one line of JSON.
    static func json(_ value: some Encodable) { data(JSON.text(value)) }

    /// Prints one line for people.
    static func notice(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Prints text for people as it is.
    static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Reports why the command failed.
    static func report(_ error: CommandError, as format: Format) {
        guard !error.isReported else { return }
        for line in error.lines { notice(line) }
        if format == .json { json(error.report) }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = systemPoll(&poll)
                } else if errno != EINTR {
                    // Nobody reads any more (`| head`): for data that is the end, notices are lost.
                    if descriptor == STDOUT_FILENO { exit(ExitStatus.failure.rawValue) }
                    return
                }
            }
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func systemPoll(_ descriptor: inout pollfd) -> Int32 { poll(&descriptor, 1, -1) }
}
