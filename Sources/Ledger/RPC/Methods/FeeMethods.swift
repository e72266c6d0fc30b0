/// What a transaction should offer, and what others have paid.
package struct FeeMethods: RPCArea {
    let backend: any LedgerBackend
    let limits: RPCLimits

    package init(backend: any LedgerBackend, limits: RPCLimits) {
        self.backend = backend
        self.limits = limits
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_gasPrice", 0) { _, _ in
                let head = try await backend.headBlock()
                let base = backend.rules.feePolicy.baseFee(after: head.header)
                return .quantity(base &+ (try await suggestedTip(head)))
            },
            RPCMethod("eth_maxPriorityFeePerGas", 0) { _, _ in
                .quantity(try await suggestedTip(try await backend.headBlock()))
            },
            RPCMethod("eth_blobBaseFee", 0) { _, _ in
                let head = try await backend.headBlock()
                let rules = backend.forkRules(of: head)
                return .quantity(
                    rules.blobBaseFee(
                        excessBlobGas: backend.rules.excessBlobGas(
                            after: head.header, rules: rules)))
            },
            RPCMethod("eth_feeHistory", 3) { parameters, _ in try await history(parameters) },
        ]
    }

    /// A tip that gets a transaction into one of the next blocks: nothing where fees are fixed, else
    /// what the cheapest of recent blocks paid, at the 60th percentile over 20 blocks as in geth.
    private func suggestedTip(_ head: Block) async throws -> UInt256 {
        guard case .eip1559 = backend.rules.feePolicy else { return .zero }
        var tips: [UInt256] = []
        var number = head.number
        for _ in 0..<20 {
            guard let block = try await backend.block(.number(number)) else { break }
            let base = block.header.baseFeePerGas ?? .zero
            let paid = block.transactions.compactMap {
                $0.transaction.effectiveGasPrice(baseFee: base).map { $0 &- base }
            }
            if let least = paid.min() { tips.append(least) }
            guard number > 0 else { break }
            number -= 1
        }
        guard !tips.isEmpty else { return .zero }
        return tips.sorted()[(tips.count - 1) * 60 / 100]
    }

    private func percentiles(_ parameters: RPCParameters) throws(RPCError) -> [Double] {
        guard let value = parameters.optional(2) else { return [] }
        guard let list = value.elements, list.count <= limits.maximumPercentiles else {
            throw .parameters(
                "invalid reward percentile: at most \(limits.maximumPercentiles) numbers")
        }
        var percentiles: [Double] = []
        for item in list {
            guard case .number(let text) = item, let percentile = Double(text) else {
                throw .parameters("invalid argument 2: expected numbers")
            }
            guard percentile >= 0, percentile <= 100 else {
                throw .failed("invalid reward percentile: \(text)")
            }
            if let last = percentiles.last, percentile <= last {
                throw .failed("invalid reward percentile: \(last) >= \(percentile)")
            }
            percentiles.append(percentile)
        }
        return percentiles
    }

    private func history(_ parameters: RPCParameters) async throws -> JSONValue {
        let wanted = min(try parameters.quantity64(0), limits.maximumFeeHistory)
        let percentiles = try percentiles(parameters)
        guard let newest = try await backend.block(try parameters.block(1)) else {
            throw RPCError.failed("request beyond head block")
        }
        guard wanted > 0 else {
            return .members(["oldestBlock": "0x0", "gasUsedRatio": .array([])])
        }
        // The genesis is number 0, so there are number + 1 blocks.
        let count = min(wanted, newest.number == .max ? .max : newest.number + 1)
        var blocks: [Block] = []
        for number in (newest.number - (count - 1))...newest.number {
            guard let block = try await backend.block(.number(number)) else {
                throw RPCError.headerNotFound
            }
            blocks.append(block)
        }
        let next = backend.rules.feePolicy.baseFee(after: newest.header)
        let rules = blocks.map { backend.forkRules(of: $0) }
        let blobFees = zip(blocks, rules).map { block, rules in
            rules.blobBaseFee(excessBlobGas: block.header.excessBlobGas ?? 0)
        }
        let nextRules = backend.forkRules(of: newest)
        let nextBlobFee = nextRules.blobBaseFee(
            excessBlobGas: backend.rules.excessBlobGas(after: newest.header, rules: nextRules))
        var object = JSONObject()
        object.append("oldestBlock", .quantity(newest.number - (count - 1)))
        if !percentiles.isEmpty {
            var rewards: [JSONValue] = []
            for block in blocks { rewards.append(try await reward(of: block, percentiles)) }
            object.append("reward", .array(rewards))
        }
        object.append(
            "baseFeePerGas",
            .array(
                (blocks.map { $0.header.baseFeePerGas ?? .zero } + [next]).map {
                    .quantity($0)
                }))
        object.append(
            "gasUsedRatio",
            .array(blocks.map { Self.ratio($0.header.gasUsed, $0.header.gasLimit) }))
        object.append("baseFeePerBlobGas", .array((blobFees + [nextBlobFee]).map { .quantity($0) }))
        object.append(
            "blobGasUsedRatio",
            .array(
                zip(blocks, rules).map { block, rules in
                    Self.ratio(
                        block.header.blobGasUsed ?? 0,
                        UInt64(rules.maximumBlobs) * StateTransition.gasPerBlob)
                }))
        return .object(object)
    }

    private static func ratio(_ part: UInt64, _ whole: UInt64) -> JSONValue {
        guard part > 0, whole > 0 else { return .number("0") }
        return .number("\(Double(part) / Double(whole))")
    }

    /// Tips at percentiles of the block's gas, ordered by tip.
    private func reward(of block: Block, _ percentiles: [Double]) async throws -> JSONValue {
        let receipts = try await backend.receipts(of: block.hash) ?? []
        guard !receipts.isEmpty else {
            return .array(percentiles.map { _ in "0x0" })
        }
        let base = block.header.baseFeePerGas ?? .zero
        let paid = receipts.map { (tip: $0.effectiveGasPrice &- base, gas: $0.gasUsed) }
            .sorted { $0.tip < $1.tip }
        var index = 0
        var sum = paid[0].gas
        return .array(
            percentiles.map { percentile in
                let threshold = UInt64(Double(block.header.gasUsed) * percentile / 100)
                while sum < threshold, index < paid.count - 1 {
                    index += 1
                    sum += paid[index].gas
                }
                return .quantity(paid[index].tip)
            })
    }
}
