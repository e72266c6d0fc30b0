/// What the node thinks of its peers. See ``StandingPolicy`` for the arithmetic.
extension PeerNode {
    /// Counts a fault against a peer. Cheap, callable from any executor, never waits.
    public nonisolated func report(_ fault: PeerFault, by peer: PeerID) {
        guard peer != peerID else { return }
        log.debug(
            "peer fault",
            metadata: [
                "remote": "\(peer)", "kind": "\(fault.kind.rawValue)",
                "protocol": "\(fault.protocolID)", "detail": "\(fault.detail)",
            ])
        standingBook.report(fault, by: peer)
    }

    /// How a peer stands: 0 for one with nothing against it, falling with every fault and rising
    /// back to 0 with time.
    public nonisolated func standing(of peer: PeerID) -> Double {
        standingBook.use { $0.score(of: peer, at: $1) }
    }

    /// What a peer may do.
    public nonisolated func standingState(of peer: PeerID) -> PeerStanding.State {
        standingBook.use { $0.state(of: peer, at: $1) }
    }

    /// Every peer with something against it, the worst first.
    public nonisolated func standings() -> [PeerStanding] {
        standingBook.use { $0.standings(at: $1) }
    }

    /// How a peer stands, by what rules, and how long until that is over.
    public nonisolated func explainStanding(of peer: PeerID) -> StandingExplanation {
        standingBook.use { $0.explain(peer, at: $1) }
    }

    /// The bans made by hand that have not ended.
    public nonisolated func bans() -> [Ban] { standingBook.use { $0.banList(at: $1) } }

    /// Closes the connections with a peer or with an address range and refuses new ones.
    ///
    /// Faults never ban addresses: many honest peers may share one. That is for people to do.
    ///
    /// - Parameters:
    ///   - length: `nil` for ever.
    ///   - reason: For whoever looks later.
    /// - Throws: ``HostError/limit(_:)`` when there are ``StandingLimits/maximumBans`` already.
    public func ban(
        _ subject: BanSubject, for length: Duration? = nil, because reason: String
    ) async throws(HostError) {
        if case .peer(peerID) = subject { throw .dialledSelf }
        let result: Result<[StandingMachine.Action], LimitRefusal> = standingBook.use {
            machine, now in
            do throws(LimitRefusal) {
                return .success(try machine.ban(subject, for: length, because: reason, at: now))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let actions): await perform(actions)
        case .failure(let refusal): throw .limit(refusal)
        }
    }

    /// Takes a ban back and forgets everything that is held against a peer.
    public func pardon(_ subject: BanSubject) async {
        await perform(standingBook.use { $0.pardon(subject, at: $1) })
    }

    /// Forgets everything that is held against a peer.
    public func pardon(_ peer: PeerID) async { await pardon(.peer(peer)) }

    /// One key of an identity has taken the place of another: what is held against the old one is
    /// held against the new one too, and is on disk when this returns.
    func inheritStanding(of old: PeerID, by new: PeerID) async {
        guard new != peerID else { return }
        await perform(standingBook.use { $0.succeed(old, by: new, at: $1) })
        await archive.write()
    }

    // MARK: Consequences

    /// Lets the book act on this node, which it does not keep alive.
    nonisolated func connectStanding() {
        standingBook.onAction { [weak self] actions in
            guard let self else { return }
            standingTasks.start(on: runtime.executors.home) { [weak self] in
                await self?.perform(actions)
            }
        }
    }

    private func perform(_ actions: [StandingMachine.Action]) async {
        await archive.scheduleWrite()
        for action in actions {
            switch action {
            case .disconnect(let peer): await disconnect(peer)
            case .disconnectRange(let range): await disconnect(range)
            case .changed(let peer, let state):
                log.info(
                    "peer standing changed",
                    metadata: ["remote": "\(peer)", "state": "\(state.rawValue)"])
                hub.publish(.standingChanged(peer, state))
            }
        }
    }

    private func disconnect(_ range: IPSubnet) async {
        for (_, peer) in peers.sorted(by: { $0.key < $1.key }) {
            for connection in await peer.connectionList {
                guard let address = await connection.info?.remoteAddress.ipEndpoint?.address,
                    range.contains(address)
                else { continue }
                await connection.close()
            }
        }
    }
}
