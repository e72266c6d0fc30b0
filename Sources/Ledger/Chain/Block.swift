/// A header with what its roots are about.
public struct Block: Sendable, Equatable {
    /// What the hash is about.
    public let header: BlockHeader
    /// In their order.
    public let transactions: [SignedTransaction]
    /// In their order; `nil` in blocks from before there were any (EIP-4895).
    public let withdrawals: [Withdrawal]?
    /// The header's.
    public let hash: Hash32

    /// A block; whether the header fits the rest is for `BlockExecutor` to say.
    public init(
        header: BlockHeader, transactions: [SignedTransaction] = [],
        withdrawals: [Withdrawal]? = []
    ) {
        self.header = header
        self.transactions = transactions
        self.withdrawals = withdrawals
        hash = header.hash
    }

    /// The header's.
    public var number: UInt64 { header.number }

    /// Two blocks are the same when their hashes are.
    public static func == (a: Block, b: Block) -> Bool { a.hash == b.hash }

    /// `[header, transactions, ommers, withdrawals]`.
    public var encoded: [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            header.write(to: &list)
            writeBody(to: &list)
        }
        return writer.bytes
    }

    /// The size in bytes of the encoding, as JSON-RPC reports it.
    public var byteCount: Int { encoded.count }

    /// `[transactions, ommers, withdrawals]`: what the store keeps beside the header.
    var encodedBody: [UInt8] {
        var writer = RLPWriter()
        writer.list { list in writeBody(to: &list) }
        return writer.bytes
    }

    private func writeBody(to list: inout RLPWriter) {
        list.list { items in
            for transaction in transactions {
                if transaction.transaction.kind == .legacy {
                    items.writeEncoded(transaction.encoded)
                } else {
                    items.write(transaction.encoded)
                }
            }
        }
        list.list { _ in }
        if let withdrawals {
            list.list { items in for withdrawal in withdrawals { withdrawal.write(to: &items) } }
        }
    }

    /// The root of the transactions, which the header must have.
    public var transactionsRoot: Hash32 { ListTrie.root(of: transactions.map(\.encoded)) }

    /// The root of the withdrawals, which the header must have.
    public var withdrawalsRoot: Hash32? {
        withdrawals.map { ListTrie.root(of: $0.map(\.encoded)) }
    }
}

/// Why bytes are no block.
public enum BlockDecodingError: Error, Hashable, Sendable {
    /// More bytes than ``ChainLimits/blockBytes``.
    case tooLong(Int)
    /// No canonical RLP, or not of the fields that a block has.
    case encoding(RLPError)
    /// A transaction that nobody can have signed, or of an unknown form.
    case transaction(index: Int, TransactionDecodingError)
    /// Ommers, which no block has any more.
    case ommers
}

extension Block {
    /// Reads a block and nothing after it, and recovers who signed its transactions.
    public init(decoding bytes: [UInt8]) throws(BlockDecodingError) {
        let (header, body) = try Self.parts(of: bytes)
        self.init(
            header: header,
            transactions: try Self.recover(body.transactions, body.transactions.indices),
            withdrawals: body.withdrawals)
    }

    /// A block with its transactions still encoded.
    static func parts(
        of bytes: [UInt8]
    ) throws(BlockDecodingError) -> (header: BlockHeader, body: Body) {
        guard bytes.count <= ChainLimits.blockBytes else { throw .tooLong(bytes.count) }
        var list: RLPReader
        let header: BlockHeader
        do throws(RLPError) {
            var reader = RLPReader(bytes)
            list = try reader.list()
            try reader.finish()
            header = try BlockHeader(from: &list)
        } catch {
            throw .encoding(error)
        }
        return (header, try Body(from: &list))
    }

    /// The parts behind the header, the transactions still encoded.
    struct Body {
        var transactions: [[UInt8]] = []
        var withdrawals: [Withdrawal]?

        init(from list: inout RLPReader) throws(BlockDecodingError) {
            var hasOmmers = false
            do throws(RLPError) {
                var items = try list.list()
                while !items.isAtEnd {
                    transactions.append(
                        items.isAtList
                            ? Array(try items.nextEncoded()) : Array(try items.string()))
                }
                hasOmmers = try !list.list().isAtEnd
                if !list.isAtEnd {
                    var items = try list.list()
                    var found: [Withdrawal] = []
                    while !items.isAtEnd { found.append(try Withdrawal(from: &items)) }
                    withdrawals = found
                }
                try list.finish()
            } catch {
                throw .encoding(error)
            }
            if hasOmmers { throw .ommers }
        }
    }
}
