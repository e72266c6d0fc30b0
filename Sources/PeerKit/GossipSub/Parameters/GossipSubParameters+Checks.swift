extension GossipSubParameters {
    /// Refuses every combination that would run and yet break a mesh.
    ///
    /// - Returns: The same parameters.
    @discardableResult
    public func validated() throws(GossipSubParameterError) -> GossipSubParameters {
        try checkTimes()
        try checkMesh()
        try checkGossip()
        try checkIDontWant()
        try require(
            (0...GossipSubCodecLimits().maximumExchangedPeers).contains(prunePeers), "prunePeers",
            "= \(prunePeers) must be 0 to \(GossipSubCodecLimits().maximumExchangedPeers)",
            otherwise: "a PRUNE would name more peers than anyone reads")
        return self
    }

    private func checkMesh() throws(GossipSubParameterError) {
        if isMeshless {
            try require(
                dScore == 0, "dScore", "= \(dScore) must be 0 where there is no mesh",
                otherwise: "peers would be kept for their score in a mesh of none")
            return
        }
        try require(
            1 <= dLow && dLow <= d && d <= dHigh, "d",
            "= \(d) must lie between dLow = \(dLow), at least 1, and dHigh = \(dHigh)",
            otherwise: "every heartbeat would graft the peers that it has just pruned")
        try require(
            0 <= dOut && dOut < dLow, "dOut",
            "= \(dOut) must be at least 0 and less than dLow = \(dLow)",
            otherwise: "a mesh with enough peers would for ever graft more of those it dialled")
        try require(
            dOut <= d / 2, "dOut", "= \(dOut) must be at most half of d = \(d)",
            otherwise: "peers that nobody dials could not find a place in any mesh")
        try require(
            0 <= dScore && dScore <= d - dOut, "dScore",
            "= \(dScore) must be at least 0 and with dOut = \(dOut) at most d = \(d)",
            otherwise: "the peers kept for their score would be pruned again for dialled ones")
        try require(
            (0...dHigh).contains(opportunisticGraftPeers), "opportunisticGraftPeers",
            "= \(opportunisticGraftPeers) must be 0 to dHigh = \(dHigh)",
            otherwise: "each attempt to better a mesh would overfill it")
        try require(
            opportunisticGraftTicks >= 1 && directConnectTicks >= 1,
            "opportunisticGraftTicks and directConnectTicks",
            "= \(opportunisticGraftTicks) and \(directConnectTicks) must be at least 1",
            otherwise: "there would be no heartbeat to act at")
    }

    private func checkTimes() throws(GossipSubParameterError) {
        try require(
            heartbeatInterval > .zero && heartbeatInitialDelay >= .zero, "heartbeatInterval",
            "= \(heartbeatInterval) must be positive, and the initial delay not negative",
            otherwise: "no mesh would ever be kept up")
        for (name, backoff) in [
            ("pruneBackoff", pruneBackoff), ("unsubscribeBackoff", unsubscribeBackoff),
        ] {
            try require(
                backoff > heartbeatInterval && backoff >= .seconds(1)
                    && backoff <= GossipSubCodecLimits().maximumBackoff, name,
                "= \(backoff) must be longer than a heartbeat of \(heartbeatInterval), at least a"
                    + " second and at most \(GossipSubCodecLimits().maximumBackoff)",
                otherwise: "the next heartbeat would graft again whom this one pruned")
        }
        try require(
            .zero <= graftFloodThreshold && graftFloodThreshold <= pruneBackoff,
            "graftFloodThreshold",
            "= \(graftFloodThreshold) must be 0 to pruneBackoff = \(pruneBackoff)",
            otherwise: "peers that keep to the back-off would be penalised")
        try require(
            fanoutTTL > heartbeatInterval, "fanoutTTL",
            "= \(fanoutTTL) must be longer than a heartbeat of \(heartbeatInterval)",
            otherwise: "every message to a topic not subscribed to would go to other peers")
        try require(
            (1...3600).contains(historyLength), "historyLength",
            "= \(historyLength) must be 1 to 3600",
            otherwise: "there would be nothing to give to those who ask, or an hour of it")
        try require(
            seenTTL > heartbeatInterval * historyLength, "seenTTL",
            "= \(seenTTL) must be longer than the \(historyLength) heartbeats (historyLength)"
                + " for which messages are kept",
            otherwise: "messages still advertised would be taken for new and go round again")
    }

    private func checkGossip() throws(GossipSubParameterError) {
        try require(
            1 <= historyGossip && historyGossip < historyLength, "historyGossip",
            "= \(historyGossip) must be at least 1 and less than historyLength = \(historyLength)",
            otherwise: "messages would be advertised that are gone when they are asked for,"
                + " which peers take for a broken promise")
        try require(
            (0.0...1.0).contains(gossipFactor) && dLazy >= 0, "gossipFactor",
            "= \(gossipFactor) must be 0 to 1, and dLazy = \(dLazy) not negative",
            otherwise: "gossip would go to more peers than there are")
        try require(
            gossipFactor > 0 || dLazy > 0, "dLazy",
            "and gossipFactor must not both be 0",
            otherwise: "a message lost in the mesh would never be recovered")
        try require(
            gossipRetransmission >= 1, "gossipRetransmission",
            "= \(gossipRetransmission) must be at least 1",
            otherwise: "messages would be advertised and never given")
        let maximumIDs = GossipSubCodecLimits().maximumMessageIDs
        try require(
            (1...maximumIDs).contains(maximumIHaveLength) && maximumIHaveMessages >= 1,
            "maximumIHaveLength",
            "= \(maximumIHaveLength) must be 1 to \(maximumIDs), and maximumIHaveMessages"
                + " = \(maximumIHaveMessages) at least 1",
            otherwise: "gossip would be sent or read by nobody")
        try require(
            .zero < iWantFollowupTime && iWantFollowupTime < seenTTL, "iWantFollowupTime",
            "= \(iWantFollowupTime) must be positive and less than seenTTL = \(seenTTL)",
            otherwise: "promises would be broken at once, or kept by messages forgotten since")
    }

    private func checkIDontWant() throws(GossipSubParameterError) {
        // An author of 38 bytes and a sequence number of 8.
        let idByteCount = 46
        try require(
            iDontWantMessageThreshold > dHigh.multipliedClamping(by: idByteCount),
            "iDontWantMessageThreshold",
            "= \(iDontWantMessageThreshold) must be more than dHigh = \(dHigh) message IDs of"
                + " \(idByteCount) bytes",
            otherwise: "a small message would make us send more than it saves")
        try require(
            iDontWantMessageTTL >= 1 && maximumIDontWantLength >= 1
                && maximumIDontWantMessages >= 1, "iDontWantMessageTTL",
            "= \(iDontWantMessageTTL), maximumIDontWantLength = \(maximumIDontWantLength) and"
                + " maximumIDontWantMessages = \(maximumIDontWantMessages) must be at least 1",
            otherwise: "we would ask for a courtesy that we do not show")
    }
}

extension Int {
    fileprivate func multipliedClamping(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
