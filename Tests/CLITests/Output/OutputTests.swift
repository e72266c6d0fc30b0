import Logging
import Testing

@testable import psic_node

@Suite("Exit codes") struct ExitStatusTests {
    @Test func codesAreThoseThatScriptsRelyOn() {
        let codes = Dictionary(
            uniqueKeysWithValues: ExitStatus.allCases.map { ("\($0)", $0.rawValue) })
        #expect(
            codes == [
                "success": 0, "failure": 1, "usage": 2, "configuration": 3, "dataDirectory": 4,
                "cannotBind": 5, "noPeers": 6, "notRunning": 7, "timeout": 8, "refused": 9,
                "verification": 10, "interrupted": 130,
            ])
    }

    @Test func theTableNamesEveryCode() {
        let lines = ExitStatus.table.split(separator: "\n")
        #expect(lines.count == ExitStatus.allCases.count)
        #expect(lines.last?.hasPrefix(" 130  interrupted") == true)
    }
}

@Suite("Errors") struct CommandErrorTests {
    @Test func anErrorIsOneLineAndAHint() {
        let error = CommandError(.noPeers, "first\nsecond", hint: "do this")
        #expect(error.lines == ["error: first second", "hint: do this"])
    }

    @Test func theJSONFormHasCodeMessageAndHint() {
        #expect(
            JSON.text(CommandError(.timeout, "too late", hint: "wait").report)
                == #"{"error":{"code":8,"hint":"wait","message":"too late"}}"#)
    }
}

@Suite("Tables") struct TextTableTests {
    @Test func columnsAreAlignedAndLinesEndWithoutSpaces() {
        var table = TextTable([.init("NAME"), .init("COUNT", .right), .init("NOTE")])
        table.add(["a", "1", "x"])
        table.add(["long name", "1000"])
        table.add(["b", "2", "y", "dropped"])
        #expect(
            table.lines == [
                "NAME       COUNT  NOTE",
                "a              1  x",
                "long name   1000",
                "b              2  y",
            ])
    }

    @Test func whatAPeerSaysCannotSteerTheTerminal() {
        var table = TextTable([.init("AGENT")])
        table.add(["\u{1B}[2Jx\u{202E}\n"])
        #expect(table.lines[1] == "\u{FFFD}[2Jx\u{FFFD}\u{FFFD}")
    }

    @Test(
        "bytes have a binary unit",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"),
            (1_500_000, "1.4 MiB"), (UInt64.max, "16777216.0 TiB"),
        ] as [(UInt64, String)])
    func bytes(count: UInt64, expected: String) {
        #expect(Figures.bytes(count) == expected)
    }

    @Test(
        "numbers have fixed decimals",
        arguments: [
            (0.95, 4, "0.9500"), (1.9996, 3, "2.000"), (-0.0001, 2, "0.00"), (-1.5, 1, "-1.5"),
            (12.0, 0, "12"), (0.05, 1, "0.1"),
        ])
    func fixed(value: Double, digits: Int, expected: String) {
        #expect(Figures.fixed(value, digits: digits) == expected)
    }
}

@Suite("Log lines") struct LogFormatTests {
    private func line(_ format: LogFormat, _ metadata: Logger.Metadata = [:]) -> String {
        StandardErrorLog(label: "psic", format: format, isColored: false, logLevel: .info).line(
            time: "T", level: .warning, message: "two\nlines", metadata: metadata)
    }

    @Test func textHasOneLineWithSortedFields() {
        #expect(line(.text, ["b": "2", "a": "1"]) == "T warning psic: two lines a=1 b=2")
    }

    @Test func jsonHasEveryField() {
        #expect(
            line(.json, ["peer": "x", "level": "forged"])
                == #"{"label":"psic","level":"warning","message":"two\nlines","metadata":{"level":"forged","peer":"x"},"time":"T"}"#
        )
    }

    @Test func timeIsInTheFormOfRFC3339() {
        // 2001-09-09 01:46:40 UTC is second 1 000 000 000 of the epoch.
        #expect(
            Timestamp.text(seconds: 1_000_000_000, milliseconds: 7) == "2001-09-09T01:46:40.007Z")
    }
}
