extension TopicScoreParameters {
    /// Refuses signs, caps and decays with which a component would do the opposite of its purpose,
    /// or nothing.
    ///
    /// - Returns: The same parameters.
    @discardableResult
    public func validated() throws(GossipSubParameterError) -> TopicScoreParameters {
        try requireReward(topicWeight, "topicWeight")
        try checkTimeInMesh()
        try checkFirstDeliveries()
        try checkMeshDeliveries()
        try requirePenalty(meshFailurePenaltyWeight, "meshFailurePenaltyWeight")
        if meshFailurePenaltyWeight != 0 {
            try requireDecay(meshFailurePenaltyDecay, "meshFailurePenaltyDecay")
            try require(
                meshMessageDeliveriesWeight != 0, "meshFailurePenaltyWeight",
                "= \(meshFailurePenaltyWeight) needs meshMessageDeliveriesWeight",
                otherwise: "peers would be punished for a deficit that nothing else heeds")
        }
        try requirePenalty(invalidMessageDeliveriesWeight, "invalidMessageDeliveriesWeight")
        if invalidMessageDeliveriesWeight != 0 {
            try requireDecay(invalidMessageDeliveriesDecay, "invalidMessageDeliveriesDecay")
        }
        return self
    }

    private func checkTimeInMesh() throws(GossipSubParameterError) {
        try requireReward(timeInMeshWeight, "timeInMeshWeight")
        guard timeInMeshWeight != 0 else { return }
        try require(
            timeInMeshQuantum > .zero, "timeInMeshQuantum",
            "= \(timeInMeshQuantum) must be positive",
            otherwise: "time in the mesh could not be counted")
        try requirePositive(timeInMeshCap, "timeInMeshCap", otherwise: "no time would count")
    }

    private func checkFirstDeliveries() throws(GossipSubParameterError) {
        try requireReward(firstMessageDeliveriesWeight, "firstMessageDeliveriesWeight")
        guard firstMessageDeliveriesWeight != 0 else { return }
        try requireDecay(firstMessageDeliveriesDecay, "firstMessageDeliveriesDecay")
        try requirePositive(
            firstMessageDeliveriesCap, "firstMessageDeliveriesCap",
            otherwise: "no delivery would count")
    }

    private func checkMeshDeliveries() throws(GossipSubParameterError) {
        try requirePenalty(meshMessageDeliveriesWeight, "meshMessageDeliveriesWeight")
        guard meshMessageDeliveriesWeight != 0 else { return }
        try requireDecay(meshMessageDeliveriesDecay, "meshMessageDeliveriesDecay")
        try requirePositive(
            meshMessageDeliveriesThreshold, "meshMessageDeliveriesThreshold",
            otherwise: "nothing would be expected of anyone")
        try require(
            meshMessageDeliveriesCap.isFinite
                && meshMessageDeliveriesCap >= meshMessageDeliveriesThreshold,
            "meshMessageDeliveriesCap",
            "= \(meshMessageDeliveriesCap) must be at least the threshold of"
                + " \(meshMessageDeliveriesThreshold)",
            otherwise: "every peer would be short of deliveries for ever, and every mesh empty")
        try require(
            meshMessageDeliveriesWindow >= .zero, "meshMessageDeliveriesWindow",
            "= \(meshMessageDeliveriesWindow) must not be negative",
            otherwise: "no delivery after the first would count")
        try require(
            meshMessageDeliveriesActivation >= .seconds(1)
                && meshMessageDeliveriesActivation > meshMessageDeliveriesWindow,
            "meshMessageDeliveriesActivation",
            "= \(meshMessageDeliveriesActivation) must be at least a second and longer than the"
                + " window of \(meshMessageDeliveriesWindow)",
            otherwise: "new peers would be punished before they could deliver anything")
    }
}

/// A weight of something good: at least 0.
func requireReward(_ weight: Double, _ name: String) throws(GossipSubParameterError) {
    try require(
        weight.isFinite && weight >= 0, name, "= \(weight) must be a number of at least 0",
        otherwise: "good conduct would be punished")
}

/// A weight of something bad: at most 0.
func requirePenalty(_ weight: Double, _ name: String) throws(GossipSubParameterError) {
    try require(
        weight.isFinite && weight <= 0, name, "= \(weight) must be a number of at most 0",
        otherwise: "misconduct would be rewarded")
}

/// A factor by which a counter shrinks.
func requireDecay(_ factor: Double, _ name: String) throws(GossipSubParameterError) {
    try require(
        factor > 0 && factor < 1, name, "= \(factor) must lie between 0 and 1",
        otherwise: "the counter would never, or at once, be forgotten")
}

/// A number above 0.
func requirePositive(
    _ number: Double, _ name: String, otherwise consequence: String
) throws(GossipSubParameterError) {
    try require(
        number.isFinite && number > 0, name, "= \(number) must be positive",
        otherwise: consequence)
}
