import FedLearn
import FedLearnAttacks

/// How well attackers are told from honest members, round by round, by psic's detector and by the usual test on
/// the same updates.
///
/// The usual test flags an update whose length has a robust z beyond 3.5, or whose cosine with the
/// coordinate-wise median is negative. The model moves by `AnchoredMean`, so that the rounds remain worth
/// judging under every attack.
struct DetectionStudy: Sendable {
    /// One per seed.
    let trials: [PoisoningTrial]
    let attacks: [any Attack]
    let title: String
    /// Members from here on attack.
    let honestCount: Int
    let tolerated: Int

    func table(jobs: Int) async throws -> DetectionTable {
        var rows = [DetectionTable.Row?](repeating: nil, count: attacks.count)
        try await Study.concurrently(jobs: jobs, count: attacks.count) { index in
            try row(attacks[index])
        } receive: {
            rows[$0] = $1
        }
        return DetectionTable(title: title, rows: rows.compactMap { $0 })
    }

    private func row(_ attack: any Attack) throws -> DetectionTable.Row {
        var usual = Tally()
        var ours = Tally()
        for trial in trials {
            var detector = AnomalyDetector(maximumFaults: tolerated)
            _ = try trial.run(AnchoredMean(maximumFaults: tolerated), against: attack) { round in
                guard let evidence = round.aggregate.evidence else { return }
                let judged = round.sent.filter { evidence.members.contains($0.member) }
                let rows = judged.map(\.values)
                let z = AnomalyScores.robustZ(rows.map { VectorKernels.norm($0) })
                let cosines = AnomalyScores.cosinesToMedian(rows)
                let verdicts = detector.observe(
                    evidence,
                    echoes: AnomalyDetector.echoes(of: rows, previous: round.previous),
                    found: round.sent.count - judged.count)
                for (place, contribution) in judged.enumerated() {
                    let isAttacker = contribution.member >= honestCount
                    usual.count(
                        z[place].magnitude > AnomalyScores.usualThreshold || cosines[place] < 0,
                        isAttacker: isAttacker)
                    ours.count(!verdicts[place].suspicions.isEmpty, isAttacker: isAttacker)
                }
                // What is not admitted, such as NaN, is found by anyone who looks.
                for rejection in round.aggregate.rejected
                where !evidence.members.contains(rejection.member) {
                    let isAttacker = rejection.member >= honestCount
                    usual.count(true, isAttacker: isAttacker)
                    ours.count(true, isAttacker: isAttacker)
                }
            }
        }
        let isAttack = !(attack is NoAttack)
        return DetectionTable.Row(
            attack: attack.name, usual: usual.rates(isAttack), ours: ours.rates(isAttack))
    }

    /// Flags counted over members and rounds.
    private struct Tally {
        private var attackers = (flagged: 0, all: 0)
        private var honest = (flagged: 0, all: 0)

        mutating func count(_ isFlagged: Bool, isAttacker: Bool) {
            if isAttacker {
                attackers.flagged += isFlagged ? 1 : 0
                attackers.all += 1
            } else {
                honest.flagged += isFlagged ? 1 : 0
                honest.all += 1
            }
        }

        /// Without an attack everybody is honest.
        func rates(_ isAttack: Bool) -> DetectionTable.Rates {
            func share(_ flagged: Int, _ all: Int) -> Double {
                all > 0 ? Double(flagged) / Double(all) : 0
            }
            guard isAttack else {
                return DetectionTable.Rates(
                    found: nil,
                    wronged: share(
                        attackers.flagged + honest.flagged, attackers.all + honest.all))
            }
            return DetectionTable.Rates(
                found: attackers.all > 0 ? share(attackers.flagged, attackers.all) : nil,
                wronged: share(honest.flagged, honest.all))
        }
    }
}
