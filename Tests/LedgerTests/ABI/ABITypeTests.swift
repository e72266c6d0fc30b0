import Testing

@testable import Ledger

@Suite("ABI types and declarations") struct ABITypeTests {
    @Test(
        "types have one canonical form",
        arguments: [
            ("uint", "uint256"), ("int", "int256"), ("uint8", "uint8"), ("int248", "int248"),
            ("bytes1", "bytes1"), ("bytes32[2][]", "bytes32[2][]"), ("address payable", "address"),
            ("(address to, uint amount)[]", "(address,uint256)[]"),
            ("tuple(bool,(string,bytes))[3]", "(bool,(string,bytes))[3]"),
            ("function", "function"),
        ])
    func canonical(_ text: String, _ expected: String) throws {
        let type = try ABIType(text)
        #expect("\(type)" == expected)
        #expect(try "\(ABIType(expected))" == expected)
    }

    @Test(
        "what is no type is refused",
        arguments: [
            "", "uint7", "uint0", "uint264", "uint08", "uint2560", "int-8", "bytes0", "bytes33",
            "byte", "fixed128x18", "Uint8",
            "uint8[", "uint8]", "uint8[0]", "uint8[-1]", "uint8[x]", "()", "()[]", "(uint8",
            "(uint8,)", "uint8 x", "address[]payable", "uint8[][",
        ])
    func refused(_ text: String) {
        #expect(throws: ABIError.self) { try ABIType(text) }
    }

    @Test("limits hold when they are exceeded tenfold")
    func limits() {
        for text in [
            "uint8" + String(repeating: "[]", count: ABILimits.typeDepth * 10),
            "uint8[\(ABILimits.fixedArrayLength * 10)]", "uint8[65536][65536][65536][65536][65536]",
            String(repeating: "(", count: 160) + "bool" + String(repeating: ")", count: 160),
            "(" + Array(repeating: "bool", count: 2560).joined(separator: ",") + ")",
            "(uint8[65536],uint8[65536])",
            String(repeating: " ", count: ABILimits.signatureLength * 10) + "bool",
        ] {
            #expect(throws: ABIError.self, "\(text.prefix(50))") { try ABIType(text) }
        }
    }

    @Test("functions are read as Solidity declares them")
    func functions() throws {
        let transfer = try ABIFunction(
            "function transfer(address payable to, uint256 amount) external returns (bool ok)")
        #expect(transfer.signature == "transfer(address,uint256)")
        #expect(Hexadecimal.digits(of: transfer.selector) == "a9059cbb")
        #expect(transfer.outputs == [ABIParameter(name: "ok", type: .bool)])
        #expect(transfer.mutability == .nonpayable)
        #expect(transfer.inputs.map(\.name) == ["to", "amount"])
        let balance = try ABIFunction("balanceOf(address)(uint256)")
        #expect(Hexadecimal.digits(of: balance.selector) == "70a08231")
        #expect(balance.outputs.map(\.type) == [.uint(256)])
        let view = try ABIFunction(
            "f(bytes calldata data, string memory s) public view returns (uint)")
        #expect(view.mutability == .view && view.signature == "f(bytes,string)")
        for bad in ["", "()", "f", "f(", "f()x", "f() returns", "f(uint7)", "1", "f()()()"] {
            #expect(throws: ABIError.self, "\(bad)") { try ABIFunction(bad) }
        }
    }

    @Test("events hash to their topic")
    func events() throws {
        let event = try ABIEvent(
            "event Transfer(address indexed from, address indexed to, uint256 value)")
        #expect(
            Hash32(word: event.topic).description
                == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
        let log = try event.log([.address(.zero), .address(Address(truncating: 5)), .number(7)])
        #expect(log.topics == [event.topic, 0, 5] && log.data == UInt256(7).bytes)
        #expect(
            try event.values(topics: log.topics, data: log.data)
                == [.address(.zero), .address(Address(truncating: 5)), .number(7)])
        #expect(throws: ABIError.self) { try event.values(topics: [1, 0, 5], data: log.data) }
        #expect(throws: ABIError.self) { try event.values(topics: [event.topic], data: log.data) }
        #expect(throws: ABIError.self) { try event.log([.address(.zero)]) }
    }

    /// Contract ABI specification, "Encoding of Indexed Event Parameters".
    @Test("indexed values longer than a word are hashed")
    func indexedValues() throws {
        let event = try ABIEvent("E(string indexed s, uint8[] indexed a, (bool,bytes) indexed t)")
        let log = try event.log([
            .string("hi"), .array([.number(1), .number(2)]), .tuple([.bool(true), .bytes([9])]),
        ])
        let one = UInt256(1).bytes
        #expect(
            log.topics.dropFirst()
                == [
                    Keccak256.hash(Array("hi".utf8)).word,
                    Keccak256.hash(one + UInt256(2).bytes).word,
                    Keccak256.hash(one + [9] + [UInt8](repeating: 0, count: 31)).word,
                ])
        let values = try event.values(topics: log.topics, data: log.data)
        #expect(values[0] == .bytes(log.topics[1].bytes))
    }

    @Test("a JSON ABI is read and written, tuples with their components")
    func json() throws {
        let text = """
            [{"type":"function","name":"f","inputs":[{"name":"a","type":"tuple[2][]","components":[\
            {"name":"x","type":"uint256"},{"name":"y","type":"bytes"}]}],"outputs":[{"name":"","type":"bool"}],\
            "stateMutability":"view"},{"type":"event","name":"E","inputs":[{"name":"who","type":"address",\
            "indexed":true}],"anonymous":false},{"type":"error","name":"Bad","inputs":[]}]
            """
        let abi = try ContractABI(json: text)
        #expect(abi.functions[0].signature == "f((uint256,bytes)[2][])")
        #expect(abi.json.serialized == text)
        #expect(try ContractABI(json: #"{"contractName":"X","abi":\#(text)}"#) == abi)
        #expect(abi.function(of: abi.functions[0].selector + [1, 2, 3]) == abi.functions[0])
        #expect(abi.function(of: [1, 2, 3] as [UInt8]) == nil)
        let old = try ContractABI(
            json:
                #"[{"name":"g","constant":true,"inputs":[],"outputs":[]},{"type":"constructor","inputs":[{"name":"a","type":"uint8"}]},{"type":"fallback"},{"type":"receive"}]"#
        )
        #expect(old.functions[0].mutability == .view)
        #expect(old.constructorInputs.map(\.type) == [.uint(8)])
        for bad in [
            "", "{}", "5", #"[{"type":"thing"}]"#, #"[{"name":"f","inputs":[{"name":"a"}]}]"#,
            #"[{"name":"f","inputs":[{"type":"tuple"}]}]"#, #"[{"name":"f","inputs":5}]"#,
            #"[{"name":"f","stateMutability":"odd"}]"#,
            #"[{"name":"f","inputs":[{"type":"uint7"}]}]"#,
            "[" + Array(repeating: "{}", count: ABILimits.entries * 10).joined(separator: ",")
                + "]",
        ] {
            #expect(throws: ABIError.self, "\(bad.prefix(60))") { try ContractABI(json: bad) }
        }
    }

    @Test("values are read as people type them, and shown so that they can be read again")
    func text() throws {
        let cases: [(String, String, ABIValue)] = [
            ("uint8", "255", .number(255)), ("uint256", "0xff", .number(255)),
            ("int8", "-128", .signed(-128)), ("int256", "-1", .signed(-1)),
            ("bool", "true", .bool(true)),
            ("bytes", "0x0102", .bytes([1, 2])), ("bytes2", "0x0102", .bytes([1, 2])),
            ("string", "a b", .string("a b")), ("string", "5", .string("5")),
            ("uint8[]", "[1, \"2\"]", .array([.number(1), .number(2)])),
            ("(bool,string)", #"[true,"x"]"#, .tuple([.bool(true), .string("x")])),
            ("(bool a,string b)", #"{"b":"x","a":true}"#, .tuple([.bool(true), .string("x")])),
        ]
        for (name, text, value) in cases {
            let type = try ABIType(name)
            #expect(try ABIValue(text, as: type) == value, "\(name) \(text)")
            #expect(try ABIValue(value.text(as: type), as: type) == value, "\(name) \(text)")
        }
        let minimum =
            "-57896044618658097711785492504343953926634992332820282019728792003956564819968"
        #expect(try ABIValue(minimum, as: .int(256)).text(as: .int(256)) == minimum)
        for (name, text) in [
            ("uint8", "256"), ("uint8", "-1"), ("int8", "128"), ("int8", "-129"), ("bool", "1"),
            ("bytes2", "0x01"),
            ("address", "0x01"), ("uint8[2]", "[1]"), ("uint8[]", "1"),
            ("(bool a)", #"{"b":true}"#),
            (
                "int256",
                "57896044618658097711785492504343953926634992332820282019728792003956564819968"
            ),
            ("uint256", ""), ("uint256", "1.0"), ("uint256", "--1"),
        ] {
            #expect(throws: ABIError.self, "\(name) \(text)") {
                try ABIValue(text, as: try ABIType(name))
            }
        }
    }
}
