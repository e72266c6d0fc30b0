/// What became of a transaction in a block (Yellow Paper, §4.3.1; EIP-658, EIP-2718).
public struct Receipt: Sendable, Equatable {
    /// The transaction's.
    public var kind: Transaction.Kind
    /// Whether it succeeded.
    public var status: Bool
    /// Gas of the block's transactions up to and with this one.
    public var cumulativeGasUsed: UInt64
    /// What the logs are about.
    public var bloom: Bloom
    /// What was logged.
    public var logs: [EVMLog]
    /// Gas of this transaction. Not encoded: follows from the cumulative ones.
    public var gasUsed: UInt64
    /// Where a creation puts its contract, also if it failed, as geth reports it. Not encoded.
    public var contract: Address?
    /// Wei per gas that the sender paid. Not encoded.
    public var effectiveGasPrice: UInt256

    /// All fields but the bloom, which follows from the logs.
    public init(
        kind: Transaction.Kind, status: Bool, cumulativeGasUsed: UInt64, logs: [EVMLog],
        gasUsed: UInt64, contract: Address?, effectiveGasPrice: UInt256
    ) {
        self.kind = kind
        self.status = status
        self.cumulativeGasUsed = cumulativeGasUsed
        bloom = Bloom(logs: logs)
        self.logs = logs
        self.gasUsed = gasUsed
        self.contract = contract
        self.effectiveGasPrice = effectiveGasPrice
    }

    /// The form that the receipts' root is made of.
    public var encoded: [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            list.write(status ? 1 : 0 as UInt64)
            list.write(cumulativeGasUsed)
            list.write(bloom.bytes)
            Self.write(logs, to: &list)
        }
        return kind == .legacy ? writer.bytes : [kind.rawValue] + writer.bytes
    }

    private static func write(_ logs: [EVMLog], to list: inout RLPWriter) {
        list.list { items in
            for log in logs {
                items.list { item in
                    item.write(log.address.bytes)
                    item.list { topics in
                        for topic in log.topics { topics.write(topic.bytes) }
                    }
                    item.write(log.data)
                }
            }
        }
    }

    /// The root of a block's receipts.
    public static func root(of receipts: [Receipt]) -> Hash32 {
        ListTrie.root(of: receipts.count) { receipts[$0].encoded }
    }
}

extension Receipt {
    /// Reads the form of the root. The fields that it leaves out are zero.
    public init(decoding bytes: [UInt8]) throws(RLPError) {
        guard let first = bytes.first else { throw .truncated }
        var kind = Transaction.Kind.legacy
        var rest = bytes[...]
        if first < 0xc0 {
            guard first != 0, let typed = Transaction.Kind(rawValue: first) else {
                throw .unexpectedKind
            }
            kind = typed
            rest = rest.dropFirst()
        }
        var reader = RLPReader(rest)
        var list = try reader.list()
        try reader.finish()
        let status = try list.integer64()
        guard status <= 1 else { throw .width(expected: 1, found: 8) }
        let cumulative = try list.integer64()
        let bloom = Bloom(try list.string(width: Bloom.byteCount)) ?? .empty
        let logs = try Self.logs(from: &list)
        try list.finish()
        self.init(
            kind: kind, status: status == 1, cumulativeGasUsed: cumulative, logs: logs, gasUsed: 0,
            contract: nil, effectiveGasPrice: .zero)
        self.bloom = bloom
    }

    private static func logs(from list: inout RLPReader) throws(RLPError) -> [EVMLog] {
        var items = try list.list()
        var logs: [EVMLog] = []
        while !items.isAtEnd {
            var item = try items.list()
            let address = Address(try item.string(width: 20)) ?? .zero
            var topics: [UInt256] = []
            var words = try item.list()
            while !words.isAtEnd { topics.append(try words.hash().word) }
            logs.append(EVMLog(address: address, topics: topics, data: Array(try item.string())))
            try item.finish()
        }
        return logs
    }

    // MARK: The store's form

    /// A block's receipts as the store keeps them: what block and order do not tell.
    static func stored(_ receipts: [Receipt]) -> [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            for receipt in receipts {
                list.list { item in
                    item.write(receipt.status ? 1 : 0 as UInt64)
                    item.write(receipt.gasUsed)
                    write(receipt.logs, to: &item)
                }
            }
        }
        return writer.bytes
    }

    /// Reads what ``stored(_:)`` wrote, with the block that tells the rest.
    static func restored(_ bytes: [UInt8], of block: Block) throws(RLPError) -> [Receipt] {
        var reader = RLPReader(bytes)
        var list = try reader.list()
        try reader.finish()
        var receipts: [Receipt] = []
        var cumulative: UInt64 = 0
        for signed in block.transactions {
            var item = try list.list()
            let status = try item.integer64() == 1
            let used = try item.integer64()
            cumulative &+= used
            let transaction = signed.transaction
            receipts.append(
                Receipt(
                    kind: transaction.kind, status: status, cumulativeGasUsed: cumulative,
                    logs: try logs(from: &item), gasUsed: used,
                    contract: transaction.to == nil
                        ? Address.created(by: signed.sender, nonce: transaction.nonce) : nil,
                    effectiveGasPrice: transaction.effectiveGasPrice(
                        baseFee: block.header.baseFeePerGas ?? .zero) ?? .zero))
            try item.finish()
        }
        try list.finish()
        return receipts
    }
}
