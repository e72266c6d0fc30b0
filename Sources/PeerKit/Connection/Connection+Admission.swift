/// What streams may be, and what the remote is blamed for.
extension Connection {
    // MARK: Blame

    /// Counts a fault against the remote, once it has proven who it is.
    func blame(_ kind: PeerFault.Kind, in protocolID: ProtocolID, _ detail: String) {
        guard let info else { return }
        context.report(PeerFault(kind, in: protocolID, detail), info.remotePeer)
    }

    /// The remote broke the muxer's rules.
    func blame(_ error: YamuxError) {
        switch error {
        case .tooManyGlitches, .controlQueueFull, .lateDataExceeded:
            blame(.excess, in: UpgradeMachine.muxer, "\(error)")
        case .pongTimeout:
            blame(.unresponsive, in: UpgradeMachine.muxer, "no answer to keep-alive")
        default:
            if error.isPeerFault { blame(.protocolViolation, in: UpgradeMachine.muxer, "\(error)") }
        }
    }

    // MARK: Inbound streams

    /// Whether the remote may have one more stream. Refusals are counted, and what is the remote's
    /// fault is held against it once a second.
    func admitStream() -> Bool {
        guard let info else { return false }
        if let refusal = context.rates.open(info.remotePeer) {
            refuse(refusal, isFault: true)
            return false
        }
        if let refusal = context.resources.take(.stream(.inbound), for: info.remotePeer) {
            refuse(refusal, isFault: isRemotes(refusal))
            return false
        }
        return true
    }

    /// Whether the stream may be one of a protocol; if so, it counts as one.
    func admit(_ id: YamuxStreamID, to protocolID: ProtocolID) throws(StreamError) {
        guard let info, let direction = streams[id]?.direction else { return }
        if direction == .inbound,
            let refusal = context.rates.select(protocolID, by: info.remotePeer)
        {
            refuse(refusal, isFault: true)
            throw .limit(refusal)
        }
        let usage = ResourceUsage.stream(direction)
        if let refusal = context.resources.assign(usage, of: info.remotePeer, to: protocolID) {
            refuse(refusal, isFault: direction == .inbound && isRemotes(refusal))
            throw .limit(refusal)
        }
        streams[id]?.chargedProtocol = protocolID
        context.meters.streams[direction].increment()
    }

    /// The muxer has refused streams by itself: there are too many.
    func noteRefusedStreams() {
        let refused = muxer?.inPlace { $0.refusedStreams } ?? 0
        guard refused > refusedStreams else { return }
        refusedStreams = refused
        refuse(
            LimitRefusal(
                limit: "maximumInboundStreams", value: limits.maximumInboundStreams,
                setting: "connectionLimits.maximumInboundStreams"), isFault: true)
    }

    private func refuse(_ refusal: LimitRefusal, isFault: Bool) {
        context.meters.refused(refusal.limit)
        guard isFault, let info, context.rates.isFaultDue(info.remotePeer) else { return }
        blame(.excess, in: UpgradeMachine.muxer, "streams refused: \(refusal)")
    }

    /// Whether the limit is on what one peer may take, not on what all may.
    private func isRemotes(_ refusal: LimitRefusal) -> Bool {
        refusal.limit.hasPrefix("peer") || refusal.limit.hasPrefix("anyPeer")
    }

    // MARK: Accounts

    /// Gives back what a stream has been charged.
    func settle(_ entry: StreamEntry) {
        guard entry.isCharged, let info else { return }
        let usage = ResourceUsage.stream(entry.direction)
        if let protocolID = entry.chargedProtocol {
            context.resources.unassign(usage, of: info.remotePeer, from: protocolID)
        }
        context.resources.giveBack(usage, for: info.remotePeer)
    }

    /// The muxer would give larger windows if it might: lets it, by twice as much each time, within
    /// the connection's budget and the node's memory.
    func growWindows() {
        muxer?.lacksGrowth = false
        let step = min(
            max(ResourceLimits.growthStep, grantedGrowth),
            context.muxing.growthBudget - grantedGrowth)
        guard step > 0, let info,
            context.resources.take(.memory(step), for: info.remotePeer) == nil
        else { return }
        grantedGrowth += step
        muxer?.growthLeft += step
    }

    /// Gives back what the windows had grown by.
    func settleGrowth() {
        guard grantedGrowth > 0, let info else { return }
        context.resources.giveBack(.memory(grantedGrowth), for: info.remotePeer)
        grantedGrowth = 0
    }

    /// Adds to the meters what has been carried since the last time.
    func meterTraffic() {
        let received = traffic.received - meteredTraffic.received
        let sent = traffic.sent - meteredTraffic.sent
        meteredTraffic = traffic
        if received > 0 { context.meters.bytes.inbound.increment(by: Int(clamping: received)) }
        if sent > 0 { context.meters.bytes.outbound.increment(by: Int(clamping: sent)) }
    }
}
