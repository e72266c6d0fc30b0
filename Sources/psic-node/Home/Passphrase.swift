#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Gets the passphrase of a sealed identity or account.
enum Passphrase {
    /// Bytes of a passphrase.
    static let maximumBytes = 1024

    /// The passphrase of a key that exists.
    static func existing(_ environment: [String: String]) throws(CommandError) -> String {
        if let given = try given(environment) { return given }
        return try ask("passphrase: ")
    }

    /// The passphrase of a new key, asked for twice.
    static func new(_ environment: [String: String]) throws(CommandError) -> String {
        if let given = try given(environment) { return given }
        let first = try ask("new passphrase: ")
        guard !first.isEmpty else { throw CommandError(.usage, "the passphrase is empty") }
        guard try ask("again: ") == first else {
            throw CommandError(.usage, "the two passphrases differ", hint: "nothing was written")
        }
        return first
    }

    private static func given(_ environment: [String: String]) throws(CommandError) -> String? {
        guard let text = environment["PSIC_PASSPHRASE"] else { return nil }
        guard (1...maximumBytes).contains(text.utf8.count) else {
            throw CommandError(
                .configuration, "PSIC_PASSPHRASE must have 1 to \(maximumBytes) bytes")
        }
        return text
    }

    /// Asks on the terminal, without showing what is typed.
    private static func ask(_ prompt: String) throws(CommandError) -> String {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else {
            throw CommandError(
                .configuration, "a passphrase is needed and there is no terminal to ask on",
                hint: "set PSIC_PASSPHRASE")
        }
        defer { close(terminal) }
        var before = termios()
        tcgetattr(terminal, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &before) }
        _ = Array(prompt.utf8).withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
        defer { _ = [UInt8(ascii: "\n")].withUnsafeBytes { write(terminal, $0.baseAddress, 1) } }
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(terminal, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            guard bytes.count < maximumBytes else {
                throw CommandError(.usage, "the passphrase has more than \(maximumBytes) bytes")
            }
            bytes.append(byte)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.usage, "the passphrase is not UTF-8 text")
        }
        return text
    }
}
