/// This node's own peer record.
extension PeerNode {
    /// The record with its signature.
    struct OwnRecord: Sendable {
        var record: PeerRecord
        var envelope: [UInt8]
    }

    /// The record that says where this node can be dialled, as it is told to every peer.
    ///
    /// The same bytes for as long as the addresses are the same: who hears of the node from several
    /// peers can tell that it is one statement, and the key, which may live in a hardware module,
    /// signs once.
    func ownRecord() async throws -> (PeerRecord, envelope: [UInt8]) {
        let addresses = advertisedAddresses
        if let known = signedOwnRecord.withLockedValue({ $0 }), known.record.addresses == addresses
        {
            return (known.record, known.envelope)
        }
        let record = PeerRecord(
            peerID: peerID, sequence: runtime.clock.unixNanoseconds, addresses: addresses)
        let envelope = try await record.sealed(with: identity.signer).bytes
        // Somebody else may have been faster while the key signed; the first one counts.
        let kept = signedOwnRecord.withLockedValue { known in
            if let known, known.record.addresses == record.addresses { return known }
            let made = OwnRecord(record: record, envelope: envelope)
            known = made
            return made
        }
        return (kept.record, kept.envelope)
    }
}
