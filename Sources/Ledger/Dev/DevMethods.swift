/// Methods of development chains, under the names that test suites know from anvil, Hardhat and
/// Ganache.
package struct DevMethods: RPCArea {
    let miner: DevMiner
    let pool: Mempool
    let ledger: any LedgerDriver
    let calls: CallMethods
    /// Keys that everybody knows.
    let keys: [Secp256k1PrivateKey]

    package init(
        miner: DevMiner, pool: Mempool, ledger: any LedgerDriver, calls: CallMethods,
        keys: [Secp256k1PrivateKey]
    ) {
        self.miner = miner
        self.pool = pool
        self.ledger = ledger
        self.calls = calls
        self.keys = keys
    }

    package var methods: [RPCMethod] { mining + time + accounts + signing }

    private var mining: [RPCMethod] {
        [
            RPCMethod("evm_mine", 1) { parameters, _ in
                if let value = parameters.optional(0) {
                    let stamp = value.object?["timestamp"] ?? value
                    if value.object == nil || value["timestamp"] != nil {
                        await miner.setNextTimestamp(try RPCField("0", stamp).quantity64())
                    }
                }
                try await miner.mine()
                return "0x0"
            },
            RPCMethod("evm_setAutomine", 1) { parameters, _ in
                await miner.setAutomatic(try parameters.bool(0, default: true))
                return true
            },
            RPCMethod("evm_setIntervalMining", 1) { parameters, _ in
                await miner.setInterval(seconds: try parameters.quantity64(0))
                return true
            },
        ]
            + aliases("mine", 2) { parameters in
                let count = parameters.optional(0) == nil ? 1 : try parameters.quantity64(0)
                let seconds = parameters.optional(1) == nil ? 1 : try parameters.quantity64(1)
                guard count <= DevMiner.maximumBlocks else {
                    throw RPCError.limit("at most \(DevMiner.maximumBlocks) blocks at once")
                }
                try await miner.mine(count, every: seconds)
                return true
            }
            + aliases("dropTransaction", 1) { parameters in
                .bool(await pool.remove(try parameters.hash(0)))
            }
    }

    private var time: [RPCMethod] {
        [
            RPCMethod("evm_increaseTime", 1) { parameters, _ in
                .quantity(await miner.increaseTime(by: try parameters.quantity64(0)))
            },
            RPCMethod("evm_setNextBlockTimestamp", 1) { parameters, _ in
                let timestamp = try parameters.quantity64(0)
                guard timestamp > (try await ledger.headBlock()).header.timestamp else {
                    throw RPCError.parameters(
                        "the timestamp is not later than that of the last block")
                }
                await miner.setNextTimestamp(timestamp)
                return true
            },
            RPCMethod("evm_snapshot", 0) { _, _ in
                .quantity(try await memory().snapshot())
            },
            RPCMethod("evm_revert", 1) { parameters, _ in
                let isDone = try await memory().revert(to: try parameters.quantity64(0))
                if isDone {
                    await pool.removeAll()
                    await pool.follow()
                }
                return .bool(isDone)
            },
        ]
    }

    private var accounts: [RPCMethod] {
        aliases("setBalance", 2) { parameters in
            var change = StateOverrides.Change()
            change.balance = try parameters.quantity(1)
            return try await set(parameters, change)
        }
            + aliases("setNonce", 2) { parameters in
                var change = StateOverrides.Change()
                change.nonce = try parameters.quantity64(1)
                return try await set(parameters, change)
            }
            + aliases("setCode", 2) { parameters in
                var change = StateOverrides.Change()
                change.code = try parameters.data(1)
                return try await set(parameters, change)
            }
            + aliases("setStorageAt", 3) { parameters in
                var change = StateOverrides.Change()
                change.stateDifference[try parameters.slot(1)] = try parameters.slot(2)
                return try await set(parameters, change)
            }
    }

    /// The same method under the names of anvil and of Hardhat.
    private func aliases(
        _ name: String, _ maximumArguments: Int,
        _ work: @escaping @Sendable (RPCParameters) async throws -> JSONValue
    ) -> [RPCMethod] {
        ["anvil_", "hardhat_"].map { prefix in
            RPCMethod(prefix + name, maximumArguments) { parameters, _ in
                try await work(parameters)
            }
        }
    }

    /// The chain, if it is one that can be put back.
    private func memory() throws(RPCError) -> MemoryLedger {
        guard let memory = ledger as? MemoryLedger else {
            throw .failed("only a chain in memory can do this: run with --ephemeral")
        }
        return memory
    }

    private func set(
        _ parameters: RPCParameters, _ change: StateOverrides.Change
    ) async throws -> JSONValue {
        try await memory().setAccount(try parameters.address(0), change)
        await pool.follow()
        return true
    }

    // MARK: Keys

    private var signing: [RPCMethod] {
        [
            RPCMethod("eth_sendTransaction", 1) { parameters, _ in
                .data(try await send(parameters))
            },
            RPCMethod("eth_sign", 2) { parameters, _ in
                .data(
                    try key(of: try parameters.address(0))
                        .sign(PersonalMessage(try parameters.data(1))).bytes)
            },
            RPCMethod("personal_sign", 3) { parameters, _ in
                .data(
                    try key(of: try parameters.address(1))
                        .sign(PersonalMessage(try parameters.data(0))).bytes)
            },
        ]
            + ["eth_signTypedData", "eth_signTypedData_v4"].map { name in
                RPCMethod(name, 2) { parameters, _ in
                    let key = try key(of: try parameters.address(0))
                    // ethers sends the document as text, web3.py as it is.
                    let document = try parameters.required(1)
                    do throws(TypedDataError) {
                        let data = try TypedData(json: document.text ?? document.serialized)
                        return .data(try key.sign(data).bytes)
                    } catch {
                        throw RPCError.parameters("invalid argument 1: \(error)")
                    }
                }
            }
    }

    private func key(of address: Address) throws(RPCError) -> Secp256k1PrivateKey {
        guard let key = keys.first(where: { $0.address == address }) else {
            throw .failed("unknown account")
        }
        return key
    }

    /// Fills in what is missing, signs and sends.
    private func send(_ parameters: RPCParameters) async throws -> Hash32 {
        let value = try parameters.required(0)
        let call = try RPCField("0", value).call()
        let key = try key(of: call.from)
        let kind: Transaction.Kind =
            !call.authorizations.isEmpty
            ? .setCode
            : call.gasPrice == nil ? .dynamicFee : call.accessList.isEmpty ? .legacy : .accessList
        var transaction = Transaction(kind)
        transaction.to = call.to
        transaction.value = call.value
        transaction.input = call.input
        transaction.accessList = call.accessList
        transaction.authorizations = call.authorizations
        let head = try await ledger.headBlock()
        let baseFee = ledger.rules.feePolicy.baseFee(after: head.header)
        let tip = call.gasPrice ?? call.maxPriorityFeePerGas ?? .zero
        transaction.maxPriorityFeePerGas = tip
        transaction.maxFeePerGas =
            call.gasPrice ?? call.maxFeePerGas ?? (baseFee &+ baseFee &+ tip)
        if let nonce = value["nonce"], nonce != .null {
            transaction.nonce = try RPCField("0", nonce).quantity64()
        } else if let next = await pool.nextNonce(of: call.from) {
            transaction.nonce = next
        } else {
            var state = try await ledger.state(at: .latest)
            transaction.nonce = state.account(call.from)?.nonce ?? 0
        }
        if let gas = call.gas {
            transaction.gasLimit = gas
        } else {
            transaction.gasLimit = try await calls.estimate(RPCParameters([value]))
        }
        let signed = transaction.signed(by: key, chainID: ledger.rules.chainID)
        try await pool.add(signed)
        await miner.submitted(signed)
        return signed.hash
    }
}
