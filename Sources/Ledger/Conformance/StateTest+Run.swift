extension StateTest {
    /// Why a test file cannot be run as it is.
    package struct Malformed: Error, CustomStringConvertible {
        package var description: String
    }

    /// What came of one case.
    package struct CaseResult: Sendable {
        /// Its place among the fork's cases.
        package var index: Int
        /// What differs; `nil` for a pass.
        package var failure: String?
        package var gasUsed: Int64
    }

    /// Runs all cases of a fork, or one of them.
    package func run(fork: Fork, only: Int? = nil) -> [CaseResult] {
        var tracer = NoTracer()
        return run(fork: fork, only: only, tracer: &tracer)
    }

    /// Runs under the eyes of a tracer.
    package func run<Tracer: EVMTracer>(
        fork: Fork, only: Int? = nil, tracer: inout Tracer
    ) -> [CaseResult] {
        let name = fork == .cancun ? "Cancun" : "Prague"
        var results: [CaseResult] = []
        for (index, expected) in (post[name] ?? []).enumerated()
        where only == nil || only == index {
            do {
                results.append(try run(expected, index, fork: fork, tracer: &tracer))
            } catch {
                results.append(CaseResult(index: index, failure: "\(error)", gasUsed: 0))
            }
        }
        return results
    }

    private func run<Tracer: EVMTracer>(
        _ expected: Expected, _ index: Int, fork: Fork, tracer: inout Tracer
    ) throws -> CaseResult {
        let rules = fork.rules
        var state = try preState()
        let block = try blockContext(rules)
        if let number = block.number.subtractingIfPositive(1) {
            for distance in 0..<min(256, number + 1) {
                let past = number - distance
                state.blockHashes[past] = Keccak256.hash(Array(String(past).utf8))
            }
        }
        var failure: String?
        var gasUsed: Int64 = 0
        var logsHash = Hash32.zero
        do {
            let transaction = try transaction(expected.indexes)
            guard let sender = Address(self.transaction.sender) else {
                throw Malformed(description: "sender \(self.transaction.sender)")
            }
            var transition = StateTransition(rules: rules, block: block)
            let result = try transition.execute(
                transaction, from: sender, on: &state, tracer: &tracer)
            gasUsed = result.gasUsed
            logsHash = result.logsHash
            if let exception = expected.expectException {
                failure = "took a transaction that has \(exception)"
            } else if logsHash != Hash32(expected.logs) {
                failure = "logs \(logsHash), expected \(expected.logs); \(result.halt)"
            }
        } catch {
            if expected.expectException == nil { failure = "refused: \(error)" }
        }
        let root = state.root()
        if failure == nil, root != Hash32(expected.hash) {
            failure = "root \(root), expected \(expected.hash); gas \(gasUsed)"
        }
        return CaseResult(index: index, failure: failure, gasUsed: gasUsed)
    }

    package static func number(_ text: String) throws -> UInt256 {
        guard let value = UInt256(hexadecimal: text == "0x" ? "0x0" : text) else {
            throw Malformed(description: "not a number of 256 bits: \(text)")
        }
        return value
    }

    static func number64(_ text: String) throws -> UInt64 {
        guard let value = try number(text).asUInt64 else {
            throw Malformed(description: "not a number of 64 bits: \(text)")
        }
        return value
    }

    private static func address(_ text: String) throws -> Address {
        guard let bytes = Hexadecimal.bytes(text), let address = Address(bytes) else {
            throw Malformed(description: "not an address: \(text)")
        }
        return address
    }

    static func bytes(_ text: String) throws -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(text) else {
            throw Malformed(description: "not bytes: \(text.prefix(80))")
        }
        return bytes
    }

    private func preState() throws -> WorldState { try StateTest.state(pre) }

    /// The state of accounts as the suites write them.
    package static func state(_ accounts: [String: PreAccount]) throws -> WorldState {
        var state = WorldState()
        for (text, account) in accounts.sorted(by: { $0.key < $1.key }) {
            state.setAccount(
                try address(text),
                Account(nonce: try number64(account.nonce), balance: try number(account.balance)),
                code: try bytes(account.code),
                storage: try account.storage.sorted { $0.key < $1.key }.map {
                    (key: try number($0.key), value: try number($0.value))
                })
        }
        return state
    }

    private func blockContext(_ rules: ForkRules) throws -> BlockContext {
        var block = BlockContext()
        block.coinbase = try Self.address(env.currentCoinbase)
        block.timestamp = try Self.number64(env.currentTimestamp)
        block.number = try Self.number64(env.currentNumber)
        block.prevRandao = try Self.number(env.currentRandom ?? "0x0")
        block.gasLimit = try Self.number(env.currentGasLimit).clampedUInt64
        block.baseFee = try Self.number(env.currentBaseFee ?? "0x0")
        block.blobBaseFee = rules.blobBaseFee(
            excessBlobGas: try Self.number64(env.currentExcessBlobGas ?? "0x0"))
        block.chainID = try Self.number64(config?.chainid ?? "0x1")
        return block
    }

    private func transaction(_ indexes: Indexes) throws -> Transaction {
        let fields = transaction
        func pick<Value>(_ values: [Value], _ index: Int) throws -> Value {
            guard values.indices.contains(index) else {
                throw Malformed(description: "index \(index) of \(values.count)")
            }
            return values[index]
        }
        let list = try fields.accessLists.map { try pick($0, indexes.data) } ?? nil
        let kind: Transaction.Kind =
            fields.authorizationList != nil
            ? .setCode
            : fields.blobVersionedHashes != nil || fields.maxFeePerBlobGas != nil
                ? .blob
                : fields.maxFeePerGas != nil ? .dynamicFee : list != nil ? .accessList : .legacy
        var result = Transaction(kind)
        result.nonce = try Self.number64(fields.nonce)
        result.gasLimit = try Self.number64(pick(fields.gasLimit, indexes.gas))
        result.value = try Self.number(pick(fields.value, indexes.value))
        result.input = try Self.bytes(pick(fields.data, indexes.data))
        result.maxFeePerGas = try Self.number(fields.maxFeePerGas ?? fields.gasPrice ?? "0x0")
        result.maxPriorityFeePerGas = try Self.number(
            fields.maxFeePerGas == nil
                ? fields.gasPrice ?? "0x0" : fields.maxPriorityFeePerGas ?? "0x0")
        if let to = fields.to, !to.isEmpty { result.to = try Self.address(to) }
        result.accessList = try (list ?? []).map {
            Transaction.AccessEntry(
                address: try Self.address($0.address), slots: try $0.storageKeys.map(Self.number))
        }
        result.maxFeePerBlobGas = try Self.number(fields.maxFeePerBlobGas ?? "0x0")
        result.blobHashes = try (fields.blobVersionedHashes ?? []).map(Self.number)
        result.authorizations = try (fields.authorizationList ?? []).map { item in
            SetCodeAuthorization(
                chainID: try Self.number(item.chainId), delegate: try Self.address(item.address),
                nonce: try Self.number64(item.nonce),
                yParity: try Self.number(item.yParity ?? item.v ?? "0x0"),
                r: try Self.number(item.r), s: try Self.number(item.s))
        }
        return result
    }
}

extension UInt64 {
    func subtractingIfPositive(_ other: UInt64) -> UInt64? { self >= other ? self - other : nil }
}
