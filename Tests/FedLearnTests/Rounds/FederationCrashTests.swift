import PeerKit
import Testing

@testable import FedLearn

/// Agreement and progress, whatever crashes when.
@Suite("Federation under crashes") struct FederationCrashTests {
    /// Runs a plan and checks what must hold in every run; a failure names the plan.
    @discardableResult
    private func check(
        _ plan: FederationNetwork.Plan, location: SourceLocation = #_sourceLocation
    ) -> FederationNetwork {
        var network = FederationNetwork(plan)
        network.run()
        let label: Comment =
            "seed \(plan.seed), crash at \(plan.crashAtAction ?? -1), \(plan.memberCount) members"
        #expect(network.violations == [], label, sourceLocation: location)
        for (round, records) in network.records {
            #expect(records.count == 1, "round \(round), \(label)", sourceLocation: location)
        }
        #expect(network.isOver, label, sourceLocation: location)
        let models = Set(
            network.expected.map {
                ModelParameters.hash(of: network.members[$0].disk.model.parameters)
            })
        #expect(models.count == 1, label, sourceLocation: location)
        return network
    }

    @Test("without faults everybody's update counts in every round", arguments: 1...20)
    func quietRun(seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.seed = UInt64(seed)
        plan.rounds = 6
        let network = check(plan)
        #expect(network.records.count == 6)
        for records in network.records.values {
            #expect(records.allSatisfy { $0.counted == [0, 1, 2, 3, 4] })
        }
        // Nothing waits for a timeout: six rounds of at most 200 ms training and a few messages.
        #expect(network.now < Instant.zero.advanced(by: .seconds(6)))
    }

    @Test("one to three members, too", arguments: [1, 2, 3], 1...5)
    func fewMembers(memberCount: Int, seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.memberCount = memberCount
        plan.seed = UInt64(seed)
        check(plan)
    }

    @Test(
        "a crash before any single action and a restart", arguments: [3, 5], [Int64(10), 700, 5000])
    func crashAndRestart(memberCount: Int, milliseconds: Int64) {
        var plan = FederationNetwork.Plan()
        plan.memberCount = memberCount
        plan.seed = UInt64(milliseconds)
        plan.restartAfter = .milliseconds(milliseconds)
        let total = check(plan).actionCount
        for action in 0..<total {
            plan.crashAtAction = action
            #expect(check(plan).crashes == 1)
        }
    }

    @Test("a crash before any single action, for ever", arguments: [3, 5], 1...3)
    func crashForEver(memberCount: Int, seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.memberCount = memberCount
        plan.seed = UInt64(seed)
        plan.restartAfter = nil
        let total = check(plan).actionCount
        for action in 0..<total {
            plan.crashAtAction = action
            let network = check(plan)
            // One loss costs a grace period or two, not a stall in every round.
            #expect(network.now < Instant.zero.advanced(by: .seconds(12)), "action \(action)")
        }
    }

    @Test("crashes and restarts all the time", arguments: 1...150)
    func manyCrashes(seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.seed = UInt64(seed)
        plan.memberCount = 3 + seed % 4
        plan.crashInterval = 60
        plan.restartAfter = .milliseconds(50 + Int64(seed) * 37 % 3000)
        plan.deadline = .seconds(3600)
        check(plan)
    }

    @Test("links that break and heal all the time", arguments: 1...150)
    func brokenLinks(seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.seed = UInt64(seed)
        plan.memberCount = 3 + seed % 4
        plan.linkBreakInterval = 12
        plan.deadline = .seconds(3600)
        check(plan)
    }

    @Test("crashes, broken links and slow training together", arguments: 1...150)
    func everything(seed: Int) {
        var plan = FederationNetwork.Plan()
        plan.seed = UInt64(seed)
        plan.memberCount = 3 + seed % 5
        plan.rounds = 5
        plan.crashInterval = 80
        plan.linkBreakInterval = 30
        plan.slowestTraining = .seconds(6)
        plan.deadline = .seconds(7200)
        check(plan)
    }

    @Test(
        "a minority that never starts is done without",
        arguments: [[0], [1], [4], [0, 1], [2, 4]])
    func absentMinority(absent: [Int]) {
        var plan = FederationNetwork.Plan()
        plan.absent = Set(absent)
        plan.rounds = 6
        let network = check(plan)
        let present = (0..<5).filter { !absent.contains($0) }
        for records in network.records.values {
            #expect(records.allSatisfy { $0.counted == present })
        }
        #expect(network.now < Instant.zero.advanced(by: .seconds(8)))
    }

    @Test("without a majority nothing is decided and ballots do not run away")
    func noMajority() {
        var plan = FederationNetwork.Plan()
        plan.absent = [0, 1, 2]
        plan.deadline = .seconds(3600)
        var network = FederationNetwork(plan)
        network.run()
        #expect(network.records.isEmpty)
        #expect(!network.isOver)
        #expect(network.members[3].disk.state == nil && network.members[4].disk.state == nil)
        #expect(network.actionCount < 50)
    }

    @Test("equal seeds give equal runs, other seeds others")
    func isDeterministic() {
        var plan = FederationNetwork.Plan()
        plan.crashInterval = 60
        let first = check(plan)
        let second = check(plan)
        plan.seed = 2
        let other = check(plan)
        #expect(first.messageCount == second.messageCount && first.now == second.now)
        #expect(first.now != other.now)
    }

    @Test(
        "rules and steps that remember, and compression, stay alike over crashes and lost links",
        arguments: ["anchoredMean", "centeredClipping", "nnm+median"], 1...12)
    func memories(rule: String, seed: Int) throws {
        var plan = FederationNetwork.Plan()
        plan.memberCount = 5
        plan.rounds = 6
        plan.seed = UInt64(seed)
        plan.rule = try RuleChoice(rule, maximumFaults: 1)
        plan.server = seed % 2 == 0 ? .fedAvgM : .fedYogi
        plan.compression = try UpdateCompression(
            parsing: ["none", "mask:67+bytes", "all+steps:7"][seed % 3])
        plan.crashInterval = 90
        plan.linkBreakInterval = 60
        let network = check(plan)
        let memories = Set(network.expected.map { network.members[$0].disk.model.shared.memory })
        #expect(memories.count == 1)
        #expect(memories.first?.isEmpty == false)
    }
}
