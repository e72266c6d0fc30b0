import Testing

@testable import psic_node

@Suite("Configuration files") struct TOMLDocumentTests {
    private func value(_ text: String) throws -> TOMLValue? {
        try TOMLDocument("key = \(text)").entries["key"]?.value
    }

    @Test(
        "values are read",
        arguments: [
            (#""a b""#, TOMLValue.string("a b")),
            (#""tab\t quote\" back\\ \u00e9\U0001F600""#, .string("tab\t quote\" back\\ é😀")),
            (#"'C:\no escapes'"#, .string(#"C:\no escapes"#)),
            ("42", .integer(42)), ("-1_000", .integer(-1000)), ("+7", .integer(7)),
            ("0.5", .float(0.5)), ("true", .boolean(true)), ("false", .boolean(false)),
            ("[]", .strings([])), (#"["a", 'b',]"#, .strings(["a", "b"])),
            ("[\n  \"a\", # one\n  \"b\"\n]", .strings(["a", "b"])),
            ("\"x\" # comment", .string("x")), ("\"#\"", .string("#")),
        ])
    func values(text: String, expected: TOMLValue) throws {
        #expect(try value(text) == expected)
    }

    @Test func sectionsPrefixTheirKeys() throws {
        let document = try TOMLDocument("a = 1\r\n\r\n# note\r\n[part]\r\nb = 2\r\n")
        #expect(document.entries.mapValues(\.value) == ["a": .integer(1), "part.b": .integer(2)])
        #expect(document.entries["part.b"]?.line == 5)
    }

    @Test(
        "an error names its line",
        arguments: [
            ("a = 1\nb", 2), ("a = ", 1), ("a = yes", 1), ("\n\na = \"x", 3), ("a = \"x\ny\"", 1),
            ("a = 1 b = 2", 1), ("a = 1\na = 2", 2), ("[x", 1), ("[]", 1), ("= 1", 1),
            ("a = [1]", 1), ("a = [\"x\" \"y\"]", 1), ("a = [\"x\",\n", 2), ("a = \"\\q\"", 1),
            ("a = \"\\ud800\"", 1), ("a = \"\u{01}\"", 1), ("a = 99999999999999999999x", 1),
            ("a.b = 1", 1), ("é = 1", 1), ("a = 0x10", 1), ("a = [[\"x\"]]", 1),
        ])
    func errors(text: String, line: Int) {
        #expect {
            try TOMLDocument(text)
        } throws: {
            ($0 as? TOMLError)?.line == line
        }
    }

    @Test func anyTextIsReadOrRefusedWithoutTrap() {
        let alphabet = Array("a=\"'[]#\\u0123,.\n\r -_tx{}é\u{0}".unicodeScalars)
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                text.unicodeScalars.append(alphabet.randomElement(using: &generator)!)
            }
            _ = try? TOMLDocument(text)
        }
    }
}

/// A seeded generator (Steele et al. 2014), so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
