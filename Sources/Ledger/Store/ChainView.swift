extension ChainStore {
    /// The chain as it is now.
    public func view() throws(ChainError) -> ChainView {
        do throws(LedgerStoreError) {
            return try ChainView(self)
        } catch {
            throw .store(error)
        }
    }
}

/// A chain as it was at one moment.
public struct ChainView: Sendable {
    let snapshot: LedgerSnapshot
    private let store: ChainStore
    /// The head's number.
    public let headNumber: UInt64
    /// The head's hash.
    public let headHash: Hash32

    init(_ store: ChainStore) throws(LedgerStoreError) {
        self.store = store
        snapshot = try store.store.snapshot()
        guard let head = try snapshot.value(LedgerTables.meta, .head)?.stored,
            head.count == 40, let hash = Hash32(head.suffix(32)),
            let number = StoredBytes(Array(head.prefix(8))).number
        else { throw .corrupt("meta head") }
        headNumber = number
        headHash = hash
    }

    /// The number of a block; `nil` if there is no such block.
    public func number(of id: BlockID) throws(LedgerStoreError) -> UInt64? {
        switch id {
        case .latest, .pending: headNumber
        case .earliest: 0
        case .number(let number): number <= headNumber ? number : nil
        case .hash(let hash): try snapshot.value(LedgerTables.numbers, hash)
        }
    }

    /// A header, if there is one of this number.
    public func header(_ number: UInt64) throws(LedgerStoreError) -> BlockHeader? {
        guard let bytes = try snapshot.value(LedgerTables.headers, number)?.stored else {
            return nil
        }
        return try Self.decoding("header \(number)") { () throws(RLPError) in
            try BlockHeader(decoding: bytes)
        }
    }

    /// A block, if there is one of this number.
    public func block(_ number: UInt64) throws(LedgerStoreError) -> Block? {
        guard let header = try header(number) else { return nil }
        guard let bytes = try snapshot.value(LedgerTables.bodies, number)?.stored,
            let senders = try snapshot.value(LedgerTables.senders, number)?.stored
        else { throw .corrupt("body \(number)") }
        var list = try Self.decoding("body \(number)") { () throws(RLPError) in
            var reader = RLPReader(bytes)
            return try reader.list()
        }
        do throws(BlockDecodingError) {
            let body = try Block.Body(from: &list)
            guard senders.count == body.transactions.count * 20 else {
                throw BlockDecodingError.tooLong(senders.count)
            }
            var transactions: [SignedTransaction] = []
            transactions.reserveCapacity(body.transactions.count)
            for (index, encoded) in body.transactions.enumerated() {
                let sender = Address(senders[index * 20..<(index + 1) * 20]) ?? .zero
                do throws(TransactionDecodingError) {
                    transactions.append(
                        try SignedTransaction(decoding: encoded, knownSender: sender))
                } catch {
                    throw BlockDecodingError.transaction(index: index, error)
                }
            }
            return Block(
                header: header, transactions: transactions, withdrawals: body.withdrawals)
        } catch {
            throw .corrupt("body \(number): \(error)")
        }
    }

    /// The receipts of a block that is there.
    public func receipts(of block: Block) throws(LedgerStoreError) -> [Receipt] {
        guard let bytes = try snapshot.value(LedgerTables.receipts, block.number)?.stored else {
            throw .corrupt("receipts \(block.number)")
        }
        return try Self.decoding("receipts \(block.number)") { () throws(RLPError) in
            try Receipt.restored(bytes, of: block)
        }
    }

    /// Where a transaction is.
    func place(of transaction: Hash32) throws(LedgerStoreError) -> TransactionPlace? {
        try snapshot.value(LedgerTables.transactions, transaction)
    }

    /// The lowest number of a block whose state can be had.
    public func oldestState() throws(LedgerStoreError) -> UInt64 {
        try snapshot.value(LedgerTables.meta, .oldestState)?.number ?? 0
    }

    /// The state after a block.
    public func state(at id: BlockID) throws(ChainError) -> ChainState {
        let found: (header: BlockHeader?, oldest: UInt64)
        do throws(LedgerStoreError) {
            let number = try number(of: id)
            found = (
                number == nil ? nil : try header(number ?? 0), try oldestState()
            )
        } catch {
            throw .store(error)
        }
        guard let header = found.header else { throw .unknownBlock(id) }
        guard header.number >= found.oldest else {
            throw .pruned(number: header.number, oldest: found.oldest)
        }
        return ChainState(
            header, snapshot: snapshot, codes: store.codes, head: headNumber,
            isArchive: store.isArchive)
    }

    private static func decoding<Result>(
        _ what: String, _ body: () throws(RLPError) -> Result
    ) throws(LedgerStoreError) -> Result {
        do throws(RLPError) {
            return try body()
        } catch {
            throw .corrupt("\(what): \(error)")
        }
    }
}
