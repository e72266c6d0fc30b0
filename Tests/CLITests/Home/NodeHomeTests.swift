import Testing

@testable import psic_node

@Suite("Homes") struct NodeHomeTests {
    @Test func theFlagBeatsTheVariableWhichBeatsTheDefault() throws {
        let environment = ["PSIC_HOME": "/variable", "HOME": "/user"]
        #expect(try NodeHome(flag: "/flag", environment: environment).path == "/flag")
        #expect(try NodeHome(flag: nil, environment: environment).path == "/variable")
        #expect(
            try NodeHome(flag: nil, environment: ["HOME": "/user"]).path
                == "/user/.local/share/psic")
    }

    @Test func instancesHaveDefaultHomesOfTheirOwn() throws {
        let environment = ["HOME": "/user"]
        #expect(
            try NodeHome(flag: nil, environment: environment, instance: 2).path
                == "/user/.local/share/psic-2")
        #expect(try NodeHome(flag: "/x", environment: environment, instance: 2).path == "/x")
    }

    @Test func withoutAnyDirectoryItIsAConfigurationError() {
        #expect {
            try NodeHome(flag: nil, environment: [:])
        } throws: {
            ($0 as? CommandError)?.status == .configuration
        }
    }

    @Test(
        "paths are made absolute",
        arguments: [
            ("a/b", "/w/a/b"), ("./a/../b", "/w/b"), ("/x//y/", "/x/y"), ("~/n", "/u/n"),
            ("~", "/u"), ("../../..", "/"), ("~x", "/w/~x"),
        ])
    func paths(given: String, expected: String) {
        #expect(
            FileSystem.absolute(given, workingDirectory: "/w", userHome: "/u") == expected)
    }

    @Test func aSocketLiesInItsHomeAsLongAsItsPathFits() {
        let home = "/" + String(repeating: "h", count: ControlSocketPath.maximumBytes - 11)
        let path = ControlSocketPath(home: home)
        #expect(path.path == home + "/node.sock")
        #expect(path.path.utf8.count == ControlSocketPath.maximumBytes)
        #expect(path.privateDirectory == nil)
    }

    @Test func aSocketOfADeepHomeHasAShortNameOfItsOwn() {
        let home = "/" + String(repeating: "h", count: ControlSocketPath.maximumBytes - 10)
        let path = ControlSocketPath(home: home, userID: 1000)
        #expect(path.privateDirectory == "/tmp/psic-1000")
        #expect(path.path.utf8.count <= ControlSocketPath.maximumBytes)
        #expect(path == ControlSocketPath(home: home, userID: 1000))
        #expect(path != ControlSocketPath(home: home + "i", userID: 1000))
    }
}
