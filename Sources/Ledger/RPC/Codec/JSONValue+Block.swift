extension JSONValue {
    /// A header with what `newHeads` shows: nothing of the body.
    package static func header(_ block: Block) -> JSONValue { .object(headerObject(block)) }

    private static func headerObject(_ block: Block) -> JSONObject {
        let header = block.header
        var object = JSONObject()
        object.append("number", .quantity(header.number))
        object.append("hash", .data(block.hash))
        object.append("parentHash", .data(header.parentHash))
        object.append("nonce", .data(UInt256(header.nonce).bytes.suffix(8)))
        object.append("mixHash", .data(header.prevRandao))
        object.append("sha3Uncles", .data(header.ommersHash))
        object.append("logsBloom", .data(header.logsBloom.bytes))
        object.append("transactionsRoot", .data(header.transactionsRoot))
        object.append("stateRoot", .data(header.stateRoot))
        object.append("receiptsRoot", .data(header.receiptsRoot))
        object.append("miner", .data(header.beneficiary))
        object.append("difficulty", .quantity(header.difficulty))
        object.append("extraData", .data(header.extraData))
        object.append("gasLimit", .quantity(header.gasLimit))
        object.append("gasUsed", .quantity(header.gasUsed))
        object.append("timestamp", .quantity(header.timestamp))
        if let fee = header.baseFeePerGas { object.append("baseFeePerGas", .quantity(fee)) }
        if let root = header.withdrawalsRoot { object.append("withdrawalsRoot", .data(root)) }
        if let gas = header.blobGasUsed { object.append("blobGasUsed", .quantity(gas)) }
        if let gas = header.excessBlobGas { object.append("excessBlobGas", .quantity(gas)) }
        if let root = header.parentBeaconBlockRoot {
            object.append("parentBeaconBlockRoot", .data(root))
        }
        if let hash = header.requestsHash { object.append("requestsHash", .data(hash)) }
        return object
    }

    /// A block.
    ///
    /// - Parameter full: Whether transactions stand in it whole, or as hashes.
    package static func block(_ block: Block, full: Bool) -> JSONValue {
        var object = headerObject(block)
        object.append("size", .quantity(block.byteCount))
        object.append("uncles", .array([]))
        object.append(
            "transactions",
            .array(
                block.transactions.indices.map { index in
                    full
                        ? .transaction(block.transactions[index], in: block, at: index)
                        : .data(block.transactions[index].hash)
                }))
        if let withdrawals = block.withdrawals {
            object.append("withdrawals", .array(withdrawals.map(JSONValue.withdrawal)))
        }
        return .object(object)
    }

    private static func withdrawal(_ withdrawal: Withdrawal) -> JSONValue {
        .members([
            "index": .quantity(withdrawal.index),
            "validatorIndex": .quantity(withdrawal.validator),
            "address": .data(withdrawal.address), "amount": .quantity(withdrawal.gigawei),
        ])
    }

    /// A transaction, in a block or waiting for one.
    package static func transaction(
        _ signed: SignedTransaction, in block: Block? = nil, at index: Int = 0
    ) -> JSONValue {
        let transaction = signed.transaction
        let kind = transaction.kind
        var object = JSONObject()
        object.append("blockHash", block.map { .data($0.hash) } ?? .null)
        object.append("blockNumber", block.map { .quantity($0.number) } ?? .null)
        if let block { object.append("blockTimestamp", .quantity(block.header.timestamp)) }
        object.append("from", .data(signed.sender))
        object.append("gas", .quantity(transaction.gasLimit))
        let effective = transaction.effectiveGasPrice(
            baseFee: block?.header.baseFeePerGas ?? .zero)
        let price = block == nil ? nil : effective
        object.append("gasPrice", .quantity(price ?? transaction.maxFeePerGas))
        if kind.rawValue >= Transaction.Kind.dynamicFee.rawValue {
            object.append("maxFeePerGas", .quantity(transaction.maxFeePerGas))
            object.append("maxPriorityFeePerGas", .quantity(transaction.maxPriorityFeePerGas))
        }
        if kind == .blob {
            object.append("maxFeePerBlobGas", .quantity(transaction.maxFeePerBlobGas))
            object.append("blobVersionedHashes", .array(transaction.blobHashes.map(JSONValue.word)))
        }
        object.append("hash", .data(signed.hash))
        object.append("input", .data(transaction.input))
        object.append("nonce", .quantity(transaction.nonce))
        object.append("to", transaction.to.map { .data($0) } ?? .null)
        object.append("transactionIndex", block == nil ? .null : .quantity(index))
        object.append("value", .quantity(transaction.value))
        object.append("type", .quantity(UInt64(kind.rawValue)))
        if kind != .legacy {
            object.append("accessList", .accessList(transaction.accessList))
        }
        if kind == .setCode {
            object.append(
                "authorizationList",
                .array(transaction.authorizations.map(JSONValue.authorization)))
        }
        appendSignature(signed, to: &object)
        return .object(object)
    }

    private static func appendSignature(_ signed: SignedTransaction, to object: inout JSONObject) {
        let parity = UInt64(signed.signature.recoveryID)
        let chain = signed.transaction.chainID
        if let chain { object.append("chainId", .quantity(chain)) }
        if signed.transaction.kind == .legacy {
            let v = chain.map { UInt256($0) << 1 &+ UInt256(35 + parity) } ?? UInt256(27 + parity)
            object.append("v", .quantity(v))
        } else {
            object.append("v", .quantity(parity))
        }
        object.append("r", .quantity(UInt256(bigEndian: signed.signature.r) ?? .zero))
        object.append("s", .quantity(UInt256(bigEndian: signed.signature.s) ?? .zero))
        if signed.transaction.kind != .legacy { object.append("yParity", .quantity(parity)) }
    }

    /// An access list (EIP-2930).
    package static func accessList(_ entries: [Transaction.AccessEntry]) -> JSONValue {
        .array(
            entries.map { entry in
                .members([
                    "address": .data(entry.address),
                    "storageKeys": .array(entry.slots.map(JSONValue.word)),
                ])
            })
    }

    private static func authorization(_ authorization: SetCodeAuthorization) -> JSONValue {
        .members([
            "chainId": .quantity(authorization.chainID), "address": .data(authorization.delegate),
            "nonce": .quantity(authorization.nonce), "yParity": .quantity(authorization.yParity),
            "r": .quantity(authorization.r), "s": .quantity(authorization.s),
        ])
    }
}
