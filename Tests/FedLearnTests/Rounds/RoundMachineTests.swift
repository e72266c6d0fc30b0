import PeerKit
import Testing

@testable import FedLearn

@Suite("Round machine") struct RoundMachineTests {
    private let timeouts = RoundTimeouts(
        collect: .seconds(10), grace: .seconds(1), formation: .seconds(5), suspicion: .seconds(20))
    private let start = Instant.zero.advanced(by: .seconds(1000))
    private func after(_ seconds: Double) -> Instant {
        start.advanced(by: .milliseconds(Int64(seconds * 1000)))
    }

    /// Round 0 of five members: ballot b belongs to member b mod 5.
    private func machine(
        me: Int, restored: RoundState? = nil, lost: [Int: Instant] = [:]
    ) -> RoundMachine {
        RoundMachine(
            round: 0, memberCount: 5, me: me, timeouts: timeouts, restored: restored, lost: lost,
            at: start)
    }

    private func update(_ member: Int) -> RoundUpdate {
        FederationNetwork.update(of: member, in: 0, from: [0, 0, 0])
    }

    private func selection(_ members: [Int]) throws -> Selection {
        try #require(Selection(members.map { .init(member: $0, digest: update($0).digest) }))
    }

    private func feed(
        _ machine: inout RoundMachine, updatesOf members: [Int], at now: Instant
    ) -> [RoundMachine.Action] {
        members.flatMap { machine.receive(.update(update($0)), from: $0, at: now) }
    }

    private func proposals(_ actions: [RoundMachine.Action]) -> [Selection] {
        actions.compactMap {
            if case .send(.propose(_, _, let selection), 4) = $0 { selection } else { nil }
        }
    }

    @Test("the first coordinator proposes as soon as every update is there, persisted first")
    func proposesWhenComplete() throws {
        var machine = machine(me: 0)
        _ = machine.trained(update(0), at: start)
        #expect(proposals(feed(&machine, updatesOf: [1, 2, 3], at: start)).isEmpty)
        let actions = feed(&machine, updatesOf: [4], at: after(1))
        #expect(proposals(actions) == [try selection([0, 1, 2, 3, 4])])
        let persisted = try #require(
            actions.firstIndex { if case .persist = $0 { true } else { false } })
        let sent = try #require(actions.firstIndex { if case .send = $0 { true } else { false } })
        #expect(persisted < sent)
    }

    @Test("slow but reachable members are waited for from the moment a majority is in")
    func waitsForStragglersFromMajority() throws {
        var machine = machine(me: 0)
        // Training takes longer than the whole collecting time.
        _ = machine.trained(update(0), at: after(15))
        #expect(proposals(feed(&machine, updatesOf: [1, 2], at: after(16))).isEmpty)
        #expect(proposals(machine.tick(at: after(25.9))).isEmpty)
        #expect(proposals(machine.tick(at: after(26))) == [try selection([0, 1, 2])])
    }

    @Test("a member lost long ago costs no time, one lost just now a grace period")
    func waitsForTheLostOnlyOnce() throws {
        var old = machine(me: 0, lost: [3: after(-60), 4: after(-60)])
        _ = old.trained(update(0), at: start)
        let actions = feed(&old, updatesOf: [1, 2], at: after(0.1))
        #expect(proposals(actions) == [try selection([0, 1, 2])])

        var fresh = machine(me: 0)
        _ = fresh.trained(update(0), at: start)
        _ = feed(&fresh, updatesOf: [1, 2, 3], at: start)
        #expect(proposals(fresh.lost(4, at: after(2))).isEmpty)
        #expect(fresh.nextDeadline == after(3))
        #expect(proposals(fresh.tick(at: after(3))) == [try selection([0, 1, 2, 3])])
    }

    @Test("nothing is proposed with less than a majority of updates, however late")
    func needsMajorityOfUpdates() {
        var machine = machine(me: 0, lost: [3: after(-60), 4: after(-60)])
        _ = machine.trained(update(0), at: start)
        _ = feed(&machine, updatesOf: [1], at: start)
        #expect(proposals(machine.tick(at: after(500))).isEmpty)
    }

    @Test("a proposal is accepted only with all its updates, which are asked for")
    func acceptsOnlyWhatItHolds() throws {
        var machine = machine(me: 1)
        _ = machine.trained(update(1), at: start)
        let list = try selection([0, 1, 2])
        let asked = machine.receive(
            .propose(round: 0, ballot: 0, list), from: 0, at: start)
        #expect(
            asked == [.send(.need(round: 0, [update(0).digest, update(2).digest]), to: 0)])
        #expect(machine.receive(.update(update(2)), from: 0, at: start) == [])
        let actions = machine.receive(.update(update(0)), from: 0, at: start)
        guard case .persist(let state) = actions.first else {
            Issue.record("nothing persisted: \(actions)")
            return
        }
        #expect(state.accepted == AcceptedSelection(ballot: 0, selection: list))
        #expect(state.updates.map(\.member) == [0, 1, 2])
        #expect(actions.last == .send(.accepted(round: 0, ballot: 0), to: 0))
    }

    @Test("a promise binds: earlier ballots are refused, before and after a restart")
    func promiseBinds() throws {
        var machine = machine(me: 4)
        let promise = machine.receive(.prepare(round: 0, ballot: 2), from: 2, at: start)
        #expect(
            promise == [
                .persist(RoundState(round: 0, promised: 2)),
                .send(.promise(round: 0, ballot: 2, accepted: nil), to: 2),
            ])
        let list = try selection([0, 1, 2])
        let refusal = [RoundMachine.Action.send(.refused(round: 0, ballot: 1, promised: 2), to: 1)]
        #expect(machine.receive(.propose(round: 0, ballot: 1, list), from: 1, at: start) == refusal)
        #expect(machine.receive(.prepare(round: 0, ballot: 1), from: 1, at: start) == refusal)

        var restarted = self.machine(me: 4, restored: RoundState(round: 0, promised: 2))
        #expect(
            restarted.receive(.propose(round: 0, ballot: 1, list), from: 1, at: start) == refusal)
    }

    @Test("only a ballot's own coordinator is heard")
    func ignoresForeignBallots() throws {
        var machine = machine(me: 4)
        let list = try selection([0, 1, 2])
        #expect(machine.receive(.prepare(round: 0, ballot: 2), from: 3, at: start) == [])
        #expect(machine.receive(.propose(round: 0, ballot: 0, list), from: 3, at: start) == [])
    }

    @Test("a later coordinator must propose the latest that may have been decided")
    func reproposesWhatWasAccepted() throws {
        var machine = machine(me: 2, lost: [0: after(-60), 1: after(-60)])
        // Both coordinators before it are long gone, so it begins its ballot at once.
        let prepared = machine.trained(update(2), at: start)
        #expect(prepared.contains(.send(.prepare(round: 0, ballot: 2), to: 3)))
        _ = feed(&machine, updatesOf: [3, 4], at: start)
        let older = AcceptedSelection(ballot: 0, selection: try selection([2, 3, 4]))
        let newer = AcceptedSelection(ballot: 1, selection: try selection([0, 1, 2]))
        let early = machine.receive(
            .promise(round: 0, ballot: 2, accepted: older), from: 3, at: start)
        #expect(early == [], "two promises of five are no majority")
        let asked = machine.receive(
            .promise(round: 0, ballot: 2, accepted: newer), from: 4, at: start)
        #expect(asked == [.send(.need(round: 0, [update(0).digest, update(1).digest]), to: 4)])
        #expect(machine.receive(.update(update(0)), from: 4, at: start) == [])
        let actions = machine.receive(.update(update(1)), from: 4, at: start)
        #expect(proposals(actions) == [newer.selection])
    }

    @Test("a restarted coordinator goes on with what it had proposed, in the same ballot")
    func resumesProposal() throws {
        let list = try selection([0, 1, 2])
        let state = RoundState(
            round: 0, promised: 0, accepted: AcceptedSelection(ballot: 0, selection: list),
            updates: [update(0), update(1), update(2)])
        var machine = machine(
            me: 0, restored: state, lost: [1: start, 2: start, 3: start, 4: start])
        let actions = machine.restored(3, at: after(0.1))
        #expect(actions.contains(.send(.propose(round: 0, ballot: 0, list), to: 3)))
        _ = machine.receive(.accepted(round: 0, ballot: 0), from: 3, at: after(0.2))
        let decided = machine.receive(.accepted(round: 0, ballot: 0), from: 4, at: after(0.2))
        #expect(decided.contains(.send(.decided(round: 0, list), to: 1)))
    }

    @Test("a suspected coordinator gets more time in each turn")
    func patienceGrows() throws {
        func takeover(restoredBallot: Int) throws -> Duration {
            // Member 1 waits for the coordinator of this ballot, which is member 0.
            let machine = machine(me: 1, restored: RoundState(round: 0, promised: restoredBallot))
            return start.duration(to: try #require(machine.nextDeadline))
        }
        let first = try takeover(restoredBallot: 0)
        #expect(first == .seconds(20))
        #expect(try takeover(restoredBallot: 5) > first)
        #expect(try takeover(restoredBallot: 5_000_000) <= .seconds(20 * 8))
    }

    @Test("without a majority in reach no ballot is begun")
    func doesNotLeadAlone() {
        var machine = machine(me: 1, lost: [0: after(-60), 2: after(-60), 3: after(-60)])
        #expect(machine.tick(at: after(1000)) == [])
        let actions = machine.restored(3, at: after(1001))
        #expect(actions.contains(.send(.prepare(round: 0, ballot: 1), to: 3)))
    }

    @Test("an old proposal does not displace a later one that waits for updates")
    func keepsTheLaterProposal() throws {
        var machine = machine(me: 4)
        _ = machine.trained(update(4), at: start)
        let later = try selection([2, 3, 4])
        let earlier = try selection([0, 1, 4])
        _ = machine.receive(.propose(round: 0, ballot: 3, later), from: 3, at: start)
        _ = machine.receive(.propose(round: 0, ballot: 1, earlier), from: 1, at: start)
        _ = machine.receive(.update(update(2)), from: 3, at: start)
        let actions = machine.receive(.update(update(3)), from: 3, at: start)
        #expect(actions.last == .send(.accepted(round: 0, ballot: 3), to: 3))
    }

    @Test("lost replies are repeated when the link is restored")
    func repeatsReplies() throws {
        var promised = machine(me: 4)
        _ = promised.receive(.prepare(round: 0, ballot: 2), from: 2, at: start)
        #expect(
            promised.restored(2, at: start)
                .contains(.send(.promise(round: 0, ballot: 2, accepted: nil), to: 2)))

        var decided = machine(me: 4)
        _ = decided.trained(update(4), at: start)
        _ = feed(&decided, updatesOf: [2, 3], at: start)
        let list = try selection([2, 3, 4])
        _ = decided.receive(.decided(round: 0, list), from: 2, at: start)
        #expect(
            decided.restored(1, at: start).contains(.send(.decided(round: 0, list), to: 1)))
    }
}
