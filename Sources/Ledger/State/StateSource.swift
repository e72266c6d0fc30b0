/// The state before a transaction, which a journal reads and never writes.
///
/// `mutating`, since a source may remember what it has read; none changes what it answers.
public protocol StateSource {
    /// An account, or `nil` if there is none.
    mutating func account(_ address: Address) -> Account?
    /// A storage slot's value; 0 where nothing was written.
    mutating func storage(_ key: UInt256, of address: Address) -> UInt256
    /// Whether an account has any storage at all (EIP-7610).
    mutating func hasStorage(_ address: Address) -> Bool
    /// An account's code, analysed.
    mutating func code(_ hash: Hash32) -> AnalyzedCode
    /// The hash of a block.
    func blockHash(_ number: UInt64) -> Hash32
}

/// A state that transactions change, one after another.
public protocol ExecutionState: StateSource {
    /// Takes over what a transaction did.
    mutating func apply(_ changes: StateChanges)

    /// Moves everything out and leaves next to nothing.
    ///
    /// A journal holds the state while a transaction runs. Were anything of it left where it came from,
    /// the first change would copy the tables of a whole block.
    mutating func moved() -> Self
}
