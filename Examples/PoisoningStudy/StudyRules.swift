import FedLearn

/// The rules of the study.
enum StudyRules {
    /// Published rules as their authors have them, then psic's.
    ///
    /// Bulyan needs four members per attacker and three more, so it gets a third of the attackers.
    static func all(tolerating faults: Int) -> [any AggregationRule] {
        let plain: [any AggregationRule] = [
            WeightedMean(), CoordinateMedian(), TrimmedMean(trimming: faults),
            Krum(maximumFaults: faults), Krum.multi(maximumFaults: faults),
            Bulyan(maximumFaults: faults / 3), GeometricMedian(), CenteredClipping(),
            MeanAroundMedian(maximumFaults: faults),
            DivideAndConquer(maximumFaults: faults, coordinates: 2_000, seed: 1),
        ]
        let mixed: [any AggregationRule] = [
            PlainMean(), CoordinateMedian(), TrimmedMean(trimming: faults),
            Krum(maximumFaults: faults), Krum.multi(maximumFaults: faults),
            Bulyan(maximumFaults: faults / 3), GeometricMedian(), CenteredClipping(),
        ]
        return plain + mixed.map { NearestNeighborMixing(maximumFaults: faults, then: $0) }
            + [AnchoredMean(maximumFaults: faults)]
    }
}
