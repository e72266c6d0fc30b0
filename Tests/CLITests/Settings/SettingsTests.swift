import Logging
import PeerKit
import Testing

@testable import psic_node

@Suite("Settings") struct SettingsTests {
    private func sources(
        _ environment: [String: String] = [:], file: String = ""
    ) throws -> SettingSources {
        SettingSources(
            environment: environment, file: try TOMLDocument(file), path: "/home/config.toml")
    }

    @Test func aFlagBeatsTheEnvironmentWhichBeatsTheFileWhichBeatsTheDefault() throws {
        let key = SettingKeys.lanPort
        let file = "lan-port = 3"
        let environment = ["PSIC_LAN_PORT": "2"]
        #expect(try sources(environment, file: file).value(of: key, flag: 1) == 1)
        #expect(try sources(environment, file: file).value(of: key) == 2)
        #expect(try sources(file: file).value(of: key) == 3)
        #expect(try sources().value(of: key) == nil)
    }

    @Test func anEmptyVariableIsNotSet() throws {
        #expect(
            try sources(["PSIC_NETWORK": ""], file: "network = \"n\"").value(
                of: SettingKeys.network)
                == "n")
    }

    @Test func aVariableOfAnotherTypeIsAConfigurationError() throws {
        let sources = try sources(["PSIC_LAN_PORT": "many"])
        #expect {
            try sources.value(of: SettingKeys.lanPort)
        } throws: {
            let error = $0 as? CommandError
            return error?.status == .configuration
                && error?.message.contains("PSIC_LAN_PORT") == true
        }
        // What does not count is not looked at.
        #expect(try sources.value(of: SettingKeys.lanPort, flag: 5) == 5)
    }

    @Test func aFileValueOfAnotherTypeNamesFileAndLine() throws {
        let sources = try sources(file: "\nlan-port = \"x\"")
        #expect {
            try sources.value(of: SettingKeys.lanPort)
        } throws: {
            ($0 as? CommandError)?.message.contains("/home/config.toml: line 2") == true
        }
    }

    @Test func anUnknownKeyIsRefusedWithItsLine() throws {
        let sources = try sources(file: "network = \"x\"\nlan_port = 1")
        #expect {
            try sources.requireKnownKeys()
        } throws: {
            let error = $0 as? CommandError
            return error?.status == .configuration && error?.message.contains("line 2") == true
                && error?.hint?.contains("lan-port") == true
        }
        #expect(throws: Never.self) { try self.sources(file: "lan = true").requireKnownKeys() }
    }

    @Test func theInstanceShiftsTheDefaultPorts() throws {
        let plain = try NodeSettings(
            flags: try .parse([]), sources: sources(), instance: 0, home: "/h")
        #expect(plain.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/4901"])
        #expect(plain.lanPort == 4902)
        #expect(plain.isLANEnabled)
        let shifted = try NodeSettings(
            flags: try .parse([]), sources: sources(), instance: 2, home: "/h")
        #expect(shifted.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/4921"])
        #expect(shifted.lanPort == 4922)
        let explicit = try NodeSettings(
            flags: try .parse(["--lan-port", "5000"]), sources: sources(), instance: 2, home: "/h")
        #expect(explicit.lanPort == 5000)
    }

    @Test func theDHTIsTheNetworksOwnUnlessAPrefixIsGiven() throws {
        func prefix(_ arguments: [String]) throws -> String {
            try NodeSettings(
                flags: try .parse(arguments), sources: sources(), instance: 0, home: "/h"
            ).dhtPrefix
        }
        #expect(try prefix([]) == "/psic/psic")
        #expect(try prefix(["--network", "my lan/2"]) == "/psic/my-lan-2")
        #expect(try prefix(["--dht-prefix", "/ipfs"]) == "/ipfs")
    }

    @Test func halfTheCoresCarryConnectionsUnlessSaidOtherwise() throws {
        func loops(_ arguments: [String]) throws -> Int {
            try NodeSettings(
                flags: try .parse(arguments), sources: sources(), instance: 0, home: "/h"
            ).loops
        }
        #expect(try loops([]) == Runtime.suitableLoopCount)
        #expect(Runtime.suitableLoopCount >= 1)
        #expect(try loops(["--loops", "7"]) == 7)
    }

    @Test func lowWaterFollowsAHighWaterBelowItsDefault() throws {
        let settings = try NodeSettings(
            flags: try .parse(["--high-water", "8"]), sources: sources(), instance: 0, home: "/h")
        #expect(settings.lowWater == 8)
        #expect(settings.highWater == 8)
    }

    @Test func httpIsOnLoopbackUnlessSomethingElseIsAskedFor() throws {
        func http(_ arguments: [String]) throws -> NodeSettings.HTTPEndpoint? {
            try NodeSettings(
                flags: try .parse(arguments), sources: sources(), instance: 3, home: "/h"
            ).http
        }
        #expect(try http([])?.address.isLoopback == true)
        #expect(try http([])?.port == 9520)
        #expect(try http(["--http-address", "::", "--http-port", "0"])?.port == 0)
        #expect(try http(["--no-http"]) == nil)
    }

    @Test func theTableOfSettingsIsWhole() throws {
        #expect(SettingKeys.names.count == SettingKeys.all.count)
        // Every flag of `run` that can be a setting is one, and the other way round.
        let flags = Set(
            RunCommand.helpMessage(columns: 200).split(separator: "\n").compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("--") }.map {
                    String($0.dropFirst(2).prefix { $0 != "/" && $0 != "," })
                }
            })
        #expect(
            flags.subtracting(["home", "version", "help"]).subtracting(DevOptions.names)
                == SettingKeys.names)
    }

    @Test func aRelativeTaskInTheFileIsRelativeToTheHome() throws {
        let file = "task = \"../task.json\""
        func task(
            _ flags: [String], _ environment: [String: String] = [:]
        ) throws -> String? {
            try NodeSettings(
                flags: try .parse(flags), sources: sources(environment, file: file), instance: 0,
                home: "/h"
            ).task
        }
        #expect(try task([]) == "/h/../task.json")
        #expect(try task(["--task", "mine.json"]) == "mine.json")
        #expect(try task([], ["PSIC_TASK": "env.json"]) == "env.json")
    }

    @Test(
        "values out of range are refused",
        arguments: [
            "lan-port = 0", "lan-port = 65536", "loops = 0", "loops = 1025", "network = \"\"",
            "http-port = 65536",
            "http-port = -1", "http-address = \"localhost\"", "ready-peers = -1",
            "low-water = 10\nhigh-water = 9", "dht-prefix = \"ipfs\"", "dht-prefix = \"/\"",
            "dht-mode = \"both\"", "peer = [\"12D3\"]", "peer = [\"/ip4/1.2.3.4\"]",
            "listen = [\"/ip4/1.2.3\"]",
        ])
    func ranges(file: String) throws {
        let sources = try sources(file: file)
        #expect(throws: CommandError.self) {
            _ = try NodeSettings(
                flags: try .parse([]), sources: sources, instance: 0, home: "/h")
        }
    }

    @Test func listsInTheEnvironmentAreSeparatedByCommas() throws {
        let sources = try sources(["PSIC_LISTEN": "/ip4/127.0.0.1/tcp/1, /ip6/::1/tcp/2"])
        #expect(
            try sources.value(of: SettingKeys.listen)
                == ["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/2"])
    }

    @Test func coloursNeedATerminalThatNobodyObjectsTo() throws {
        func isColored(
            _ arguments: [String] = [], _ environment: [String: String] = [:], terminal: Bool = true
        ) throws -> Bool {
            try CommonSettings(
                flags: try GlobalOptions.parse(arguments), sources: sources(environment),
                isTerminal: terminal
            ).isColored
        }
        #expect(try isColored())
        #expect(try !isColored(["--no-color"]))
        #expect(try !isColored([], ["NO_COLOR": "1"]))
        #expect(try isColored([], ["NO_COLOR": ""]))
        #expect(try !isColored([], ["TERM": "dumb"]))
        #expect(try !isColored(terminal: false))
    }

    @Test func logLevelsComeFromEveryPlace() throws {
        func level(_ arguments: [String], _ variable: String, _ file: String) throws -> Logger.Level
        {
            try CommonSettings(
                flags: try GlobalOptions.parse(arguments),
                sources: sources(["PSIC_LOG_LEVEL": variable], file: file), isTerminal: false
            ).logLevel
        }
        let file = "log-level = \"error\""
        #expect(try level(["--log-level", "trace"], "debug", file) == .trace)
        #expect(try level([], "debug", file) == .debug)
        #expect(try level([], "", file) == .error)
        #expect(try level([], "", "") == .notice)
    }
}
