import Testing

@testable import Ledger

@Suite("JSON") struct JSONTests {
    private func read(_ text: String) throws(JSONError) -> JSONValue {
        try JSONReader.value(Array(text.utf8))
    }

    @Test func whatIsReadIsWrittenAgain() throws {
        for text in [
            "null", "true", "0", "-1.5e+10", "\"\"", "\"a\\\"b\\\\c\\n\"", "[]", "{}",
            #"{"a":[1,{"b":null}],"c":"é😀"}"#, #"[1.0,1e5,12345678901234567890123]"#,
        ] {
            #expect(String(decoding: JSONWriter.bytes(try read(text)), as: UTF8.self) == text)
        }
    }

    @Test func escapesAreRead() throws {
        #expect(try read(#""\u0041\ud83d\ude00\/\b\f\r\t""#) == "A😀/\u{8}\u{c}\r\t")
        #expect(try read(" [ 1 , 2 ] ") == .array([.number("1"), .number("2")]))
    }

    @Test(
        "malformed texts are refused",
        arguments: [
            "", " ", "nul", "tru", "01", "1.", "-", "1e", "+1", ".5", "\"", "\"\\x\"", "\"\\u12\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "[", "[1", "[1,", "[1,]",
            "[,]", "{", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{1:2}", "{a:1}", "1 2", "[] []", "NaN",
            "'a'", "\u{feff}1",
        ])
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try read(text) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONError.self) { try JSONReader.value([0x22, 0xff, 0x22]) }
        #expect(throws: JSONError.self) { try JSONReader.value([0x22, 0xc0, 0x80, 0x22]) }
    }

    @Test func depthAndCountAreBounded() throws {
        let depth = JSONLimits.depth
        let deep = { (count: Int) in
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        _ = try read(deep(depth))
        #expect(throws: JSONError.tooDeep) { try read(deep(depth * 10)) }
        #expect(throws: JSONError.tooManyValues) {
            try read("[" + String(repeating: "0,", count: JSONLimits.values * 10) + "0]")
        }
    }

    @Test func aNameTwiceIsRefused() throws {
        #expect(throws: JSONError.duplicate("a")) { try read(#"{"a":1,"a":2}"#) }
        #expect(throws: JSONError.duplicate("a")) { try read(#"{"a":1,"\u0061":2}"#) }
        // Also where there are so many names that they are kept in a table.
        let members = (0..<100).map { "\"m\($0)\":\($0)" }
        for place in [0, 15, 16, 17, 99] {
            let text = "{" + (members + ["\"m\(place)\":0"]).joined(separator: ",") + "}"
            #expect(throws: JSONError.duplicate("m\(place)")) { try read(text) }
        }
        #expect(try read("{" + members.joined(separator: ",") + "}")["m99"]?.count == 99)
    }

    @Test func bytesAreCountedBeforeTheyAreRead() {
        #expect(throws: JSONError.tooLong(count: 100, limit: 10)) {
            try JSONValue(parsing: String(repeating: " ", count: 100), limit: 10)
        }
    }

    @Test func onManyLinesItIsTheSame() throws {
        let value = try read(#"{"a":[1,{"b":null}],"c":"é\n","d":{},"e":[]}"#)
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": "é\\n",
              "d": {},
              "e": []
            }

            """
        #expect(value.serializedOnLines == expected)
        #expect(try read(value.serializedOnLines) == value)
    }

    @Test func aWriterStopsAtItsLimit() {
        var writer = JSONWriter(limit: 100)
        writer.write(.array((0..<1000).map { .string("value \($0)") }))
        #expect(writer.isOverfull)
        #expect(writer.bytes.count < 300)
    }

    @Test func randomBytesNeverTrap() {
        var generator = SplitMix(state: 1)
        let alphabet = Array(#"{}[]",:\u0dtrue01.eE+-nfals 9é"#.utf8)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            if let value = try? JSONReader.value(bytes) {
                #expect((try? JSONReader.value(JSONWriter.bytes(value))) == value)
            }
        }
    }
}

@Suite("JSON-RPC forms") struct HexFormTests {
    @Test func quantitiesAreStrict() throws {
        #expect(try HexForm.quantity("0x0") == 0)
        #expect(try HexForm.quantity("0xFf") == 255)
        for (text, fault) in [
            ("", HexFault.empty), ("1", .missingPrefix), ("0x", .emptyNumber),
            ("0x01", .leadingZeros), ("0xg", .syntax), ("0x0x1", .leadingZeros),
            ("0x1" + String(repeating: "0", count: 64), .tooWide(bits: 256)),
        ] {
            #expect(throws: fault) { try HexForm.quantity(text) }
        }
        #expect(throws: HexFault.tooWide(bits: 64)) {
            try HexForm.quantity64("0x10000000000000000")
        }
    }

    @Test func dataAreStrict() throws {
        #expect(try HexForm.data("0x") == [])
        #expect(try HexForm.data("0xAb01") == [0xab, 1])
        #expect(throws: HexFault.oddLength) { try HexForm.data("0xabc") }
        #expect(throws: HexFault.missingPrefix) { try HexForm.data("ab") }
        #expect(throws: HexFault.syntax) { try HexForm.data("0x0x12") }
        #expect(throws: HexFault.length(digits: 2, expected: 40)) {
            try HexForm.data("0xab", count: 20)
        }
    }

    @Test func slotsMayHaveZerosInFrontOrNone() throws {
        #expect(try HexForm.slot("0x0") == 0)
        #expect(try HexForm.slot("0x0001") == 1)
        #expect(try HexForm.slot("0x" + String(repeating: "f", count: 64)) == .max)
        #expect(throws: HexFault.self) {
            try HexForm.slot("0x" + String(repeating: "f", count: 65))
        }
    }
}
