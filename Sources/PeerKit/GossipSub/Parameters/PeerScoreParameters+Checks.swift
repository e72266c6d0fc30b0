extension PeerScoreParameters {
    /// Refuses signs, bounds and decays with which a component would do the opposite of its
    /// purpose, or nothing; those of all topics too.
    ///
    /// - Returns: The same parameters.
    @discardableResult
    public func validated() throws(GossipSubParameterError) -> PeerScoreParameters {
        let named = topics.sorted { $0.key < $1.key }.map { ("topics[\($0.key)]", $0.value) }
        for (name, parameters) in named + [("otherTopics", otherTopics ?? .init())] {
            do {
                try parameters.validated()
            } catch {
                throw GossipSubParameterError(
                    parameter: "\(name).\(error.parameter)", requirement: error.requirement,
                    consequence: error.consequence)
            }
        }
        try require(
            topicScoreCap.isFinite && topicScoreCap >= 0, "topicScoreCap",
            "= \(topicScoreCap) must be a number of at least 0",
            otherwise: "every peer would begin with a penalty")
        try require(
            applicationWeight.isFinite, "applicationWeight",
            "= \(applicationWeight) must be a number", otherwise: "no score would be one")
        try require(
            toleratedStanding.isFinite && toleratedStanding >= 0, "toleratedStanding",
            "= \(toleratedStanding) must be a number of at least 0",
            otherwise: "peers with nothing against them would be punished")
        try requirePenalty(ipColocationWeight, "ipColocationWeight")
        try require(
            ipColocationWeight == 0 || ipColocationThreshold >= 1, "ipColocationThreshold",
            "= \(ipColocationThreshold) must be at least 1",
            otherwise: "a single peer at an address would be punished for being there")
        try requirePenalty(behaviourPenaltyWeight, "behaviourPenaltyWeight")
        if behaviourPenaltyWeight != 0 {
            try requireDecay(behaviourPenaltyDecay, "behaviourPenaltyDecay")
            try require(
                behaviourPenaltyThreshold.isFinite && behaviourPenaltyThreshold >= 0,
                "behaviourPenaltyThreshold",
                "= \(behaviourPenaltyThreshold) must be a number of at least 0",
                otherwise: "peers without any fault would be punished")
        }
        try checkTimes()
        return self
    }

    private func checkTimes() throws(GossipSubParameterError) {
        try require(
            decayInterval >= .milliseconds(100), "decayInterval",
            "= \(decayInterval) must be at least 0.1 seconds",
            otherwise: "decaying would be most of the work")
        try require(
            decayToZero > 0 && decayToZero < 1, "decayToZero",
            "= \(decayToZero) must lie between 0 and 1",
            otherwise: "a single fault would count for nothing, or for ever")
        try require(
            retainScore >= .zero, "retainScore", "= \(retainScore) must not be negative",
            otherwise: "faults would be forgotten before they are made")
        try require(
            deliveryRecordTTL > .zero, "deliveryRecordTTL",
            "= \(deliveryRecordTTL) must be positive",
            otherwise: "no message could be counted for anyone")
    }
}
