import PeerKit

/// Makes identities whose place in the hash table's key space is near a victim's.
///
/// Nothing hinders it but the making of keys: `2^bits` of them on average for `bits` leading bits in
/// common. In a network of *n* peers the nearest honest ones share about log₂ *n* bits.
struct KeyGrinder {
    private let target: KademliaKey
    private let bits: Int

    /// Grinds towards the ID of `victim`.
    init(towards victim: PeerID, bits: Int) {
        target = KademliaKey(victim)
        self.bits = bits
    }

    /// The next identity that is near enough.
    func next(using generator: inout some RandomNumberGenerator) -> PeerIdentity {
        while true {
            let identity = PeerIdentity.generate(using: &generator)
            if KademliaKey(identity.peerID).commonPrefixLength(with: target) >= bits {
                return identity
            }
        }
    }
}
