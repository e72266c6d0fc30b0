/// What waits for a block, as geth's `txpool` shows it.
package struct PoolMethods: RPCArea {
    let pool: Mempool

    package init(pool: Mempool) { self.pool = pool }

    package var methods: [RPCMethod] {
        [
            RPCMethod("txpool_status", 0) { _, _ in
                let counts = await pool.counts
                return .members([
                    "pending": .quantity(counts.pending), "queued": .quantity(counts.queued),
                ])
            },
            RPCMethod("txpool_content", 0) { _, _ in
                let contents = await pool.contents()
                return .members([
                    "pending": bySender(contents.map { ($0.sender, $0.pending) }) {
                        .transaction($0)
                    },
                    "queued": bySender(contents.map { ($0.sender, $0.queued) }) {
                        .transaction($0)
                    },
                ])
            },
            RPCMethod("txpool_contentFrom", 1) { parameters, _ in
                let found = await pool.contents(of: try parameters.address(0)).first
                return .members([
                    "pending": byNonce(found?.pending ?? []) { .transaction($0) },
                    "queued": byNonce(found?.queued ?? []) { .transaction($0) },
                ])
            },
            RPCMethod("txpool_inspect", 0) { _, _ in
                let contents = await pool.contents()
                return .members([
                    "pending": bySender(contents.map { ($0.sender, $0.pending) }, summary),
                    "queued": bySender(contents.map { ($0.sender, $0.queued) }, summary),
                ])
            },
        ]
    }

    private func bySender(
        _ senders: [(Address, [SignedTransaction])], _ show: (SignedTransaction) -> JSONValue
    ) -> JSONValue {
        var object = JSONObject()
        for (sender, transactions) in senders where !transactions.isEmpty {
            object.append(sender.description, byNonce(transactions, show))
        }
        return .object(object)
    }

    private func byNonce(
        _ transactions: [SignedTransaction], _ show: (SignedTransaction) -> JSONValue
    ) -> JSONValue {
        var object = JSONObject()
        for signed in transactions {
            object.append(String(signed.transaction.nonce), show(signed))
        }
        return .object(object)
    }

    private func summary(_ signed: SignedTransaction) -> JSONValue {
        let transaction = signed.transaction
        let target = transaction.to?.description ?? "contract creation"
        return .string(
            "\(target): \(transaction.value) wei + \(transaction.gasLimit) gas × "
                + "\(transaction.maxFeePerGas) wei")
    }
}
