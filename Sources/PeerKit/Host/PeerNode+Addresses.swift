/// Where this node can be found.
extension PeerNode {
    /// Addresses under which enough independent peers see this node, without `/p2p`, the best
    /// attested first. See ``ObservationRules``.
    public var observedAddresses: [Multiaddr] { observations.believed }

    /// What peers are told: the addresses listened on, then those observed, without `/p2p`.
    public var advertisedAddresses: [Multiaddr] {
        boundAddresses + observations.believed.filter { !boundAddresses.contains($0) }
    }

    /// A peer has said under which address it sees this node.
    func observed(_ address: Multiaddr, by peer: PeerID, over connection: ConnectionInfo) {
        guard let source = connection.remoteAddress.ipEndpoint?.address else { return }
        let hasChanged = observations.observe(
            address, by: peer, at: source, over: connection.direction, bound: boundAddresses,
            now: runtime.clock.now)
        guard hasChanged else { return }
        log.info(
            "observed addresses changed", metadata: ["addresses": "\(observations.believed)"])
        hub.publish(.observedAddressesChanged(observations.believed))
        scheduleIdentifyPush()
    }
}
