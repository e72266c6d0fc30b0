extension FederatedLearning {
    func report() { reporter.publish(makeStatus()) }

    func summary(_ record: RoundRecord) -> FederationStatus.RoundSummary {
        .init(
            round: record.round + 1,
            counted: record.counted.filter(task.members.indices.contains)
                .map { task.members[$0] },
            modelHash: record.modelHash.description, testAccuracy: nil, seconds: nil)
    }

    func makeStatus() -> FederationStatus {
        let reachable = Set(machine?.reachable ?? [])
        let history = machine?.model.history ?? []
        let members = task.members.indices.map { index in
            FederationStatus.MemberStatus(
                peerID: task.members[index], isReachable: reachable.contains(index),
                lastRoundCounted: history.last { $0.counted.contains(index) }.map { $0.round + 1 })
        }
        return FederationStatus(
            taskID: task.id.description, taskName: task.name, phase: phaseName(reachable.count),
            round: machine?.model.completed ?? 0, rounds: task.rounds,
            modelHash: (history.last?.modelHash ?? initialHash)?.description ?? "",
            testAccuracy: accuracy, trainLoss: loss, members: members,
            missing: members.filter { !$0.isReachable }.map(\.peerID), history: summaries)
    }

    private func phaseName(_ reachable: Int) -> String {
        if failure != nil { return "failed" }
        guard let machine else { return "waiting" }
        switch machine.phase {
        case .finished: return "finished"
        case .catchingUp: return "catching-up"
        case .aggregating: return "aggregating"
        case .idle, .training, .collecting:
            if reachable <= task.members.count / 2 { return "waiting" }
            return machine.phase == .collecting ? "collecting" : "training"
        }
    }
}
