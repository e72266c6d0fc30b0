extension RPCField {
    /// A call: the transaction object of `eth_call` and its like. Members that mean nothing here are
    /// passed over.
    func call() throws(RPCError) -> CallRequest {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected a transaction object")
        }
        func field(_ member: String) -> RPCField? {
            guard let value = object[member], value != .null else { return nil }
            return RPCField(name, value)
        }
        var call = CallRequest()
        call.from = try field("from")?.address() ?? .zero
        call.to = try field("to")?.address()
        call.gas = try field("gas")?.quantity64()
        call.gasPrice = try field("gasPrice")?.quantity()
        call.maxFeePerGas = try field("maxFeePerGas")?.quantity()
        call.maxPriorityFeePerGas = try field("maxPriorityFeePerGas")?.quantity()
        call.maxFeePerBlobGas = try field("maxFeePerBlobGas")?.quantity()
        call.nonce = try field("nonce")?.quantity64()
        call.value = try field("value")?.quantity() ?? .zero
        let (input, data) = (try field("input")?.data(), try field("data")?.data())
        if let input, let data, input != data {
            throw .parameters(
                "invalid argument \(name): both \"data\" and \"input\" are set and not equal. Please "
                    + "use \"input\" to pass transaction call data")
        }
        call.input = input ?? data ?? []
        call.accessList = try field("accessList")?.accessList() ?? []
        for hash in try field("blobVersionedHashes")?.elements() ?? [] {
            call.blobHashes.append(try hash.hash().word)
        }
        for item in try field("authorizationList")?.elements() ?? [] {
            call.authorizations.append(try item.authorization())
        }
        return call
    }

    /// An array's values, each with this name.
    func elements() throws(RPCError) -> [RPCField] {
        guard let values = value.elements else {
            throw .parameters("invalid argument \(name): expected an array")
        }
        return values.map { RPCField(name, $0) }
    }

    func member(_ member: String) throws(RPCError) -> RPCField {
        guard let value = value[member] else {
            throw .parameters("invalid argument \(name): missing \"\(member)\"")
        }
        return RPCField(name, value)
    }

    private func accessList() throws(RPCError) -> [Transaction.AccessEntry] {
        var entries: [Transaction.AccessEntry] = []
        for item in try elements() {
            var slots: [UInt256] = []
            if case .array(let keys)? = item.value["storageKeys"] {
                for key in keys { slots.append(try RPCField(name, key).hash().word) }
            }
            entries.append(
                Transaction.AccessEntry(address: try item.member("address").address(), slots: slots)
            )
        }
        return entries
    }

    private func authorization() throws(RPCError) -> SetCodeAuthorization {
        SetCodeAuthorization(
            chainID: try member("chainId").quantity(), delegate: try member("address").address(),
            nonce: try member("nonce").quantity64(), yParity: try member("yParity").quantity(),
            r: try member("r").slot(), s: try member("s").slot())
    }

    /// State overrides, by address.
    func stateOverrides(limits: RPCLimits) throws(RPCError) -> StateOverrides {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected an object of accounts")
        }
        var overrides = StateOverrides.none
        var count = 0
        for member in object.members {
            let address = try RPCField(name, .string(member.name)).address()
            let change = try RPCField(name, member.value).change()
            if change.code != nil, Fork.prague.rules.isPrecompile(address) {
                throw .parameters("the code of precompile \(address) cannot be overridden here")
            }
            count += 1 + change.stateDifference.count + (change.state?.count ?? 0)
            guard count <= limits.maximumOverrides else {
                throw .parameters("too many overrides: at most \(limits.maximumOverrides)")
            }
            overrides.accounts[address] = change
        }
        return overrides
    }

    private func change() throws(RPCError) -> StateOverrides.Change {
        var change = StateOverrides.Change()
        for member in value.object?.members ?? [] where member.value != .null {
            let field = RPCField(name, member.value)
            switch member.name {
            case "balance": change.balance = try field.quantity()
            case "nonce": change.nonce = try field.quantity64()
            case "code": change.code = try field.data()
            case "state": change.state = try field.slots()
            case "stateDiff": change.stateDifference = try field.slots()
            case "movePrecompileToAddress":
                throw .parameters("movePrecompileToAddress is not possible here")
            default: continue
            }
        }
        if change.state != nil, !change.stateDifference.isEmpty {
            throw .parameters("account has both 'state' and 'stateDiff'")
        }
        return change
    }

    private func slots() throws(RPCError) -> [UInt256: UInt256] {
        var slots: [UInt256: UInt256] = [:]
        for member in value.object?.members ?? [] {
            let key = try RPCField(name, .string(member.name)).slot()
            slots[key] = try RPCField(name, member.value).slot()
        }
        return slots
    }

    /// Block overrides, under the names of geth and those of `eth_simulateV1`.
    func blockOverrides() throws(RPCError) -> BlockOverrides {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected an object")
        }
        var overrides = BlockOverrides.none
        for member in object.members where member.value != .null {
            let field = RPCField(name, member.value)
            switch member.name {
            case "number": overrides.number = try field.quantity64()
            case "time", "timestamp": overrides.timestamp = try field.quantity64()
            case "gasLimit": overrides.gasLimit = try field.quantity64()
            case "coinbase", "feeRecipient": overrides.beneficiary = try field.address()
            case "random", "prevRandao": overrides.prevRandao = try field.hash().word
            case "baseFee", "baseFeePerGas": overrides.baseFee = try field.quantity()
            case "blobBaseFee": overrides.blobBaseFee = try field.quantity()
            default: continue
            }
        }
        return overrides
    }
}

extension BlockContext {
    /// The block as it is to be seen.
    func changed(by overrides: BlockOverrides) -> BlockContext {
        var context = self
        context.number = overrides.number ?? number
        context.timestamp = overrides.timestamp ?? timestamp
        context.gasLimit = overrides.gasLimit ?? gasLimit
        context.coinbase = overrides.beneficiary ?? coinbase
        context.prevRandao = overrides.prevRandao ?? prevRandao
        context.baseFee = overrides.baseFee ?? baseFee
        context.blobBaseFee = overrides.blobBaseFee ?? blobBaseFee
        return context
    }
}

extension RPCField {
    /// Reads a call; for tests and fuzzing.
    package static func call(_ value: JSONValue) throws(RPCError) -> CallRequest {
        try RPCField("0", value).call()
    }

    /// Reads a filter of logs; for tests and fuzzing.
    package static func logFilter(_ value: JSONValue) throws(RPCError) -> LogFilter {
        try RPCField("0", value).logFilter(RPCLimits())
    }

    /// Reads state overrides; for tests and fuzzing.
    package static func overrides(_ value: JSONValue) throws(RPCError) -> StateOverrides {
        try RPCField("0", value).stateOverrides(limits: RPCLimits())
    }
}
