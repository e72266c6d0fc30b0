import Logging
import NIOCore
import PeerKit
import Testing

@testable import Ledger

/// A method that answers what it was given.
private struct Echo: RPCArea {
    var methods: [RPCMethod] {
        [
            RPCMethod("echo", 2) { parameters, _ in .array(parameters.values) },
            RPCMethod("long", 1) { parameters, _ in
                .string(String(repeating: "x", count: Int(try parameters.quantity64(0))))
            },
            RPCMethod("broken", 0) { _, _ in throw Unforeseen() },
        ]
    }

    struct Unforeseen: Error {}
}

@Suite("JSON-RPC 2.0") struct RPCCodecTests {
    private func service(_ change: (inout RPCLimits) -> Void = { _ in }) -> RPCService {
        var limits = RPCLimits()
        change(&limits)
        return RPCService([Echo()], limits: limits, log: Logger(label: "test"))
    }

    private func answer(
        _ body: String, _ service: RPCService? = nil
    ) async -> String? {
        await (service ?? self.service()).answer(Array(body.utf8), session: nil).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(
        "ids go back as they came",
        arguments: [
            "1", "0", "-5", "1.50", "\"a\"", "\"\"", "null", "123456789012345678901234567890",
        ]
    )
    func ids(id: String) async {
        let answer = await answer(#"{"jsonrpc":"2.0","id":\#(id),"method":"echo"}"#)
        #expect(answer == #"{"jsonrpc":"2.0","id":\#(id),"result":[]}"#)
    }

    @Test func membersThatMeanNothingArePassedOver() async {
        let answer = await answer(
            #"{"toString":1,"method":"echo","id":7,"jsonrpc":"2.0","params":[1],"x":{"y":[]}}"#)
        #expect(answer == #"{"jsonrpc":"2.0","id":7,"result":[1]}"#)
    }

    @Test(
        "what is no request has its code",
        arguments: [
            ("{", -32700, "null"), ("", -32700, "null"), ("[]", -32600, "null"),
            ("1", -32600, "null"), (#"{"id":3,"method":"echo"}"#, -32600, "3"),
            (#"{"jsonrpc":"2.0","id":4}"#, -32600, "4"),
            (#"{"jsonrpc":"2.0","id":{},"method":"echo"}"#, -32600, "null"),
            (#"{"jsonrpc":"2.0","id":5,"method":"none"}"#, -32601, "5"),
            (#"{"jsonrpc":"2.0","id":6,"method":"echo","params":{"a":1}}"#, -32602, "6"),
            (#"{"jsonrpc":"2.0","id":7,"method":"echo","params":[1,2,3]}"#, -32602, "7"),
            (#"{"jsonrpc":"2.0","id":8,"method":"long"}"#, -32602, "8"),
            (#"{"jsonrpc":"2.0","id":9,"method":"broken"}"#, -32603, "9"),
        ])
    func faults(body: String, code: Int, id: String) async {
        let answer = await answer(body) ?? ""
        #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"#))
    }

    @Test func theUnknownMethodIsNamed() async {
        #expect(
            await answer(#"{"jsonrpc":"2.0","id":1,"method":"eth_x"}"#)?.contains(
                "the method eth_x does not exist/is not available") == true)
    }

    @Test func batchesAreAnsweredInOrderWithMixedResults() async {
        let answer = await answer(
            """
            [{"jsonrpc":"2.0","id":2,"method":"echo","params":["a"]},7,
            {"jsonrpc":"2.0","method":"echo"},{"jsonrpc":"2.0","id":1,"method":"none"}]
            """)
        #expect(
            answer
                == #"[{"jsonrpc":"2.0","id":2,"result":["a"]},"#
                + #"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}},"#
                + #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method none does "#
                + #"not exist/is not available"}}]"#)
    }

    @Test func notificationsAreNotAnswered() async {
        #expect(await answer(#"{"jsonrpc":"2.0","method":"echo"}"#) == nil)
        #expect(await answer(#"[{"jsonrpc":"2.0","method":"echo"}]"#) == nil)
    }

    @Test func limitsHoldTenfold() async {
        let service = service { limits in
            limits.maximumBatch = 10
            limits.maximumAnswerBytes = 1000
        }
        let one = #"{"jsonrpc":"2.0","id":1,"method":"echo"}"#
        let many = "[" + Array(repeating: one, count: 100).joined(separator: ",") + "]"
        #expect(await answer(many, service)?.contains("batch too large") == true)
        let long = #"{"jsonrpc":"2.0","id":1,"method":"long","params":["0x2710"]}"#
        #expect(
            await answer(long, service)
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"response too large"}}"#
        )
        let half = #"{"jsonrpc":"2.0","id":1,"method":"long","params":["0x258"]}"#
        let two = await answer("[\(half),\(half),\(half)]", service) ?? ""
        #expect(two.components(of: "-32003") == 2)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

@Suite("JSON-RPC over HTTP") struct RPCHTTPMachineTests {
    private let local = RPCAccess(hosts: RPCAccess.loopbackNames, origins: .only(["https://a.b"]))

    private func outcome(
        _ head: RPCHTTPMachine.Head, body: [String] = [], access: RPCAccess? = nil,
        maximumBody: Int = 100
    ) -> RPCHTTPMachine.Action {
        var machine = RPCHTTPMachine(access: access ?? local, maximumBody: maximumBody)
        let first = machine.receive(head)
        guard first == .wait || first == .goOn else { return first }
        for part in body {
            let action = machine.receive(body: ByteBuffer(string: part))
            guard action == .wait else { return action }
        }
        return machine.receiveEnd()
    }

    private func post(
        host: String? = "localhost:8545", origin: String? = nil,
        type: String? = "application/json; charset=utf-8"
    ) -> RPCHTTPMachine.Head {
        .init(method: "POST", host: host, origin: origin, contentType: type)
    }

    private func status(_ action: RPCHTTPMachine.Action) -> Int {
        switch action {
        case .work: 200
        case .answer(let answer, _): answer.status
        case .wait, .goOn: 0
        }
    }

    @Test func aBodyInPartsIsPutTogether() {
        #expect(
            outcome(post(), body: ["[1", ",2]"])
                == .work(ByteBuffer(string: "[1,2]"), headers: [], keepsAlive: true))
    }

    @Test(
        "only names of this machine and addresses are answered",
        arguments: [
            ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1:8545", 200), ("[::1]:8545", 200),
            ("192.168.1.9", 200), ("evil.example", 403), ("evil.example:8545", 403),
            ("127.0.0.1.evil.example", 403), ("1.2.3", 403), ("256.1.1.1", 403),
        ])
    func hosts(host: String, expected: Int) {
        #expect(status(outcome(post(host: host))) == expected)
    }

    @Test func textIsNotTakenAsJSON() {
        for type in ["text/plain", "application/x-www-form-urlencoded", nil] {
            #expect(status(outcome(post(type: type))) == 415)
        }
    }

    @Test func pagesReadAnswersOnlyIfTheyMay() {
        let allowed = outcome(
            .init(method: "OPTIONS", host: "localhost", origin: "https://a.b"))
        guard case .answer(let answer, _) = allowed else {
            Issue.record("no answer")
            return
        }
        #expect(answer.status == 204)
        #expect(
            answer.headers.contains(
                .init(name: "Access-Control-Allow-Origin", value: "https://a.b")))
        #expect(
            answer.headers.contains(
                .init(name: "Access-Control-Allow-Headers", value: "content-type")))
        let other = outcome(.init(method: "OPTIONS", host: "localhost", origin: "https://x.y"))
        #expect(other == .answer(.init(status: 204), keepsAlive: true))
        let any = RPCAccess(hosts: nil, origins: .any)
        #expect(
            outcome(post(host: "x", origin: "https://x.y"), access: any)
                == .work(
                    ByteBuffer(),
                    headers: [
                        .init(name: "Access-Control-Allow-Origin", value: "*"),
                        .init(name: "Vary", value: "Origin"),
                    ], keepsAlive: true))
    }

    @Test func aBodyTenTimesTooLongIsRefused() {
        var announced = post()
        announced.contentLength = 1000
        #expect(status(outcome(announced)) == 413)
        let parts = Array(repeating: String(repeating: "x", count: 50), count: 20)
        #expect(status(outcome(post(), body: parts)) == 413)
    }

    @Test func whoeverAsksFirstIsToldToGoOn() {
        var machine = RPCHTTPMachine(access: local, maximumBody: 100)
        var head = post()
        head.expectsContinue = true
        #expect(machine.receive(head) == .goOn)
    }

    @Test func otherMethods() {
        #expect(status(outcome(.init(method: "GET", host: "localhost"))) == 200)
        #expect(status(outcome(.init(method: "DELETE", host: "localhost"))) == 405)
    }
}

@Suite("JSON-RPC sessions and filters") struct RPCSessionTests {
    @Test func aClientThatDoesNotReadIsCutOff() async {
        let session = RPCSession(id: 1, maximumUnsentBytes: 100)
        var sent = 0
        for _ in 0..<100 where session.send([UInt8](repeating: 0, count: 10)) { sent += 1 }
        #expect(sent == 10)
        #expect(session.isClosed)
        for await _ in session.ended {}
        var received = 0
        for await _ in session.outbound { received += 1 }
        #expect(received == 10)
    }

    @Test func whatIsSentMakesRoom() {
        let session = RPCSession(id: 1, maximumUnsentBytes: 100)
        for _ in 0..<1000 {
            #expect(session.send([UInt8](repeating: 0, count: 90)))
            session.sent(90)
        }
    }

    @Test func filtersAreBoundedAndExpire() {
        var limits = RPCLimits()
        limits.maximumFilters = 5
        limits.maximumFilterBacklog = 3
        limits.filterLifetime = .seconds(10)
        var machine = FilterMachine(limits: limits)
        var installed = 0
        for index in 0..<50
        where machine.install(.pending(full: false), as: "\(index)", head: 0, at: .zero) {
            installed += 1
        }
        #expect(installed == 5)
        for nonce in 0..<30 { machine.pending(PoolExamples.transfer(nonce: UInt64(nonce))) }
        guard case .pending(let waiting, _)? = machine.changes(of: "0", head: 0, at: .zero) else {
            Issue.record("no changes")
            return
        }
        // The newest are kept.
        #expect(waiting.map(\.transaction.nonce) == [27, 28, 29])
        let later = Instant.zero.advanced(by: .seconds(9))
        #expect(machine.changes(of: "1", head: 0, at: later) != nil)
        let end = Instant.zero.advanced(by: .seconds(11))
        #expect(machine.changes(of: "2", head: 0, at: end) == nil)
        #expect(machine.changes(of: "1", head: 0, at: end) != nil)
    }

    @Test func aBlockFilterTellsEachBlockOnce() {
        var machine = FilterMachine(limits: RPCLimits())
        let isInstalled = machine.install(.blocks, as: "a", head: 7, at: .zero)
        #expect(isInstalled)
        func told(_ head: UInt64) -> ClosedRange<UInt64>? {
            guard
                case .blocks(let after, let through)? = machine.changes(
                    of: "a", head: head, at: .zero), after < through
            else { return nil }
            return after + 1...through
        }
        #expect(told(7) == nil)
        #expect(told(9) == 8...9)
        #expect(told(9) == nil)
        // The chain was put back.
        #expect(told(5) == nil)
        #expect(told(6) == 6...6)
    }
}
