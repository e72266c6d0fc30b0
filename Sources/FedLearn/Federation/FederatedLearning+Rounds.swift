import Logging
import PeerKit

extension FederatedLearning {
    /// Tells the machine something and performs what it answers.
    func handle(
        _ body: (inout FederationMachine) -> [FederationMachine.Action]
    ) {
        guard failure == nil, var machine else { return }
        self.machine = nil
        actions += body(&machine)
        self.machine = machine
        updateTimer()
        report()
        guard !isPerforming, !actions.isEmpty else { return }
        isPerforming = true
        start { [weak self] in await self?.performAll() }
    }

    /// Performs actions one after the other: what follows a `persist` waits until it is durable.
    private func performAll() async {
        while !actions.isEmpty {
            let batch = actions
            actions = []
            do {
                for action in batch { try await perform(action) }
            } catch {
                fail(error)
            }
        }
        isPerforming = false
    }

    private func perform(_ action: FederationMachine.Action) async throws {
        switch action {
        case .train(let number, let parameters): train(number, parameters)
        case .aggregate(_, let updates): complete(updates)
        case .persist(let state): try await put(RoundCodec.encode(state), "round")
        case .save(let model): try await save(model)
        case .send(let message, let member): links[member]?.send(RoundCodec.encode(message))
        case .completed(let record): try await completed(record)
        case .caughtUp(let member, let count):
            node?.log.info(
                "caught up", metadata: ["from": "\(task.members[member])", "rounds": "\(count)"])
            summaries = machine?.model.history.map { summary($0) } ?? []
            await measure()
        case .finished: await measure()
        }
    }

    private func train(_ number: Int, _ parameters: [Float]) {
        guard let plan, let node else { return }
        round?.giveUp()
        let round = Round(number: number, plan: plan, executors: node.runtime.executors)
        self.round = round
        roundStart = node.runtime.clock.now
        let pause = Duration.milliseconds(task.pauseMilliseconds)
        start { [weak self] in
            if pause > .zero { try? await node.runtime.sleep(for: pause) }
            do {
                let (update, plan) = try await round.train(from: parameters)
                await self?.trained(update, plan, in: round)
            } catch TrainingError.cancelled {
                // The round was decided without this member.
            } catch {
                // It may well go better next round; meanwhile the others go on without this member.
                node.log.warning(
                    "no update", metadata: ["round": "\(number + 1)", "error": "\(error)"])
            }
        }
    }

    func trained(_ update: RoundUpdate, _ plan: TrainingPlan, in trained: Round) {
        guard let node, round === trained else { return }
        self.plan = plan
        loss = Double(update.meanLoss)
        ownUpdate = (update.round, RoundCodec.encode(.update(update)).count)
        handle { $0.trained(update, at: node.runtime.clock.now) }
    }

    private func complete(_ updates: [RoundUpdate]) {
        guard let round, let model = machine?.model.shared else { return }
        round.giveUp()
        start { [weak self] in
            do {
                let outcome = try await round.complete(updates, from: model)
                await self?.completed(outcome, of: round)
            } catch {
                await self?.fail(error)
            }
        }
    }

    func completed(_ outcome: RoundOutcome, of round: Round) {
        guard let node else { return }
        rejected = (round.number, outcome.rejected)
        for rejection in outcome.rejected where rejection.reason.isProof {
            guard task.members.indices.contains(rejection.member),
                let peer = try? PeerID(task.members[rejection.member]), peer != node.peerID
            else { continue }
            let detail = "an update that no training gives: \(rejection.reason.rawValue)"
            node.report(PeerFault(.invalidContent, in: protocolID, detail), by: peer)
        }
        if let failure = outcome.failure {
            node.log.warning(
                "a round without result",
                metadata: ["round": "\(round.number + 1)", "reason": "\(failure)"])
        }
        handle { $0.aggregated(outcome, round: round.number, at: node.runtime.clock.now) }
    }

    func completed(_ record: RoundRecord) async throws {
        guard let node else { return }
        let seconds = roundStart?.duration(to: node.runtime.clock.now).seconds
        await measure()
        var entry = summary(record)
        entry.seconds = seconds
        entry.testAccuracy = accuracy
        if let ownUpdate, ownUpdate.round == record.round { entry.updateBytes = ownUpdate.bytes }
        if let rejected, rejected.round == record.round {
            entry.rejected = rejected.list.filter { task.members.indices.contains($0.member) }
                .map { .init(peerID: task.members[$0.member], reason: $0.reason) }
        }
        summaries.append(entry)
        if summaries.count > RoundLimits.maximumHistory { summaries.removeFirst() }
        node.log.info(
            "round completed",
            metadata: [
                "round": "\(record.round + 1)/\(task.rounds)",
                "counted": "\(record.counted.count)/\(task.members.count)",
                "model": "\(record.modelHash.shortDescription)",
                "accuracy": "\(accuracy ?? 0)",
            ])
        report()
    }

    /// Measures the model on the test rows.
    private func measure() async {
        guard let plan, let node, let parameters = machine?.model.parameters else { return }
        accuracy = try? await node.runtime.executors.compute {
            plan.training.evaluate(
                ModelParameters(layout: plan.training.layout, values: parameters)
            ).score
        }
        report()
    }

    private func updateTimer() {
        guard let node, timer?.deadline != machine?.nextDeadline else { return }
        timer?.token.cancel()
        timer = nil
        guard let deadline = machine?.nextDeadline else { return }
        let executor = node.runtime.executors.home
        let token = executor.schedule(at: deadline) { [weak self, tasks] in
            tasks.start(on: executor) { [weak self] in await self?.tick() }
        }
        timer = (deadline, token)
    }

    private func tick() {
        guard let node else { return }
        timer = nil
        handle { $0.tick(at: node.runtime.clock.now) }
    }
}
