import Collections

/// Which key has taken the place of which, and which are revoked; without I/O.
///
/// Rules:
/// - A chain is believed when each certificate is signed by both of its keys, each follows on the
///   one before with the next number, and the last leads to the peer that shows it.
/// - Of two successors of one key the one seen first counts. A second one means that two parties
///   hold the key, and neither this node nor anybody else can know who is right.
/// - A revoked key is refused, and its word for a successor that was not believed before counts for
///   nothing: whoever has stolen it could give that, too. Successors believed before stay.
/// - A key may be revoked by itself, or by the recovery key that the certificate named which made it
///   valid.
public struct RotationBook: Sendable {
    /// What a chain has changed.
    struct Change: Sendable, Hashable {
        /// Keys that have a successor from now on, each with it; in order.
        var succeeded: [Succession] = []
        /// Two different successors of one key.
        var equivocations: [PeerID] = []
        /// Keys whose successor had to be forgotten to make room.
        var forgotten: [PeerID] = []
    }

    /// What a revocation has changed.
    struct Revoked: Sendable, Hashable {
        /// The key that is revoked from now on.
        var key: PeerID
        /// The key whose revocation had to be forgotten to make room.
        var forgotten: PeerID?
    }

    /// A key and who follows it.
    struct Succession: Sendable, Hashable {
        var old: PeerID
        var new: PeerID
    }

    private let limits: RotationLimits
    private var successors: OrderedDictionary<PeerID, RotationCertificate> = [:]
    private var predecessors: [PeerID: PeerID] = [:]
    private var revoked: OrderedDictionary<PeerID, RevocationCertificate> = [:]

    init(limits: RotationLimits = .init()) { self.limits = limits }

    /// Keys with a successor, and revoked ones.
    var linkCount: Int { successors.count }
    var revokedCount: Int { revoked.count }

    // MARK: Asking

    /// The present key of the identity that a key belongs or belonged to; the key itself if it has
    /// no successor.
    public func resolve(_ peer: PeerID) -> PeerID {
        var current = peer
        // Links never form a ring, but a bound costs nothing.
        for _ in 0...successors.count {
            guard let next = successors[current] else { break }
            current = next.new
        }
        return current
    }

    /// All keys of an identity, the oldest known first, up to `peer`.
    public func lineage(of peer: PeerID) -> [PeerID] {
        var list = [peer]
        for _ in 0..<limits.maximumLinks {
            guard let last = list.last, let old = predecessors[last] else { break }
            list.append(old)
        }
        return list.reversed()
    }

    /// Whether a key has been revoked.
    public func isRevoked(_ peer: PeerID) -> Bool { revoked[peer] != nil }

    /// All revoked keys.
    var revokedKeys: Set<PeerID> { Set(revoked.keys) }

    /// The revocations of keys of a peer's identity, oldest first.
    func revocations(of peer: PeerID) -> [RevocationCertificate] {
        lineage(of: peer).compactMap { revoked[$0] }
    }

    /// The certificate that gave a key its successor.
    func certificate(of old: PeerID) -> RotationCertificate? { successors[old] }

    // MARK: Learning

    /// A peer has shown how it has come to its key.
    ///
    /// - Throws: What is wrong with the chain; nothing of it is believed then.
    mutating func accept(
        chain: [[UInt8]], from peer: PeerID, at unixSeconds: UInt64
    ) throws(RotationError) -> Change {
        guard chain.count <= limits.maximumChain else { throw .brokenChain }
        var opened: [RotationCertificate] = []
        for bytes in chain {
            // What is known needs no second look.
            if let known = successors.values.first(where: { $0.bytes == bytes }) {
                opened.append(known)
                continue
            }
            let certificate = try RotationCertificate.open(bytes, limits: limits)
            guard certificate.isValid(at: unixSeconds, limits: limits) else { throw .expired }
            opened.append(certificate)
        }
        try check(opened, leadingTo: peer)
        var change = Change()
        for certificate in opened { add(certificate, to: &change) }
        return change
    }

    private func check(
        _ chain: [RotationCertificate], leadingTo peer: PeerID
    ) throws(RotationError) {
        guard chain.isEmpty || chain.last?.new == peer else { throw .brokenChain }
        var seen: Set<PeerID> = []
        for (index, certificate) in chain.enumerated() {
            guard seen.insert(certificate.old).inserted, !seen.contains(certificate.new) else {
                throw .circular
            }
            guard index > 0 else { continue }
            let before = chain[index - 1]
            guard before.new == certificate.old, before.sequence < certificate.sequence else {
                throw .brokenChain
            }
        }
    }

    private mutating func add(_ certificate: RotationCertificate, to change: inout Change) {
        if let known = successors[certificate.old] {
            // The same pair signed anew (a longer validity, another recovery key) changes nothing.
            if known.new != certificate.new { change.equivocations.append(certificate.old) }
            return
        }
        guard revoked[certificate.old] == nil, predecessors[certificate.new] == nil,
            resolve(certificate.new) != certificate.old
        else { return }
        successors[certificate.old] = certificate
        predecessors[certificate.new] = certificate.old
        change.succeeded.append(.init(old: certificate.old, new: certificate.new))
        if successors.count > limits.maximumLinks {
            let (old, oldest) = successors.removeFirst()
            predecessors[oldest.new] = nil
            change.forgotten.append(old)
        }
    }

    /// Takes over a certificate that was believed before the node was restarted, whatever its time.
    mutating func restore(_ certificate: RotationCertificate) {
        var change = Change()
        add(certificate, to: &change)
    }

    /// Takes over a revocation that was believed before the node was restarted, whoever signed it:
    /// the link that gave its signer a say may be forgotten.
    mutating func restore(_ certificate: RevocationCertificate) {
        guard revoked.count < limits.maximumRevoked else { return }
        revoked[certificate.peer] = certificate
    }

    /// A revocation has come.
    ///
    /// - Returns: What has changed; `nil` if the key was revoked before.
    /// - Throws: ``RotationError/wrongSigner`` when the signer has no say over the key.
    mutating func accept(revocation bytes: [UInt8]) throws(RotationError) -> Revoked? {
        if revoked.values.contains(where: { $0.bytes == bytes }) { return nil }
        let certificate = try RevocationCertificate.open(bytes, limits: limits)
        let signer = certificate.signer.peerID
        let recovery = predecessors[certificate.peer]
            .flatMap { successors[$0]?.recoveryKey?.peerID }
        guard signer == certificate.peer || signer == recovery else { throw .wrongSigner }
        guard revoked[certificate.peer] == nil else { return nil }
        revoked[certificate.peer] = certificate
        let isOverfull = revoked.count > limits.maximumRevoked
        return Revoked(
            key: certificate.peer, forgotten: isOverfull ? revoked.removeFirst().key : nil)
    }
}
