#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The terminal while it shows something that changes: its other screen, without cursor, with keys
/// read as they are pressed. Whatever happens, ``leave()`` gives it back as it was.
struct TopScreen {
    private var saved: termios?
    private var isEntered = false

    /// Whether standard output is a terminal that can be drawn on.
    static func isPossible(_ environment: [String: String]) -> Bool {
        isatty(STDOUT_FILENO) == 1 && environment["TERM", default: "dumb"] != "dumb"
    }

    /// Columns and lines of the terminal.
    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Takes the terminal.
    mutating func enter() {
        isEntered = true
        var settings = termios()
        if isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 {
            saved = settings
            // Signals still come of keys: Ctrl-C ends the command.
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        }
        Output.text("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Draws over what was drawn before.
    func draw(_ lines: [String]) {
        var text = "\u{1B}[H"
        for (index, line) in lines.enumerated() {
            text += (index > 0 ? "\r\n" : "") + line + "\u{1B}[K"
        }
        Output.text(text + "\u{1B}[J")
    }

    /// The key that was pressed, if one was.
    func key() -> Character? {
        guard saved != nil else { return nil }
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 0) > 0 else { return nil }
        var byte: UInt8 = 0
        guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
        return Character(Unicode.Scalar(byte))
    }

    /// Gives the terminal back.
    mutating func leave() {
        guard isEntered else { return }
        isEntered = false
        Output.text("\u{1B}[?25h\u{1B}[?1049l")
        if var saved { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
        saved = nil
    }
}
