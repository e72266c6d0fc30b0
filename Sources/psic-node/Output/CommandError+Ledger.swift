import Ledger

/// What the ledger's errors mean for the user.
extension CommandError {
    /// The error to report for the ledger's store.
    init(_ error: LedgerStoreError) {
        switch error {
        case .storage(let cause): self.init(wrapping: cause)
        case .schema(let found, let supported):
            self.init(
                .dataDirectory,
                "the ledger's tables have version \(found), this program reads \(supported)",
                hint: "use the program that wrote them, or a newer one")
        case .corrupt(let what):
            self.init(
                .dataDirectory, "the ledger's data are damaged: \(what)",
                hint: "psic-node db check names all that is; db restore brings a backup back")
        case .tooManySnapshots(let limit):
            self.init(.refused, "\(limit) snapshots of the ledger are open")
        case .closed: self.init(.failure, "the ledger is closed")
        }
    }

    /// The error to report for a chain.
    init(_ error: ChainError) {
        switch error {
        case .store(let cause): self.init(cause)
        case .genesis(let cause): self.init(.configuration, "the genesis: \(cause)")
        case .otherChain(let stored, let expected):
            self.init(
                .configuration,
                "the home holds the chain of genesis \(stored), not of \(expected)",
                hint: "name another directory with --home")
        case .empty:
            self.init(
                .failure, "the home holds no chain yet", hint: "name the home with --home")
        case .tooManyLogs, .filter, .proof: self.init(.refused, "\(error)")
        case .unknownBlock, .pruned, .emptyRange, .call: self.init(.failure, "\(error)")
        }
    }
}
