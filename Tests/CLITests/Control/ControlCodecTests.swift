import Testing

@testable import psic_node

@Suite("Control protocol") struct ControlCodecTests {
    private func decode(_ text: String) throws -> ControlRequest {
        try JSON.decode(ControlRequest.self, from: Array(text.utf8))
    }

    @Test(
        "requests survive the way there",
        arguments: [
            ControlMethod.status(history: 3), .peers, .connect("/ip4/127.0.0.1/tcp/1"),
            .ping("12D3", count: 5, interval: .milliseconds(250)),
            .federation(history: 0, isWatched: false), .federation(history: 9, isWatched: true),
        ])
    func requests(method: ControlMethod) throws {
        let request = ControlRequest(id: 7, method: method)
        #expect(try JSON.decode(ControlRequest.self, from: JSON.bytes(request)) == request)
    }

    @Test func theWireFormStays() throws {
        #expect(
            JSON.text(ControlRequest(id: 7, method: .connect("x")))
                == #"{"id":7,"method":"connect","params":{"target":"x"},"v":1}"#)
        #expect(
            JSON.text(ControlReply(id: 7, content: .result(ConnectedPeer(peerID: "p"))))
                == #"{"id":7,"result":{"peerID":"p"},"v":1}"#)
        #expect(
            JSON.text(ControlReply<ControlDone>(id: 7, content: .error(.init(.noPeers, "m"))))
                == #"{"error":{"code":6,"message":"m"},"id":7,"v":1}"#)
    }

    @Test func parametersThatAreNotNeededMayBeAbsent() throws {
        #expect(try decode(#"{"v":1,"id":1,"method":"peers"}"#).method == .peers)
        #expect(try decode(#"{"v":1,"id":1,"method":"status"}"#).method == .status(history: 0))
    }

    @Test(
        "hostile requests are refused",
        arguments: [
            "", "{", "[]", "null", "7", #"{"v":1}"#, #"{"v":2,"id":1,"method":"peers"}"#,
            #"{"v":1,"id":1,"method":"shutdown"}"#, #"{"v":1,"id":"x","method":"peers"}"#,
            #"{"v":1,"id":1,"method":"connect"}"#, #"{"v":1,"id":1,"method":"ping","params":[]}"#,
            #"{"v":1,"id":1,"method":"connect","params":{"target":7}}"#,
            #"{"v":1,"id":1,"method":"ping","params":{"target":"x","count":1e99}}"#,
            #"{"v":1,"id":99999999999999999999,"method":"peers"}"#,
            String(repeating: "[", count: 16_000), String(repeating: "{\"a\":", count: 3_000),
            "\u{0}\u{FFFD}",
        ])
    func hostile(text: String) {
        #expect(throws: JSONError.self) { try decode(text) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: JSONError.self) {
            try JSON.decode(ControlRequest.self, from: [0xFF, 0xFE, 0x00, 0xC0])
        }
    }

    @Test func repliesAreToldApart() throws {
        func reply(_ text: String) throws -> ControlReply<ConnectedPeer>.Content {
            try JSON.decode(ControlReply<ConnectedPeer>.self, from: Array(text.utf8)).content
        }
        #expect(
            try reply(#"{"v":1,"id":1,"event":{"peerID":"p"}}"#) == .event(.init(peerID: "p")))
        #expect(
            try reply(#"{"v":1,"id":1,"result":{"peerID":"p"}}"#) == .result(.init(peerID: "p")))
        #expect(
            try reply(#"{"v":1,"id":1,"error":{"code":6,"message":"m","hint":"h"}}"#)
                == .error(.init(.noPeers, "m", hint: "h")))
        // A newer node may know codes that this command does not.
        #expect(
            try reply(#"{"v":1,"id":1,"error":{"code":77,"message":"m"}}"#)
                == .error(.init(.failure, "m")))
    }
}

@Suite("Lines of the control socket") struct LineSplitterTests {
    @Test func linesComeOutWhole() throws {
        var splitter = LineSplitter(limit: 10)
        #expect(try splitter.append(Array("ab".utf8)) == [])
        #expect(
            try splitter.append(Array("c\nde\r\n\n\nf".utf8))
                == [Array("abc".utf8), Array("de".utf8)])
        #expect(try splitter.append(Array("\n".utf8)) == [Array("f".utf8)])
    }

    @Test func aLineBeyondTheLimitIsRefusedBeforeItsEnd() throws {
        var splitter = LineSplitter(limit: 4)
        #expect(try splitter.append(Array("abcd\n".utf8)) == [Array("abcd".utf8)])
        #expect(throws: LineSplitter.LineTooLong(limit: 4)) {
            try splitter.append([UInt8](repeating: 0x61, count: 40))
        }
    }
}
