import PeerKit
import Testing

@testable import psic_node

@Suite("Keys of the DHT as people write them") struct DHTKeyTests {
    private let peer = "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj"

    @Test func aNameAloneIsTheNodesOwn() throws {
        let local = try PeerID(peer)
        #expect(try DHTKey("config") == .own(name: "config"))
        #expect(
            try DHTKey("config").bytes(local: local)
                == DHTKey("\(peer)/config").bytes(local: local))
        #expect(
            try DHTKey("/psic/\(peer)/a/b").bytes(local: local)
                == Array("/psic/".utf8) + local.bytes + Array("/a/b".utf8))
        #expect(
            try DHTKey("/pk/\(peer)").bytes(local: local) == Array("/pk/".utf8) + local.bytes)
        #expect(try DHTKey("0x00fF").bytes(local: local) == [0x00, 0xFF])
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "0x", "0x0", "0xzz", "/ipns/x", "/pk/x", "/psic/x", "/psic/x/y", "x/y",
            "12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj/",
            String(repeating: "n", count: 10_240),
        ])
    func malformed(text: String) {
        #expect {
            try DHTKey(text)
        } throws: {
            ($0 as? CommandError)?.status == .usage
        }
    }

    @Test func bytesStandInJSONAsBase64AndBeforePeopleAsTextOrDigits() throws {
        let bytes = Base64Bytes([0xFB, 0x00])
        #expect(JSON.text([bytes]) == #"["+wA="]"#)
        #expect(try JSON.decode([Base64Bytes].self, from: Array(#"["+wA="]"#.utf8)) == [bytes])
        #expect(throws: JSONError.self) {
            try JSON.decode([Base64Bytes].self, from: Array(#"["*"]"#.utf8))
        }
        #expect(bytes.shown == "0xfb00")
        #expect(Base64Bytes("grüß\n".utf8).shown == "grüß\n")
        // A value must not steer the terminal.
        #expect(Base64Bytes("\u{1B}[2J".utf8).shown == "0x1b5b324a")
    }
}
