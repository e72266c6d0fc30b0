import Testing

@testable import psic_node

/// Adds up, telling each sum on the way.
private struct AddUp: ControlMethod {
    static let name = "test.add"
    typealias Answer = Sum
    typealias Event = Sum

    struct Sum: Codable, Equatable, Sendable {
        var sum: Int
    }

    var numbers: [Int]
    var start: Int?
}

private struct Adder: ControlArea {
    func register(in registry: inout ControlRegistry) {
        registry.answer(AddUp.self) { method, emit in
            var sum = method.start ?? 0
            for number in method.numbers {
                let (result, isTooMuch) = sum.addingReportingOverflow(number)
                guard !isTooMuch else { throw CommandError(.refused, "too much") }
                sum = result
                try await emit(AddUp.Sum(sum: sum))
            }
            return AddUp.Sum(sum: sum)
        }
    }
}

@Suite("Methods of the control protocol") struct ControlRegistryTests {
    private actor Events {
        var list: [String] = []
        func add(_ text: String) { list.append(text) }
    }

    /// The answer to a line, as JSON, with the events before it.
    private func answer(_ line: String) async throws -> (events: [String], answer: String) {
        let bytes = Array(line.utf8)
        let events = Events()
        let answer = try await ControlRegistry([Adder()]).answer(
            JSON.decode(ControlRequestHeader.self, from: bytes), in: bytes
        ) { await events.add(JSON.text($0)) }
        return (await events.list, JSON.text(answer))
    }

    @Test func aMethodIsFoundByItsNameAndSendsEventsAheadOfItsAnswer() async throws {
        let reply = try await answer(
            #"{"v":1,"id":1,"method":"test.add","params":{"numbers":[1,2]}}"#)
        #expect(reply.events == [#"{"sum":1}"#, #"{"sum":3}"#])
        #expect(reply.answer == #"{"sum":3}"#)
    }

    @Test func whatAMethodThrowsReachesTheClientAsItIs() async {
        await #expect(throws: CommandError(.refused, "too much")) {
            try await answer(
                #"{"v":1,"id":1,"method":"test.add","params":{"numbers":[1],"start":\#(Int.max)}}"#)
        }
    }

    @Test(
        "requests that fit no method are refused as usage errors",
        arguments: [
            #"{"v":1,"id":1,"method":"shutdown"}"#, #"{"v":1,"id":1,"method":"test.add"}"#,
            #"{"v":1,"id":1,"method":"test.add","params":[]}"#,
            #"{"v":1,"id":1,"method":"test.add","params":{"numbers":7}}"#,
            #"{"v":1,"id":1,"method":"test.add","params":{"numbers":[1e99]}}"#,
        ])
    func misfits(line: String) async {
        await #expect {
            try await answer(line)
        } throws: {
            ($0 as? CommandError)?.status == .usage
        }
    }

    @Test func anUnknownMethodIsAnsweredWithTheKnownOnes() async {
        await #expect {
            try await answer(#"{"v":1,"id":1,"method":"x"}"#)
        } throws: {
            ($0 as? CommandError)?.hint?.contains("test.add") == true
        }
    }
}
