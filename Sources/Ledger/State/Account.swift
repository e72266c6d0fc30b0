/// What the state holds of an account, its storage apart (Yellow Paper, §4.1).
public struct Account: Hashable, Sendable {
    /// Transactions sent, or contracts made.
    public var nonce: UInt64
    /// Wei.
    public var balance: UInt256
    /// Keccak-256 of its code.
    public var codeHash: Hash32

    /// An account.
    public init(nonce: UInt64 = 0, balance: UInt256 = .zero, codeHash: Hash32 = .emptyCode) {
        self.nonce = nonce
        self.balance = balance
        self.codeHash = codeHash
    }

    /// Whether the account might as well not exist (EIP-161).
    public var isEmpty: Bool { nonce == 0 && balance.isZero && codeHash == .emptyCode }

    /// The leaf of the state trie (Yellow Paper, §4.1).
    func encoded(storageRoot: Hash32) -> [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            list.write(nonce)
            list.write(balance)
            list.write(storageRoot.bytes)
            list.write(codeHash.bytes)
        }
        return writer.bytes
    }
}
