import PeerKit

/// Transactions: sent, waiting, and in blocks.
package struct TransactionMethods: RPCArea {
    let backend: any LedgerBackend
    let pool: Mempool
    let limits: RPCLimits
    let runtime: Runtime
    /// Told of each transaction that the pool has taken, before its sender is answered.
    let sent: @Sendable (SignedTransaction) async -> Void

    package init(
        backend: any LedgerBackend, pool: Mempool, limits: RPCLimits, runtime: Runtime,
        sent: @escaping @Sendable (SignedTransaction) async -> Void = { _ in }
    ) {
        self.backend = backend
        self.pool = pool
        self.limits = limits
        self.runtime = runtime
        self.sent = sent
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_getTransactionByHash", 1) { parameters, _ in
                let hash = try parameters.hash(0)
                if let found = try await backend.transaction(hash) {
                    let signed = found.block.transactions[found.index]
                    return .transaction(signed, in: found.block, at: found.index)
                }
                return await pool.transaction(hash).map { .transaction($0) } ?? .null
            },
            RPCMethod("eth_getTransactionReceipt", 1) { parameters, _ in
                try await receipt(of: try parameters.hash(0)) ?? .null
            },
            RPCMethod("eth_sendRawTransaction", 1) { parameters, _ in
                .data(try await send(try parameters.data(0)))
            },
            RPCMethod("eth_sendRawTransactionSync", 2) { parameters, _ in
                try await sendAndWait(parameters)
            },
            RPCMethod("eth_getRawTransactionByHash", 1) { parameters, _ in
                try await raw(try parameters.hash(0)).map { .data($0) } ?? .null
            },
            RPCMethod("debug_getRawTransaction", 1) { parameters, _ in
                try await raw(try parameters.hash(0)).map { .data($0) } ?? "0x"
            },
        ] + byPlace
    }

    private var byPlace: [RPCMethod] {
        let byNumber: @Sendable (RPCParameters) throws -> BlockID = { try $0.block(0) }
        let byHash: @Sendable (RPCParameters) throws -> BlockID = { .hash(try $0.hash(0)) }
        return [("Number", byNumber), ("Hash", byHash)].flatMap { word, id in
            [
                RPCMethod("eth_getTransactionByBlock\(word)AndIndex", 2) { parameters, _ in
                    guard let (block, index) = try await place(try id(parameters), parameters)
                    else { return .null }
                    return .transaction(block.transactions[index], in: block, at: index)
                },
                RPCMethod("eth_getRawTransactionByBlock\(word)AndIndex", 2) { parameters, _ in
                    guard let (block, index) = try await place(try id(parameters), parameters)
                    else { return .null }
                    return .data(block.transactions[index].encoded)
                },
            ]
        }
    }

    private func place(
        _ id: BlockID, _ parameters: RPCParameters
    ) async throws -> (Block, Int)? {
        let index = try parameters.quantity64(1)
        guard let block = try await backend.block(id), index < UInt64(block.transactions.count)
        else { return nil }
        return (block, Int(index))
    }

    private func receipt(of hash: Hash32) async throws -> JSONValue? {
        guard let (block, index) = try await backend.transaction(hash),
            let receipts = try await backend.receipts(of: block.hash), index < receipts.count
        else { return nil }
        let firstLog = receipts[..<index].reduce(0) { $0 + $1.logs.count }
        return .receipt(
            receipts[index], of: index, in: block, firstLog: firstLog,
            rules: backend.forkRules(of: block))
    }

    private func raw(_ hash: Hash32) async throws -> [UInt8]? {
        if let (block, index) = try await backend.transaction(hash) {
            return block.transactions[index].encoded
        }
        return await pool.transaction(hash)?.encoded
    }

    private func send(_ bytes: [UInt8]) async throws -> Hash32 {
        let signed: SignedTransaction
        do throws(TransactionDecodingError) {
            signed = try SignedTransaction(decoding: bytes)
        } catch {
            throw RPCError.failed(error.clientText)
        }
        // One that is in a block already is known too, whatever its nonce now says.
        if try await backend.transaction(signed.hash) != nil {
            throw MempoolError.alreadyKnown
        }
        try await pool.add(signed)
        await sent(signed)
        return signed.hash
    }

    /// EIP-7966: answers with the receipt, or with an error of code 4 when it takes too long.
    private func sendAndWait(_ parameters: RPCParameters) async throws -> JSONValue {
        var wait = Duration.seconds(2)
        if parameters.optional(1) != nil {
            let asked = try parameters.quantity64(1)
            let most = limits.maximumSyncWait
            wait = asked > UInt64(most.components.seconds) * 1000 ? most : .milliseconds(asked)
        }
        let deadline = runtime.clock.now.advanced(by: wait)
        let events = await backend.chainEvents()
        let hash = try await send(try parameters.data(0))
        if let receipt = try await receipt(of: hash) { return receipt }
        let found = try? await runtime.withTimeout(
            runtime.clock.now.duration(to: deadline)
        ) {
            for await _ in events {
                if let receipt = try await receipt(of: hash) { return receipt }
            }
            return JSONValue.null
        }
        if let found, found != .null { return found }
        throw RPCError(
            4, "The transaction was added to the mempool but wasn't processed in time",
            data: .data(hash))
    }
}

extension TransactionDecodingError {
    /// The text that clients get.
    var clientText: String {
        switch self {
        case .tooLong(let count):
            "oversized data: transaction size \(count), limit \(SignedTransaction.maximumBytes)"
        case .encoding(let error): "rlp: \(error)"
        case .unsupportedKind: "transaction type not supported"
        case .signature: "invalid sender"
        }
    }
}
