import ArgumentParser
import Testing

@testable import psic_node

@Suite("Arguments") struct ArgumentTests {
    private func failure(_ arguments: [String]) -> CommandError? {
        do {
            _ = try PsicNode.parseAsRoot(arguments)
            return nil
        } catch {
            return Arguments.failure(for: error, arguments: arguments)
        }
    }

    @Test(
        "what cannot be parsed is a usage error",
        arguments: [
            ["--nonsense"], ["run", "--nonsense"], ["dance"], ["ping"], ["ping", "x", "y"],
            ["ping", "x", "--count", "0"], ["ping", "x", "--count", "many"],
            ["ping", "x", "--interval", "61"], ["id", "--timeout", "0"],
            ["id", "--timeout", "nan"],
            ["id", "--instance", "-1"], ["run", "--lan-port", "70000"], ["run", "--lan-port", "0"],
            ["run", "--listen", "nonsense"],
            ["run", "--lan-port"], ["run", "--format", "xml"],
            ["run", "--log-level", "loud"], ["testnet", "up", "--peers", "1"],
            ["testnet", "up", "--peers", "65"], ["testnet", "up", "--rounds", "0"],
            ["testnet", "up", "--partition", "dirichlet:0"],
            ["testnet", "up", "--partition", "dirichlet:nan"],
            ["testnet", "up", "--partition", "random"], ["testnet", "up", "--model", "cnn"],
            ["testnet", "up", "--grace", "-1"], ["completions", "tcsh"], ["fl", "create"],
        ])
    func usage(arguments: [String]) {
        #expect(failure(arguments)?.status == .usage)
        #expect(failure(arguments)?.hint?.contains("--help") == true)
    }

    @Test(
        "what can be parsed is",
        arguments: [
            ["run"], ["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--no-lan", "--task", "f"],
            ["testnet", "up", "--peers", "5", "--rounds", "20", "--format", "json"],
            ["testnet", "up", "--partition", "dirichlet:0.3", "--model", "softmax", "--seed", "9"],
            ["id", "--home", "/x", "--instance", "2", "--timeout", "1.5", "--no-color"],
            ["fl", "create", "--peers", "a,b", "c", "--output", "f"],
        ])
    func valid(arguments: [String]) {
        #expect(failure(arguments) == nil)
    }

    @Test func theFormatIsFoundEvenAmongWrongArguments() {
        #expect(
            Arguments.format(in: ["x", "--format", "json", "--bad"], environment: [:]) == .json)
        #expect(Arguments.format(in: ["--format=json"], environment: [:]) == .json)
        #expect(Arguments.format(in: [], environment: ["PSIC_FORMAT": "json"]) == .json)
        #expect(
            Arguments.format(in: ["--format", "text"], environment: ["PSIC_FORMAT": "json"])
                == .text)
        #expect(Arguments.format(in: ["--format"], environment: [:]) == .text)
    }

    @Test func globalFlagsMayComeBeforeTheCommand() {
        #expect(
            Arguments.globalsLast(["--home", "/h", "--format=json", "--no-color", "peer", "list"])
                == ["peer", "list", "--home", "/h", "--format=json", "--no-color"])
        #expect(Arguments.globalsLast(["id", "--home", "/h"]) == ["id", "--home", "/h"])
        #expect(Arguments.globalsLast(["--help"]) == ["--help"])
        #expect(Arguments.globalsLast(["--home", "/h"]) == ["--home", "/h"])
        #expect(Arguments.globalsLast(["--home"]) == ["--home"])
    }

    @Test(
        "whom a command is about is checked before anything is done",
        arguments: [
            "", "x", "/", "/ip4", "/ip4/1.2.3/tcp/1", "/ip4/1.2.3.4/tcp/70000", "/nonsense/1",
            "12D3Koo", "QmZ", "1", "bafz", "\u{0}", "/ip4/127.0.0.1/tcp/1/p2p/x",
        ])
    func targets(text: String) {
        #expect {
            try Target(text)
        } throws: {
            ($0 as? CommandError)?.status == .usage
        }
    }
}
