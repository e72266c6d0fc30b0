import Testing

@testable import Ledger

@Suite("ABI encoding") struct ABICodecTests {
    private func types(_ texts: [String]) throws -> [ABIType] { try texts.map { try ABIType($0) } }

    /// Contract ABI specification, "Examples".
    @Test("the specification's examples")
    func specification() throws {
        let sam = try ABIFunction("sam(bytes,bool,uint256[])")
        #expect(
            try Hexadecimal.digits(
                of: sam.call([
                    .bytes(Array("dave".utf8)), .bool(true),
                    .array([.number(1), .number(2), .number(3)]),
                ]))
                == "a5643bf2"
                + "0000000000000000000000000000000000000000000000000000000000000060"
                + "0000000000000000000000000000000000000000000000000000000000000001"
                + "00000000000000000000000000000000000000000000000000000000000000a0"
                + "0000000000000000000000000000000000000000000000000000000000000004"
                + "6461766500000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000003"
                + "0000000000000000000000000000000000000000000000000000000000000001"
                + "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000003")
        let bar = try ABIFunction("bar(bytes3[2])")
        #expect(
            try Hexadecimal.digits(
                of: bar.call([
                    .array([.bytes(Array("abc".utf8)), .bytes(Array("def".utf8))])
                ]))
                == "fce353f6"
                + "6162630000000000000000000000000000000000000000000000000000000000"
                + "6465660000000000000000000000000000000000000000000000000000000000")
        let g = try ABIFunction("g(uint256[][],string[])")
        let call = try g.call([
            .array([.array([.number(1), .number(2)]), .array([.number(3)])]),
            .array([.string("one"), .string("two"), .string("three")]),
        ])
        #expect(
            Hexadecimal.digits(of: call)
                == "2289b18c"
                + "0000000000000000000000000000000000000000000000000000000000000040"
                + "0000000000000000000000000000000000000000000000000000000000000140"
                + "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000040"
                + "00000000000000000000000000000000000000000000000000000000000000a0"
                + "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000001"
                + "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000001"
                + "0000000000000000000000000000000000000000000000000000000000000003"
                + "0000000000000000000000000000000000000000000000000000000000000003"
                + "0000000000000000000000000000000000000000000000000000000000000060"
                + "00000000000000000000000000000000000000000000000000000000000000a0"
                + "00000000000000000000000000000000000000000000000000000000000000e0"
                + "0000000000000000000000000000000000000000000000000000000000000003"
                + "6f6e650000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000003"
                + "74776f0000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000005"
                + "7468726565000000000000000000000000000000000000000000000000000000")
        #expect(try g.arguments(of: call) == g.arguments(of: call + [1, 2, 3]))
        #expect(throws: ABIError.unknownSelector) { try bar.arguments(of: call) }
    }

    @Test("random values of random types come back", arguments: 1...200)
    func roundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let types = (0..<random.below(5)).map { _ in random.type(depth: 0) }
        let values = types.map { random.value(of: $0) }
        let encoding = try ABIEncoder.encode(values, as: types)
        #expect(encoding.count.isMultiple(of: 32))
        #expect(try ABIDecoder.decode(encoding, as: types) == values)
        for type in types { #expect(try ABIType("\(type)").description == "\(type)") }
        // No part of it is read as something else, and no change of it is fatal.
        for _ in 0..<20 where !encoding.isEmpty {
            let part = Array(encoding.prefix(random.below(encoding.count)))
            // What is missing may be padding behind the last bytes, which nobody reads.
            if let again = try? ABIDecoder.decode(part, as: types) {
                #expect(again == values && encoding.count - part.count < 32)
            }
            var changed = encoding
            changed[random.below(changed.count)] = UInt8(random.below(256))
            _ = try? ABIDecoder.decode(changed, as: types)
        }
    }

    @Test("padding that is not zero, and numbers out of range, are refused")
    func strictness() throws {
        let all = [UInt8](repeating: 0xff, count: 32)
        for name in ["uint8", "uint248", "address", "bool", "bytes31", "bytes1", "function"] {
            #expect(throws: ABIError.self, "\(name)") {
                try ABIDecoder.decode(all, as: types([name]))
            }
        }
        #expect(throws: ABIError.outOfRange(type: "int8")) {
            try ABIDecoder.decode(UInt256(128).bytes, as: types(["int8"]))
        }
        #expect(try ABIDecoder.decode(all, as: types(["int8"])) == [.signed(-1)])
        #expect(throws: ABIError.outOfRange(type: "bool")) {
            try ABIDecoder.decode(UInt256(2).bytes, as: types(["bool"]))
        }
        #expect(throws: ABIError.notText) {
            try ABIDecoder.decode(
                UInt256(32).bytes + UInt256(1).bytes + [0xff] + [UInt8](repeating: 0, count: 31),
                as: types(["string"]))
        }
        #expect(throws: ABIError.outOfRange(type: "uint8")) {
            try ABIEncoder.encode([.number(256)], as: types(["uint8"]))
        }
        #expect(throws: ABIError.mismatch(expected: "bool")) {
            try ABIEncoder.encode([.number(1)], as: types(["bool"]))
        }
        #expect(throws: ABIError.count(expected: 1, found: 0)) {
            try ABIEncoder.encode([], as: types(["bool"]))
        }
    }

    @Test("offsets and lengths that lie are refused before anything is made of them")
    func hostileLengths() throws {
        let zero = UInt256.zero.bytes
        for lie in [UInt256(64), UInt256(UInt64.max), .max, UInt256(1 << 62)] {
            for name in ["bytes", "string", "uint8[]", "(bytes,bool)[]", "bytes[]"] {
                // The offset lies, then the length.
                #expect(throws: ABIError.self, "\(name) \(lie)") {
                    try ABIDecoder.decode(lie.bytes + zero, as: types([name]))
                }
                #expect(throws: ABIError.self, "\(name) \(lie)") {
                    try ABIDecoder.decode(UInt256(32).bytes + lie.bytes + zero, as: types([name]))
                }
            }
        }
        #expect(throws: ABIError.truncated) {
            try ABIDecoder.decode([], as: types(["uint8[65536]"]))
        }
    }

    /// The "ABI bomb": each level's elements all point at one next level, so that *n* levels of
    /// *m* elements stand for *mⁿ* values in *n·m* words.
    @Test("arrays that all point at one place can't make much out of little")
    func bomb() throws {
        let width = 64
        var data = UInt256(32).bytes
        for _ in 0..<6 {
            data += UInt256(count: width).bytes
            for _ in 0..<width { data += UInt256(count: width * 32).bytes }
        }
        data += UInt256(0).bytes
        let start = ContinuousClock.now
        #expect(throws: ABIError.overlapping) {
            try ABIDecoder.decode(data, as: types(["uint8[][][][][][][]"]))
        }
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test("revert data become words")
    func reverts() throws {
        #expect(RevertReason(RevertReason.data(saying: "no funds")) == .message("no funds"))
        #expect(
            RevertReason(hex("4e487b71") + UInt256(0x11).bytes).description
                == "panic 0x11: arithmetic overflow")
        let error = try ABICustomError("error TooLow(uint256 has, address who)")
        let data = try error.data([.number(5), .address(.zero)])
        #expect(
            RevertReason(data, errors: [error]).description
                == "TooLow(5, 0x0000000000000000000000000000000000000000)")
        #expect(RevertReason(data) == .data(data))
        #expect(RevertReason([]).description == "no reason given")
        #expect(RevertReason(hex("08c379a0ff")) == .data(hex("08c379a0ff")))
    }
}

/// Types and values by chance.
struct RandomValues {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func below(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }

    mutating func type(depth: Int) -> ABIType {
        switch below(depth < 3 ? 12 : 9) {
        case 0: .uint(8 * (1 + below(32)))
        case 1: .int(8 * (1 + below(32)))
        case 2: .address
        case 3: .bool
        case 4, 5: .fixedBytes(1 + below(32))
        case 6: .bytes
        case 7: .string
        case 8: .function
        case 9: .array(type(depth: depth + 1))
        case 10: .fixedArray(type(depth: depth + 1), count: 1 + below(3))
        default:
            .tuple((0...below(3)).map { _ in ABIParameter(type: type(depth: depth + 1)) })
        }
    }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(below(256)) }
    }

    mutating func value(of type: ABIType) -> ABIValue {
        switch type {
        case .uint(let bits): return .uint(UInt256(bigEndian: bytes(bits / 8)) ?? 0)
        case .int(let bits):
            let low = UInt256(bigEndian: bytes(bits / 8)) ?? 0
            return .int(low.signExtended(fromByte: UInt256(UInt64(bits / 8 - 1))))
        case .address: return .address(Address(bytes(20)) ?? .zero)
        case .bool: return .bool(below(2) == 1)
        case .fixedBytes(let count): return .bytes(bytes(count))
        case .function: return .bytes(bytes(24))
        case .bytes: return .bytes(bytes(below(70)))
        case .string: return .string(String(repeating: "ü€", count: below(20)))
        case .array(let element): return .array((0..<below(4)).map { _ in value(of: element) })
        case .fixedArray(let element, let count):
            return .array((0..<count).map { _ in value(of: element) })
        case .tuple(let components): return .tuple(components.map { value(of: $0.type) })
        }
    }
}
