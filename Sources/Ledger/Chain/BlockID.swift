/// Which block is meant (JSON-RPC's block parameter, EIP-1898).
public enum BlockID: Hashable, Sendable {
    /// By its number.
    case number(UInt64)
    /// By its hash.
    case hash(Hash32)
    /// The head.
    case latest
    /// The genesis.
    case earliest
    /// The block that is being made; as this ledger shows nothing of it, the same as the head.
    case pending
}
