extension JSONValue {
    /// A receipt.
    ///
    /// - Parameters:
    ///   - firstLog: How many logs the block's transactions before this one have.
    ///   - rules: Those of the block, for the price of blobs.
    package static func receipt(
        _ receipt: Receipt, of index: Int, in block: Block, firstLog: Int, rules: ForkRules
    ) -> JSONValue {
        let signed = block.transactions[index]
        var object = JSONObject()
        object.append("transactionHash", .data(signed.hash))
        object.append("transactionIndex", .quantity(index))
        object.append("blockHash", .data(block.hash))
        object.append("blockNumber", .quantity(block.number))
        object.append("from", .data(signed.sender))
        object.append("to", signed.transaction.to.map { .data($0) } ?? .null)
        object.append("cumulativeGasUsed", .quantity(receipt.cumulativeGasUsed))
        object.append("gasUsed", .quantity(receipt.gasUsed))
        object.append("contractAddress", receipt.contract.map { .data($0) } ?? .null)
        object.append(
            "logs",
            .array(
                receipt.logs.enumerated().map { offset, log in
                    .log(log, of: index, in: block, logIndex: firstLog + offset)
                }))
        object.append("logsBloom", .data(receipt.bloom.bytes))
        object.append("type", .quantity(UInt64(receipt.kind.rawValue)))
        object.append("effectiveGasPrice", .quantity(receipt.effectiveGasPrice))
        if receipt.kind == .blob {
            let count = UInt64(signed.transaction.blobHashes.count)
            object.append("blobGasUsed", .quantity(count * StateTransition.gasPerBlob))
            object.append(
                "blobGasPrice",
                .quantity(rules.blobBaseFee(excessBlobGas: block.header.excessBlobGas ?? 0)))
        }
        object.append("status", .quantity(receipt.status ? 1 : 0))
        return .object(object)
    }

    /// All receipts of a block.
    package static func receipts(
        _ receipts: [Receipt], of block: Block, rules: ForkRules
    ) -> JSONValue {
        var firstLog = 0
        var values: [JSONValue] = []
        for (index, receipt) in receipts.enumerated() {
            values.append(
                .receipt(receipt, of: index, in: block, firstLog: firstLog, rules: rules))
            firstLog += receipt.logs.count
        }
        return .array(values)
    }

    /// A log, with where it stands.
    package static func log(
        _ log: EVMLog, of index: Int, in block: Block, logIndex: Int
    ) -> JSONValue {
        .members([
            "address": .data(log.address), "topics": .array(log.topics.map(JSONValue.word)),
            "data": .data(log.data), "blockNumber": .quantity(block.number),
            "transactionHash": .data(block.transactions[index].hash),
            "transactionIndex": .quantity(index), "blockHash": .data(block.hash),
            "blockTimestamp": .quantity(block.header.timestamp),
            "logIndex": .quantity(logIndex), "removed": false,
        ])
    }
}
