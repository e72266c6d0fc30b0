import PeerKit
import Testing

@testable import FedLearn

@Suite("Federation machine") struct FederationMachineTests {
    private let start = Instant.zero
    private func after(_ milliseconds: Int64) -> Instant {
        Instant.zero.advanced(by: .milliseconds(milliseconds))
    }

    private func machine(me: Int = 1, members: Int = 3, rounds: Int = 3) -> FederationMachine {
        FederationMachine(
            memberCount: members, me: me, rounds: rounds, timeouts: RoundTimeouts(),
            model: ModelState(completed: 0, parameters: [0, 0, 0], history: []))
    }

    private func update(_ member: Int, round: Int = 0) -> RoundUpdate {
        FederationNetwork.update(of: member, in: round, from: [0, 0, 0])
    }

    private func selection(_ updates: [RoundUpdate]) throws -> Selection {
        try #require(
            Selection(updates.map { .init(member: $0.member, digest: $0.digest) }))
    }

    private func state(completed: Int, value: Float = 1) -> ModelState {
        let parameters: [Float] = [value, 0, 0]
        return ModelState(
            completed: completed, parameters: parameters,
            history: (0..<completed).map {
                RoundRecord(
                    round: $0, counted: [0, 1, 2], modelHash: ModelParameters.hash(of: parameters))
            })
    }

    @Test("updates that someone still needs are given while the sum is computed")
    func givesUpdatesWhileAggregating() throws {
        var machine = machine()
        _ = machine.start(at: start)
        for member in [0, 2] { _ = machine.reached(member, at: start) }
        _ = machine.trained(update(1), at: start)
        _ = machine.receive(.update(update(0)), from: 0, at: start)
        let list = try selection([update(0), update(1)])
        let actions = machine.receive(.decided(round: 0, list), from: 0, at: start)
        #expect(actions.contains(.aggregate(round: 0, [update(0), update(1)])))
        let digest = update(0).digest
        #expect(
            machine.receive(.need(round: 0, [digest]), from: 2, at: start)
                == [.send(.update(update(0)), to: 2)])
    }

    @Test("whoever finishes says so, or the last decision could be missed for ever")
    func announcesTheEnd() {
        var machine = machine(rounds: 2)
        _ = machine.start(at: start)
        for member in [0, 2] { _ = machine.reached(member, at: start) }
        let actions = machine.receive(.catchUp(state(completed: 2)), from: 0, at: start)
        #expect(actions.contains(.finished))
        for member in [0, 2] {
            #expect(actions.contains(.send(.hello(completed: 2), to: member)))
        }
        #expect(machine.nextDeadline == nil)
    }

    @Test("a finished member still hands out the model")
    func lingers() {
        var machine = machine(rounds: 2)
        _ = machine.start(at: start)
        _ = machine.receive(.catchUp(state(completed: 2)), from: 0, at: start)
        #expect(
            machine.receive(.catchUpRequest(completed: 0), from: 2, at: start)
                == [.send(.catchUp(state(completed: 2)), to: 2)])
        #expect(machine.receive(.catchUpRequest(completed: 2), from: 2, at: start) == [])
    }

    @Test("a member two rounds behind asks at once, one round behind only after a while")
    func asksForTheModel() throws {
        var far = machine()
        _ = far.start(at: start)
        _ = far.reached(0, at: start)
        let request = FederationMachine.Action.send(.catchUpRequest(completed: 0), to: 0)
        #expect(far.receive(.hello(completed: 2), from: 0, at: start).contains(request))

        var near = machine()
        _ = near.start(at: start)
        _ = near.reached(0, at: start)
        #expect(!near.receive(.hello(completed: 1), from: 0, at: start).contains(request))
        let due = try #require(near.nextDeadline)
        #expect(near.phase == .training)
        #expect(near.tick(at: due).contains(request))
        #expect(near.phase == .catchingUp)
        _ = near.receive(.catchUp(state(completed: 1)), from: 0, at: due)
        #expect(near.phase == .training)
    }

    @Test("when the one that was asked is lost, another is asked")
    func asksAnother() throws {
        var machine = machine()
        _ = machine.start(at: start)
        for member in [0, 2] {
            _ = machine.reached(member, at: start)
            _ = machine.receive(.hello(completed: 2), from: member, at: start)
        }
        _ = machine.lost(0, at: after(10))
        let due = try #require(machine.nextDeadline)
        #expect(
            machine.tick(at: max(due, after(10)))
                .contains(.send(.catchUpRequest(completed: 0), to: 2)))
    }

    @Test("after a jump it greets everyone, and whoever is in that round repeats its update")
    func repeatsUpdatesAfterJump() {
        var jumper = machine()
        _ = jumper.start(at: start)
        for member in [0, 2] { _ = jumper.reached(member, at: start) }
        let actions = jumper.receive(.catchUp(state(completed: 2)), from: 0, at: start)
        #expect(actions.contains(.send(.hello(completed: 2), to: 0)))
        #expect(actions.contains(.send(.hello(completed: 2), to: 2)))

        var other = machine(me: 0)
        _ = other.start(at: start)
        _ = other.reached(1, at: start)
        _ = other.receive(.catchUp(state(completed: 2)), from: 1, at: start)
        let own = update(0, round: 2)
        _ = other.trained(own, at: start)
        #expect(
            other.receive(.hello(completed: 2), from: 1, at: start)
                .contains(.send(.update(own), to: 1)))
    }

    @Test("a model that does not have the hash of its history is not taken over")
    func refusesWrongModel() {
        var machine = machine()
        _ = machine.start(at: start)
        var wrong = state(completed: 2)
        wrong.shared.parameters[0] = 9
        #expect(machine.receive(.catchUp(wrong), from: 0, at: start) == [])
        var short = state(completed: 2)
        short.shared.parameters.removeLast()
        #expect(machine.receive(.catchUp(short), from: 0, at: start) == [])
        var beyond = state(completed: 3)
        beyond.completed = 4
        #expect(machine.receive(.catchUp(beyond), from: 0, at: start) == [])
        #expect(machine.model.completed == 0)
    }

    @Test("a history that contradicts one's own is refused and counted")
    func refusesAnotherHistory() {
        var machine = machine()
        _ = machine.start(at: start)
        _ = machine.receive(.catchUp(state(completed: 1, value: 1)), from: 0, at: start)
        #expect(machine.model.completed == 1)
        #expect(machine.receive(.catchUp(state(completed: 2, value: 5)), from: 2, at: start) == [])
        #expect(machine.model.completed == 1)
        #expect(machine.statistics.divergences == 1)
    }

    @Test("late, second and misshapen updates are ignored and counted")
    func countsUnwantedUpdates() throws {
        var machine = machine()
        _ = machine.start(at: start)
        for member in [0, 2] { _ = machine.reached(member, at: start) }
        _ = machine.receive(.update(update(0)), from: 0, at: start)
        let second = RoundUpdate(
            round: 0, member: 0, exampleCount: 1, meanLoss: 0, delta: [9, 9, 9])
        #expect(machine.receive(.update(second), from: 0, at: start) == [])
        #expect(machine.statistics.equivocations == 1)
        let misshapen = RoundUpdate(
            round: 0, member: 2, exampleCount: 1, meanLoss: 0, delta: [1, 2])
        #expect(machine.receive(.update(misshapen), from: 2, at: start) == [])
        let weightless = RoundUpdate(
            round: 0, member: 2, exampleCount: 0, meanLoss: 0, delta: [1, 2, 3])
        #expect(machine.receive(.update(weightless), from: 2, at: start) == [])
        #expect(machine.statistics.refusedUpdates == 2)
        _ = machine.receive(.catchUp(state(completed: 1)), from: 0, at: start)
        #expect(machine.receive(.update(update(2)), from: 2, at: start) == [])
        #expect(machine.statistics.lateUpdates == 1)
        // What was counted in a round that is over is not forgotten.
        #expect(machine.statistics.equivocations == 1)
    }

    @Test("a flood of early messages neither grows memory nor displaces an early update")
    func boundsEarlyMessages() throws {
        var machine = machine(me: 1)
        _ = machine.start(at: start)
        for member in [0, 2] { _ = machine.reached(member, at: start) }
        let early = update(2, round: 1)
        _ = machine.receive(.update(early), from: 2, at: start)
        for ballot in 1...200 {
            _ = machine.receive(.prepare(round: 1, ballot: ballot), from: 2, at: start)
        }
        #expect(machine.earlyMessageCount <= RoundLimits.maximumEarlyMessages)
        _ = machine.receive(.catchUp(state(completed: 1)), from: 0, at: start)
        #expect(machine.contributors == [2])
    }

    @Test("who is missing is known")
    func namesTheMissing() {
        var machine = machine(me: 1, members: 4)
        _ = machine.start(at: start)
        #expect(machine.missing == [0, 2, 3])
        _ = machine.reached(2, at: start)
        #expect(machine.missing == [0, 3])
        #expect(machine.reachable == [1, 2])
        _ = machine.lost(2, at: start)
        #expect(machine.missing == [0, 2, 3])
    }

    @Test("random messages from members neither trap nor grow memory", arguments: 1...40)
    func survivesRandomMessages(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var machine = machine(me: 1, members: 4)
        _ = machine.start(at: start)
        var now = start
        for _ in 0..<400 {
            now = now.advanced(by: .milliseconds(Int64(generator.nextInteger(below: 400))))
            let sender = generator.nextInteger(below: 6) - 1
            switch generator.nextInteger(below: 12) {
            case 0: _ = machine.reached(sender, at: now)
            case 1: _ = machine.lost(sender, at: now)
            case 2: _ = machine.tick(at: now)
            case 3:
                let round = machine.model.completed
                _ = machine.trained(update(1, round: round), at: now)
            default:
                let message = RandomMessages.next(using: &generator)
                let actions = machine.receive(message, from: sender, at: now)
                for case .aggregate(let round, let updates) in actions {
                    _ = machine.aggregated(
                        RoundOutcome(
                            counted: updates.map(\.member),
                            model: SharedModel(parameters: [0, 0, 0])),
                        round: round, at: now)
                }
            }
        }
        #expect(machine.earlyMessageCount <= 4 * RoundLimits.maximumEarlyMessages)
    }
}
