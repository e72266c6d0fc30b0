import NIOCore
import Testing

@testable import psic_node

@Suite("Control protocol") struct ControlCodecTests {
    private func decode(_ text: String) throws -> ControlRequestHeader {
        try JSON.decode(ControlRequestHeader.self, from: Array(text.utf8))
    }

    private func survives<Method: ControlMethod & Equatable>(_ method: Method) throws -> Bool {
        let bytes = try JSON.bytes(ControlRequest(id: 7, method: method))
        let header = try JSON.decode(ControlRequestHeader.self, from: bytes)
        let request = try JSON.decode(ControlRequest<Method>.self, from: bytes)
        return header == ControlRequestHeader(id: 7, method: Method.name)
            && request.method == method
    }

    @Test func requestsSurviveTheWayThere() throws {
        #expect(try survives(AskStatus(history: 3)))
        #expect(try survives(ListPeers()))
        #expect(try survives(ConnectPeer(target: "/ip4/127.0.0.1/tcp/1")))
        #expect(try survives(PingPeer("12D3", count: 5, interval: .milliseconds(250))))
        #expect(try survives(AskFederation(history: 0)))
        #expect(try survives(WatchFederation(history: 9)))
    }

    @Test func theWireFormStays() throws {
        #expect(
            JSON.text(ControlRequest(id: 7, method: ConnectPeer(target: "x")))
                == #"{"id":7,"method":"connect","params":{"target":"x"},"v":1}"#)
        #expect(
            JSON.text(
                ControlReply<Never, ConnectedPeer>(
                    id: 7, content: .result(ConnectedPeer(peerID: "p"))))
                == #"{"id":7,"result":{"peerID":"p"},"v":1}"#)
        #expect(
            JSON.text(
                ControlReply<Never, ControlDone>(
                    id: 7, content: .error(.init(.noPeers, "m"))))
                == #"{"error":{"code":6,"message":"m"},"id":7,"v":1}"#)
    }

    @Test(
        "a message of a topic writes itself as the encoder would",
        arguments: [
            "news", "", "a/b", "\"q\" \\ back", "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\u{85}",
            "ü € 🦀 \u{2028}",
        ])
    func messagesOfTopics(topic: String) throws {
        for from in ["12D3", nil] {
            for count in 0..<4 {
                let message = TopicMessage(
                    id: "ff", topic: topic, from: from, receivedFrom: "12D4",
                    data: Base64Bytes((0..<count).map { UInt8(255 - $0) }), dropped: count)
                let reply = ControlReply<TopicMessage, ControlDone>(
                    id: -7, content: .event(message))
                #expect(
                    String(buffer: message.eventLine(id: -7)) == JSON.text(reply) + "\n")
            }
        }
    }

    @Test func parametersThatAreNotNeededMayBeAbsent() throws {
        func read<Method: ControlMethod>(_ text: String, as type: Method.Type) throws -> Method {
            try JSON.decode(ControlRequest<Method>.self, from: Array(text.utf8)).method
        }
        let status = #"{"v":1,"id":1,"method":"status"}"#
        #expect(try read(status, as: AskStatus.self) == AskStatus())
        let ping = #"{"v":1,"id":1,"method":"ping","params":{"target":"x","new":true}}"#
        #expect(try read(ping, as: PingPeer.self).target == "x")
        #expect(throws: JSONError.self) { _ = try read(status, as: ListPeers.self) }
    }

    @Test(
        "hostile requests are refused",
        arguments: [
            "", "{", "[]", "null", "7", #"{"v":1}"#, #"{"v":2,"id":1,"method":"peers"}"#,
            #"{"v":1,"id":1,"method":7}"#, #"{"v":1,"id":"x","method":"peers"}"#,
            #"{"v":1,"id":99999999999999999999,"method":"peers"}"#,
            String(repeating: "[", count: 16_000), String(repeating: "{\"a\":", count: 3_000),
            "\u{0}\u{FFFD}",
        ])
    func hostile(text: String) {
        #expect(throws: JSONError.self) { try decode(text) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: JSONError.self) {
            try JSON.decode(ControlRequestHeader.self, from: [0xFF, 0xFE, 0x00, 0xC0])
        }
    }

    @Test func repliesAreToldApart() throws {
        func reply(_ text: String) throws -> ControlReply<ConnectedPeer, ConnectedPeer>.Content {
            let bytes = Array(text.utf8)
            return try JSON.decode(ControlReply<ConnectedPeer, ConnectedPeer>.self, from: bytes)
                .content
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
