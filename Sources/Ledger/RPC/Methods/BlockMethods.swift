/// Blocks, and what stands in them.
package struct BlockMethods: RPCArea {
    let backend: any LedgerBackend
    let pool: Mempool

    package init(backend: any LedgerBackend, pool: Mempool) {
        self.backend = backend
        self.pool = pool
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_blockNumber", 0) { _, _ in
                .quantity(try await backend.headBlock().number)
            },
            RPCMethod("eth_getBlockByNumber", 2) { parameters, _ in
                let full = try parameters.bool(1, default: false)
                let id = try parameters.block(0)
                if id == .pending { return try await pendingBlock(full: full) }
                return try await backend.block(id).map { .block($0, full: full) } ?? .null
            },
            RPCMethod("eth_getBlockByHash", 2) { parameters, _ in
                let full = try parameters.bool(1, default: false)
                return try await backend.block(.hash(try parameters.hash(0)))
                    .map { .block($0, full: full) } ?? .null
            },
            RPCMethod("eth_getHeaderByNumber", 1) { parameters, _ in
                try await backend.block(try parameters.block(0)).map(JSONValue.header) ?? .null
            },
            RPCMethod("eth_getHeaderByHash", 1) { parameters, _ in
                try await backend.block(.hash(try parameters.hash(0))).map(JSONValue.header)
                    ?? .null
            },
            RPCMethod("eth_getBlockReceipts", 1) { parameters, _ in
                guard let block = try await backend.block(try parameters.block(0)),
                    let receipts = try await backend.receipts(of: block.hash)
                else { return .null }
                return .receipts(receipts, of: block, rules: backend.forkRules(of: block))
            },
        ] + counts + raw
    }

    private var counts: [RPCMethod] {
        [
            RPCMethod("eth_getBlockTransactionCountByNumber", 1) { parameters, _ in
                try await backend.block(try parameters.block(0))
                    .map { .quantity($0.transactions.count) } ?? .null
            },
            RPCMethod("eth_getBlockTransactionCountByHash", 1) { parameters, _ in
                try await backend.block(.hash(try parameters.hash(0)))
                    .map { .quantity($0.transactions.count) } ?? .null
            },
            // There are no uncles.
            RPCMethod("eth_getUncleCountByBlockNumber", 1) { parameters, _ in
                try await backend.block(try parameters.block(0)) == nil ? .null : "0x0"
            },
            RPCMethod("eth_getUncleCountByBlockHash", 1) { parameters, _ in
                try await backend.block(.hash(try parameters.hash(0))) == nil ? .null : "0x0"
            },
            RPCMethod("eth_getUncleByBlockNumberAndIndex", 2) { parameters, _ in
                _ = (try parameters.block(0), try parameters.quantity64(1))
                return .null
            },
            RPCMethod("eth_getUncleByBlockHashAndIndex", 2) { parameters, _ in
                _ = (try parameters.hash(0), try parameters.quantity64(1))
                return .null
            },
        ]
    }

    private var raw: [RPCMethod] {
        [
            RPCMethod("debug_getRawBlock", 1) { parameters, _ in
                .data(try await existing(parameters).encoded)
            },
            RPCMethod("debug_getRawHeader", 1) { parameters, _ in
                .data(try await existing(parameters).header.encoded)
            },
            RPCMethod("debug_getRawReceipts", 1) { parameters, _ in
                let block = try await existing(parameters)
                let receipts = try await backend.receipts(of: block.hash) ?? []
                return .array(receipts.map { .data($0.encoded) })
            },
        ]
    }

    private func existing(_ parameters: RPCParameters) async throws -> Block {
        guard let block = try await backend.block(try parameters.block(0)) else {
            throw RPCError.headerNotFound
        }
        return block
    }

    /// The block to come as far as anybody knows: what waits, on top of the head. Like geth's it has
    /// no hash, no nonce and no beneficiary.
    private func pendingBlock(full: Bool) async throws -> JSONValue {
        let head = try await backend.headBlock()
        var header = head.header
        header.parentHash = head.hash
        header.number += 1
        header.timestamp += 1
        header.gasUsed = 0
        header.baseFeePerGas = backend.rules.feePolicy.baseFee(after: head.header)
        let waiting = await pool.candidates(limit: 1000)
        let block = Block(header: header, transactions: waiting)
        guard case .object(let object) = JSONValue.block(block, full: false) else { return .null }
        var shown = JSONObject()
        for member in object.members {
            switch member.name {
            case "hash", "nonce", "miner": shown.append(member.name, .null)
            case "transactions":
                shown.append(
                    member.name,
                    .array(waiting.map { full ? .transaction($0) : .data($0.hash) }))
            default: shown.append(member.name, member.value)
            }
        }
        return .object(shown)
    }
}

extension LedgerBackend {
    /// The rules of a block's fork.
    func forkRules(of block: Block) -> ForkRules {
        rules.forks.fork(at: block.header.timestamp).rules
    }
}
