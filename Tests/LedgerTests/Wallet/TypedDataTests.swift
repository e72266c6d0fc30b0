import Foundation
import Testing

@testable import Ledger

@Suite("Typed data (EIP-712)") struct TypedDataTests {
    /// The example of EIP-712.
    static let mail = """
        {"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},\
        {"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],\
        "Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}],\
        "Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person"},\
        {"name":"contents","type":"string"}]},"primaryType":"Mail","domain":{"name":"Ether Mail",\
        "version":"1","chainId":1,"verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},\
        "message":{"from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},\
        "to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},\
        "contents":"Hello, Bob!"}}
        """

    @Test("the specification's example, each step of it")
    func specification() throws {
        let data = try TypedData(json: Self.mail)
        let encoder = TypedDataEncoder(types: data.types)
        #expect(
            try encoder.typeText(of: "Mail")
                == "Mail(Person from,Person to,string contents)Person(string name,address wallet)")
        #expect(
            try encoder.typeHash(of: "Mail").description
                == "0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2")
        #expect(
            try data.domainSeparator().description
                == "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f")
        #expect(
            try data.messageHash().description
                == "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e")
        #expect(
            try data.hash().description
                == "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2")
        let key = try Secp256k1PrivateKey(bytes: Keccak256.hash(Array("cow".utf8)).bytes)
        #expect(
            try key.sign(data).description
                == "0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
                + "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c")
    }

    private func document(
        types: String, primary: String = "T", message: String, domain: String = "{}"
    ) throws -> TypedData {
        try TypedData(
            json: #"{"types":\#(types),"primaryType":"\#(primary)","domain":\#(domain),"#
                + #""message":\#(message)}"#)
    }

    @Test("a domain without its type gets the one that its members make")
    func domainType() throws {
        let text = Self.mail.replacingOccurrences(
            of: #""EIP712Domain":[{"name":"name","type":"string"},"#
                + #"{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},"#
                + #"{"name":"verifyingContract","type":"address"}],"#, with: "")
        #expect(text != Self.mail)
        #expect(try TypedData(json: text).hash() == TypedData(json: Self.mail).hash())
    }

    @Test("arrays of arrays, fixed lengths, numbers as text, and types that hold themselves")
    func shapes() throws {
        let types = #"{"T":[{"name":"a","type":"uint8[2][]"},{"name":"next","type":"T"}]}"#
        let one = try document(
            types: types, message: #"{"a":[[1,2],[3,4]],"next":{"a":[],"next":null}}"#)
        let same = try document(
            types: types, message: #"{"next":{"next":null,"a":[]},"a":[["0x1","2"],["3","4"]]}"#)
        #expect(try one.hash() == same.hash())
        let other = try document(
            types: types, message: #"{"a":[[1,2],[3,5]],"next":{"a":[],"next":null}}"#)
        #expect(try one.hash() != other.hash())
        // Independently: hashes of the parts, put together by hand.
        func word(_ value: UInt64) -> [UInt8] { UInt256(value).bytes }
        func pair(_ a: UInt64, _ b: UInt64) -> [UInt8] { Keccak256.hash(word(a) + word(b)).bytes }
        let type = Keccak256.hash(Array("T(uint8[2][] a,T next)".utf8)).bytes
        let empty = Keccak256.hash(type + Keccak256.hash([]).bytes + Hash32.zero.bytes).bytes
        let whole = Keccak256.hash(type + Keccak256.hash(pair(1, 2) + pair(3, 4)).bytes + empty)
        #expect(try one.messageHash() == whole)
    }

    @Test(
        "values that do not fit are refused, and named",
        arguments: [
            ("uint8", "256"), ("uint8", "-1"), ("uint8", "1.5"), ("uint8", "1e1"),
            ("uint8", "\"x\""),
            ("uint8", "null"), ("uint8", "true"), ("int8", "128"), ("int8", "-129"),
            (
                "int256",
                "57896044618658097711785492504343953926634992332820282019728792003956564819968"
            ),
            (
                "uint256",
                "115792089237316195423570985008687907853269984665640564039457584007913129639936"
            ),
            ("bool", "1"), ("bool", "\"yes\""), ("address", "\"0x1234\""), ("address", "5"),
            ("address", "\"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccc\""),
            ("bytes4", "\"0x010203\""), ("bytes4", "\"0x0102030405\""), ("bytes4", "\"01020304\""),
            ("bytes", "\"0x1\""), ("bytes", "[1]"), ("string", "5"), ("uint8[]", "5"),
            ("uint8[2]", "[1]"), ("uint8[2]", "[1,2,3]"), ("T", "[]"), ("T", "\"x\""),
        ])
    func mismatches(_ type: String, _ value: String) throws {
        let data = try document(
            types: #"{"T":[{"name":"m","type":"\#(type)"}]}"#, message: #"{"m":\#(value)}"#)
        do {
            _ = try data.hash()
            Issue.record("signed: \(value) as \(type)")
        } catch {
            guard case .value(let path, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path.hasPrefix("message.m"))
        }
    }

    @Test("nothing that is not signed may stand in the message, and nothing may be missing")
    func members() throws {
        let types = #"{"T":[{"name":"a","type":"bool"}]}"#
        #expect(throws: Never.self) { try document(types: types, message: #"{"a":true}"#).hash() }
        for message in [#"{}"#, #"{"a":true,"b":1}"#, #"{"b":true}"#, "[]", "null"] {
            #expect(throws: TypedDataError.self, "\(message)") {
                try document(types: types, message: message).hash()
            }
        }
    }

    @Test(
        "types that are none are refused",
        arguments: [
            #"{"T":[{"name":"a","type":"Missing"}]}"#, #"{"T":[{"name":"a","type":"uint"}]}"#,
            #"{"T":[{"name":"a","type":"uint7"}]}"#, #"{"T":[{"name":"a","type":"bytes33"}]}"#,
            #"{"T":[{"name":"a b","type":"bool"}]}"#, #"{"T":[{"name":"a,b","type":"bool"}]}"#,
            #"{"T":[{"name":"a","type":"bool"},{"name":"a","type":"bool"}]}"#,
            #"{"T":[{"name":"a","type":"bool["}]}"#, #"{"T":[{"name":"a","type":"bool[x]"}]}"#,
            #"{"T":[{"name":"a","type":"bool[0]"}]}"#, #"{"T":[{"name":"a"}]}"#, #"{"T":5}"#,
            #"{"T(":[],"T":[]}"#, #"{"bool":[],"T":[]}"#, #"{"S":[]}"#, #"{"T":[],"T":[]}"#,
        ])
    func badTypes(_ types: String) {
        #expect(throws: TypedDataError.self) { try document(types: types, message: "{}").hash() }
    }

    @Test("each limit, exceeded tenfold")
    func limits() throws {
        let bool = #"{"name":"a","type":"bool"}"#
        let many = (0..<1280).map { "\"T\($0)\":[]" }.joined(separator: ",")
        #expect(throws: TypedDataError.limit("types")) {
            try document(types: "{\(many)}", message: "{}")
        }
        let wide = (0..<1280).map { #"{"name":"m\#($0)","type":"bool"}"# }.joined(separator: ",")
        #expect(throws: TypedDataError.limit("members of T")) {
            try document(types: #"{"T":[\#(wide)]}"#, message: "{}")
        }
        let self32 = #"{"T":[{"name":"n","type":"T"}]}"#
        let deep =
            String(repeating: #"{"n":"#, count: 60) + "null" + String(repeating: "}", count: 60)
        #expect(throws: TypedDataError.limit("levels")) {
            try document(types: self32, message: deep).hash()
        }
        let brackets = String(repeating: "[]", count: 320)
        #expect(throws: TypedDataError.self) {
            try document(types: #"{"T":[{"name":"a","type":"bool\#(brackets)"}]}"#, message: "{}")
        }
        #expect(throws: TypedDataError.self) {
            try document(
                types: #"{"T":[\#(bool)]}"#,
                message: "{\"a\":true}" + String(repeating: " ", count: 10 << 20))
        }
    }
}
