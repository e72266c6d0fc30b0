import Testing

@testable import psic_node

@Suite("Plan of a testnet") struct TestnetPlanTests {
    private func plan(_ arguments: [String] = [], seed: UInt64 = 1) throws -> TestnetPlan {
        var generator = SplitMix(state: seed)
        return TestnetPlan(
            peers: 3, options: try TaskOptions.parse(arguments), using: &generator,
            isFree: { _ in true })
    }

    @Test func everyTestnetHasANetworkOfItsOwn() throws {
        let plans = try (0..<50).map { try plan(seed: $0) }
        #expect(Set(plans.map(\.network)).count == 50)
        for plan in plans {
            #expect(TestnetPlan.ports.contains(plan.lanPort))
            #expect(plan.id.count == 8)
        }
    }

    @Test func aPortThatSomebodyHasIsPassedOver() throws {
        let taken = try plan().lanPort
        var generator = SplitMix(state: 1)
        let other = TestnetPlan(
            peers: 3, options: try TaskOptions.parse([]), using: &generator,
            isFree: { $0 != taken })
        #expect(other.lanPort != taken)
        #expect(TestnetPlan.ports.contains(other.lanPort))
    }

    @Test func itSurvivesItsFile() throws {
        let plan = try plan(["--partition", "dirichlet:0.5"])
        #expect(try JSON.decode(TestnetPlan.self, from: JSON.bytes(plan)) == plan)
    }

    @Test func anotherTestnetIsToldApart() throws {
        let plan = try plan()
        #expect(plan.difference(from: try TaskOptions.parse([]), peers: 3) == nil)
        #expect(
            plan.difference(from: try TaskOptions.parse([]), peers: 4)
                == "--peers is 3 there, not 4")
        #expect(
            plan.difference(from: try TaskOptions.parse(["--rounds", "9"]), peers: 3)
                == "--rounds is 20 there, not 9")
        let robust = ["--rule", "anchoredMean", "--byzantine", "1"]
        #expect(
            plan.difference(from: try TaskOptions.parse(robust), peers: 3)
                == "--rule is weightedMean there, not anchoredMean")
        let other = try self.plan(robust + ["--compression", "mask:48+bytes"])
        #expect(try JSON.decode(TestnetPlan.self, from: JSON.bytes(other)) == other)
        // A plan from before there was a choice is one of the plain ones.
        var old = plan
        (old.rule, old.byzantine, old.compression, old.server) = (nil, nil, nil, nil)
        #expect(old.difference(from: try TaskOptions.parse([]), peers: 3) == nil)
    }

    @Test(arguments: [
        ["--rule", "best"], ["--byzantine", "-1"], ["--compression", "zip"],
        ["--server", "fast"], ["--model", "custom"],
    ])
    func whatCannotBeIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try TaskOptions.parse(arguments) }
    }

    @Test func theHomesNeedNoFlags() throws {
        let plan = try plan()
        let sources = SettingSources(
            environment: [:], file: try TOMLDocument(plan.configuration), path: "c")
        try sources.requireKnownKeys()
        let settings = try NodeSettings(
            flags: try .parse([]), sources: sources, instance: 0, home: "/t/peer-0")
        #expect(settings.listen.map(\.description) == ["/ip4/127.0.0.1/tcp/0"])
        #expect(settings.network == plan.network)
        #expect(settings.http == nil)
        #expect(Int(settings.lanPort) == plan.lanPort)
        #expect(settings.task == "/t/peer-0/../task.json")
    }
}
