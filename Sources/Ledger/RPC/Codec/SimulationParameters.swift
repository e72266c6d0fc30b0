extension RPCField {
    /// The payload of `eth_simulateV1`.
    func simulation(limits: RPCLimits) throws(RPCError) -> SimulationRequest {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected an object")
        }
        guard let blocks = object["blockStateCalls"]?.elements, !blocks.isEmpty else {
            throw .parameters("empty input")
        }
        guard UInt64(blocks.count) <= limits.maximumSimulatedBlocks else {
            throw RPCError(-38026, "too many blocks")
        }
        var request = SimulationRequest(blocks: [])
        request.tracesTransfers = object["traceTransfers"] == true
        request.validates = object["validation"] == true
        request.showsTransactions = object["returnFullTransactions"] == true
        var calls = 0
        var overrides = 0
        for block in blocks {
            let read = try RPCField(name, block).simulatedBlock(limits: limits)
            calls += read.calls.count
            overrides += read.state.size
            guard calls <= limits.maximumSimulatedCalls else {
                throw RPCError(-38026, "too many calls: at most \(limits.maximumSimulatedCalls)")
            }
            guard overrides <= limits.maximumOverrides else {
                throw .parameters("too many overrides: at most \(limits.maximumOverrides)")
            }
            request.blocks.append(read)
        }
        return request
    }

    private func simulatedBlock(limits: RPCLimits) throws(RPCError) -> SimulatedBlock {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected an object")
        }
        var block = SimulatedBlock()
        for member in object.members where member.value != .null {
            let field = RPCField(name, member.value)
            switch member.name {
            case "blockOverrides":
                block.overrides = try field.blockOverrides()
                if let root = member.value["beaconRoot"], root != .null {
                    block.beaconRoot = try RPCField(name, root).hash()
                }
                if let list = member.value["withdrawals"], list != .null {
                    block.withdrawals = try RPCField(name, list).withdrawals(limits: limits)
                }
            case "stateOverrides": block.state = try field.stateOverrides(limits: limits)
            case "calls":
                for call in try field.elements() { block.calls.append(try call.call()) }
            default: continue
            }
        }
        return block
    }

    private func withdrawals(limits: RPCLimits) throws(RPCError) -> [Withdrawal] {
        let list = try elements()
        guard list.count <= limits.maximumOverrides else {
            throw .parameters("too many withdrawals: at most \(limits.maximumOverrides)")
        }
        var withdrawals: [Withdrawal] = []
        for item in list {
            withdrawals.append(
                Withdrawal(
                    index: try item.member("index").quantity64(),
                    validator: try item.member("validatorIndex").quantity64(),
                    address: try item.member("address").address(),
                    gigawei: try item.member("amount").quantity64()))
        }
        return withdrawals
    }
}

extension StateOverrides {
    /// Accounts and slots that are named.
    var size: Int {
        accounts.values.reduce(0) { sum, change in
            sum + 1 + change.stateDifference.count + (change.state?.count ?? 0)
        }
    }
}
