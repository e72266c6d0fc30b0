import Testing

@testable import Ledger

@Suite("Strict JSON (RFC 8259)") struct StrictJSONTests {
    private func parse(_ text: String) throws -> StrictJSON {
        try StrictJSON(parsing: text, limit: 1 << 20)
    }

    @Test("reads every kind of value, numbers with all their digits")
    func values() throws {
        let json = try parse(
            #" {"a": [1, -0.5e+10, 123456789012345678901234567890, true, false, null], "b": {"ü\n": "x"}} "#
        )
        #expect(
            json["a"]
                == .array([
                    .number("1"), .number("-0.5e+10"), .number("123456789012345678901234567890"),
                    .bool(true), .bool(false), .null,
                ]))
        #expect(json["b"]?["ü\n"]?.string == "x")
        #expect(
            json.text
                == #"{"a":[1,-0.5e+10,123456789012345678901234567890,true,false,null],"b":{"ü\n":"x"}}"#
        )
        #expect(try parse(json.indentedText) == json)
        #expect(try parse("[]").indentedText == "[]\n")
    }

    @Test("escapes, also in pairs")
    func escapes() throws {
        #expect(
            try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#).string == "\"\\/\u{8}\u{c}\n\r\té😀")
        let text = StrictJSON.string("\u{0}\u{1f}\"\\\n€😀")
        #expect(try parse(text.text) == text)
        for bad in [
            #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800x""#, #""\ud800\u0041""#, #""\udc00""#,
            "\"\n\"", "\"", #""\"#,
        ] {
            #expect(throws: StrictJSONError.self, "\(bad)") { try parse(bad) }
        }
    }

    @Test(
        "what is nearly JSON is refused",
        arguments: [
            "", " ", "{", "[", "]", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
            "{a:1}",
            "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "nul",
            "true1", "'a'",
            "[1]x", "{\"a\":1,\"a\":2}", "//", "[1//\n]", "\u{feff}1",
        ])
    func malformed(_ text: String) {
        #expect(throws: StrictJSONError.self) { try parse(text) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: StrictJSONError.notText) {
            try StrictJSON(parsing: [0x22, 0xff, 0x22] as [UInt8], limit: 10)
        }
    }

    @Test("limits hold when they are exceeded tenfold")
    func limits() throws {
        let levels = StrictJSON.maximumDepth
        let fits = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect(throws: Never.self) { try parse(fits) }
        for open in ["[", "{\"a\":"] {
            #expect(throws: StrictJSONError.tooDeep) {
                try parse(String(repeating: open, count: levels * 10))
            }
        }
        #expect(throws: StrictJSONError.tooLong(count: 100, limit: 10)) {
            try StrictJSON(parsing: String(repeating: " ", count: 100), limit: 10)
        }
    }
}
