#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A process that this one has started and must end.
///
/// Its standard input is a pipe that this process holds open: whatever happens to this process, the
/// child sees the end of its input then.
final class ChildProcess: Sendable {
    /// How a process ended.
    enum End: Equatable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let code): "ended with exit code \(code)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        }
    }

    /// Its process identifier. After its end has been seen, the number may belong to another one.
    let processID: pid_t
    private let inputDescriptor: Int32

    /// Starts `executable`.
    ///
    /// It gets a process group of its own, so that Ctrl-C at the terminal reaches this process
    /// alone, which then ends its children in order; and the default action for every signal.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: The whole of it.
    ///   - logPath: The file that standard output and standard error are appended to.
    init(
        executable: String, arguments: [String], environment: [String: String], logPath: String
    ) throws(SystemFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("cannot make a pipe") }
        // Not for the next child: the end of this child's input must be this process's alone.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do throws(SystemFailure) {
            processID = try Self.spawn(
                executable, [executable] + arguments, environment.map { "\($0.key)=\($0.value)" },
                input: ends[0], logPath)
        } catch {
            close(ends[0])
            close(ends[1])
            throw error
        }
        close(ends[0])
        inputDescriptor = ends[1]
    }

    deinit { close(inputDescriptor) }

    /// How it ended; `nil` while it runs. Once an end was returned, it must not be asked again.
    func poll() -> End? {
        var status: Int32 = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    }

    /// Sends it a signal. Only before its end has been seen.
    func send(_ signal: Int32) { kill(processID, signal) }

    /// The path of the running program.
    static var ownExecutable: String {
        #if os(Linux)
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if count > 0 {
            return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        #endif
        return CommandLine.arguments[0]
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String], input: Int32,
        _ logPath: String
    ) throws(SystemFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags =
            Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
            | Int32(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var vectors = (arguments.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { for text in vectors.0 + vectors.1 { free(text) } }
        var processID: pid_t = 0
        let code = posix_spawn(
            &processID, executable, &actions, &attributes, &vectors.0, &vectors.1)
        guard code == 0 else {
            throw SystemFailure(operation: "cannot start \(executable)", code: code)
        }
        return processID
    }
}
