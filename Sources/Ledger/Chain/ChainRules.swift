/// What a chain's genesis says about all of its blocks.
public struct ChainRules: Sendable {
    /// The chain's number (EIP-155).
    public var chainID: UInt64
    /// Which rules hold when.
    public var forks: ForkSchedule
    /// How the base fee develops.
    public var feePolicy: FeePolicy
    /// Rewards; `nil` for none.
    public var supply: SupplyRules?
    /// Contracts that are not code.
    public var natives: NativeContracts

    /// All fields.
    public init(
        chainID: UInt64, forks: ForkSchedule = ForkSchedule(),
        feePolicy: FeePolicy = .fixed(.zero), supply: SupplyRules? = nil,
        natives: NativeContracts = .none
    ) {
        self.chainID = chainID
        self.forks = forks
        self.feePolicy = feePolicy
        self.supply = supply
        self.natives = natives
    }
}

extension Genesis {
    /// What holds of all blocks. The genesis has been checked, so the names of contracts are known.
    public var rules: ChainRules {
        ChainRules(
            chainID: chainID, forks: forks, feePolicy: feePolicy, supply: supply,
            natives: NativeContracts(named: nativeContracts) ?? .none)
    }
}

extension ChainRules {
    /// The blob gas that a block inherits (EIP-4844, `calc_excess_blob_gas`).
    func excessBlobGas(after parent: BlockHeader, rules: ForkRules) -> UInt64 {
        let (excess, used) = (parent.excessBlobGas ?? 0, parent.blobGasUsed ?? 0)
        let target = UInt64(rules.targetBlobs) * StateTransition.gasPerBlob
        let (sum, overflow) = excess.addingReportingOverflow(used)
        return overflow ? .max - target : sum > target ? sum - target : 0
    }

    /// What code sees of a block.
    func context(of header: BlockHeader) -> BlockContext {
        var context = BlockContext()
        context.coinbase = header.beneficiary
        context.timestamp = header.timestamp
        context.number = header.number
        context.prevRandao = header.prevRandao.word
        context.gasLimit = header.gasLimit
        context.baseFee = header.baseFeePerGas ?? .zero
        context.blobBaseFee = forks.fork(at: header.timestamp).rules
            .blobBaseFee(excessBlobGas: header.excessBlobGas ?? 0)
        context.chainID = chainID
        return context
    }

    /// Checks a header by itself and against its parent, before anything is executed.
    public func check(_ header: BlockHeader, after parent: BlockHeader) throws(BlockError) {
        let (next, overflow) = parent.number.addingReportingOverflow(1)
        guard !overflow, header.number == next else {
            throw .number(expected: next, found: header.number)
        }
        guard header.timestamp > parent.timestamp else {
            throw .timestamp(parent: parent.timestamp, found: header.timestamp)
        }
        try checkGas(header, after: parent)
        guard header.extraData.count <= ChainLimits.extraDataBytes else {
            throw .extraData(bytes: header.extraData.count)
        }
        guard header.difficulty.isZero, header.nonce == 0, header.ommersHash == .emptyList else {
            throw .mining
        }
        try checkFields(header, after: parent)
    }

    private func checkGas(
        _ header: BlockHeader, after parent: BlockHeader
    ) throws(BlockError) {
        let (limit, before) = (header.gasLimit, parent.gasLimit)
        let distance = limit > before ? limit - before : before - limit
        let limits = ChainLimits.minimumGasLimit...ChainLimits.maximumGasLimit
        guard limits.contains(limit), distance < max(before / ChainLimits.gasLimitBoundDivisor, 1)
        else { throw .gasLimit(parent: before, found: limit) }
        guard header.gasUsed <= limit else {
            throw .gasUsedAboveLimit(used: header.gasUsed, limit: limit)
        }
    }

    /// The fields that came with forks.
    private func checkFields(
        _ header: BlockHeader, after parent: BlockHeader
    ) throws(BlockError) {
        let fork = forks.fork(at: header.timestamp)
        let rules = fork.rules
        guard let fee = header.baseFeePerGas, header.withdrawalsRoot != nil,
            let blobGas = header.blobGasUsed, let excess = header.excessBlobGas,
            header.parentBeaconBlockRoot != nil,
            (header.requestsHash != nil) == (fork >= .prague)
        else { throw .fields(fork) }
        let expected = feePolicy.baseFee(after: parent)
        guard fee == expected else { throw .baseFee(expected: expected, found: fee) }
        guard blobGas.isMultiple(of: StateTransition.gasPerBlob),
            blobGas <= UInt64(rules.maximumBlobs) * StateTransition.gasPerBlob
        else { throw .blobGasUsed(blobGas) }
        let inherited = excessBlobGas(after: parent, rules: rules)
        guard excess == inherited else {
            throw .excessBlobGas(expected: inherited, found: excess)
        }
    }
}
