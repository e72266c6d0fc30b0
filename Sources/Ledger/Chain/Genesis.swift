/// What a chain starts from, and the rules that are its own.
///
/// The file is geth's `genesis.json`; what only this ledger knows stands in its `config` under
/// `psic`, which other programs pass over. See `Genesis+JSON.swift` for the fields.
public struct Genesis: Hashable, Sendable {
    /// An account that exists from the start.
    public struct Allocation: Hashable, Sendable {
        /// Wei.
        public var balance = UInt256.zero
        /// Transactions that it is as if it had sent.
        public var nonce: UInt64 = 0
        /// Its code.
        public var code: [UInt8] = []
        /// Its storage; zeros are as if absent.
        public var storage: [UInt256: UInt256] = [:]

        /// Fields, of which all may be left out.
        public init(
            balance: UInt256 = .zero, nonce: UInt64 = 0, code: [UInt8] = [],
            storage: [UInt256: UInt256] = [:]
        ) {
            self.balance = balance
            self.nonce = nonce
            self.code = code
            self.storage = storage
        }
    }

    /// Who decides on blocks.
    public struct Validator: Hashable, Sendable {
        /// The account whose key signs.
        public var address: Address
        /// Its weight.
        public var stake: UInt256
        /// Its node, as text; empty if unknown.
        public var peer: String

        /// All fields.
        public init(address: Address, stake: UInt256, peer: String = "") {
            self.address = address
            self.stake = stake
            self.peer = peer
        }
    }

    /// The chain's number (EIP-155).
    public var chainID: UInt64
    /// Which rules hold when.
    public var forks = ForkSchedule()
    /// Whether blocks have the fields of Cancun; only the headers of official tests have not.
    public var isCancun = true
    /// How the base fee develops.
    public var feePolicy = FeePolicy.fixed(.zero)
    /// Rewards; `nil` for none, and no cap.
    public var supply: SupplyRules?
    /// Who decides on blocks, for consensus.
    public var validators: [Validator] = []
    /// Names of the native contracts that the chain has (``NativeContracts/known``).
    public var nativeContracts: [String] = []
    /// The accounts.
    public var allocations: [Address: Allocation] = [:]

    // The fields of the first header.

    /// Seconds since 1970.
    public var timestamp: UInt64 = 0
    /// Of the first block, and what later ones start from.
    public var gasLimit: UInt64 = 30_000_000
    /// Any text.
    public var extraData: [UInt8] = []
    /// Of the first block.
    public var beneficiary = Address.zero
    /// Of the first block.
    public var prevRandao = Hash32.zero
    /// Of the first block, as geth has it.
    public var difficulty = UInt256.zero
    /// Of the first block, as geth has it.
    public var nonce: UInt64 = 0
    /// Of the first block, as geth has it.
    public var parentHash = Hash32.zero
    /// Of the first block; `nil` for what the fee policy says.
    public var baseFeePerGas: UInt256?
    /// Of the first block (EIP-4844).
    public var excessBlobGas: UInt64 = 0
    /// Of the first block (EIP-4844).
    public var blobGasUsed: UInt64 = 0

    /// A chain without accounts.
    public init(chainID: UInt64) { self.chainID = chainID }

    /// The first header, for a state of this root.
    public func header(stateRoot: Hash32) -> BlockHeader {
        var header = BlockHeader()
        header.parentHash = parentHash
        header.beneficiary = beneficiary
        header.stateRoot = stateRoot
        header.difficulty = difficulty
        header.gasLimit = gasLimit
        header.timestamp = timestamp
        header.extraData = extraData
        header.prevRandao = prevRandao
        header.nonce = nonce
        guard isCancun else { return header }
        switch feePolicy {
        case .fixed(let fee): header.baseFeePerGas = baseFeePerGas ?? fee
        case .eip1559: header.baseFeePerGas = baseFeePerGas ?? FeePolicy.initialBaseFee
        }
        header.withdrawalsRoot = .emptyTrie
        header.blobGasUsed = blobGasUsed
        header.excessBlobGas = excessBlobGas
        header.parentBeaconBlockRoot = .zero
        if forks.fork(at: timestamp) >= .prague { header.requestsHash = .emptyRequests }
        return header
    }

    /// What the accounts are as changes of an empty state, in the order of their addresses; those of
    /// the native contracts among them.
    public var changes: StateChanges {
        var changes = StateChanges()
        var allocations = allocations
        for native in NativeContracts(named: nativeContracts)?.genesisAccounts ?? [] {
            allocations[native.address, default: Allocation()].nonce = native.nonce
            allocations[native.address]?.code = native.code
        }
        for (address, allocation) in allocations.sorted(by: { $0.key < $1.key }) {
            let hash =
                allocation.code.isEmpty ? Hash32.emptyCode : Keccak256.hash(allocation.code)
            let storage = allocation.storage.sorted { $0.key < $1.key }
            changes.accounts.append(
                StateChanges.AccountChange(
                    address: address,
                    account: Account(
                        nonce: allocation.nonce, balance: allocation.balance, codeHash: hash),
                    code: allocation.code.isEmpty ? nil : allocation.code,
                    storage: storage.filter { !$0.value.isZero }.map { ($0.key, $0.value) }))
        }
        return changes
    }

    /// The first block, with its root computed in memory.
    public func block() -> Block {
        var state = WorldState()
        state.apply(changes)
        let header = header(stateRoot: state.root())
        // A chain that began with mining had no withdrawals yet.
        return Block(header: header, withdrawals: header.withdrawalsRoot == nil ? nil : [])
    }

    /// Checks what a chain that runs needs of its genesis.
    public func check() throws(GenesisError) {
        guard isCancun else { throw .forkBeforeCancun }
        guard extraData.count <= ChainLimits.extraDataBytes else {
            throw .field("extraData", "more than \(ChainLimits.extraDataBytes) bytes")
        }
        let limits = ChainLimits.minimumGasLimit...ChainLimits.maximumGasLimit
        guard limits.contains(gasLimit) else { throw .field("gasLimit", "outside \(limits)") }
        if chainID == 0 { throw .field("config.chainId", "must not be 0") }
        guard let natives = NativeContracts(named: nativeContracts) else {
            throw .field("config.psic.nativeContracts", "a name that is not known, or twice")
        }
        for native in natives.all where !(allocations[native.address]?.code ?? []).isEmpty {
            throw .field("alloc.\(native.address).code", "the address is \(native.name)'s")
        }
        guard let supply else { return }
        guard supply.halvingInterval > 0 else {
            throw .field("config.psic.supply.halvingInterval", "must not be 0")
        }
        guard supply.reserve <= supply.cap else { throw .reserveAboveCap }
        var sum = UInt256.zero
        for allocation in allocations.values {
            guard let next = sum.addedExactly(allocation.balance) else {
                throw .allocatedTooMuch(.max, most: supply.cap &- supply.reserve)
            }
            sum = next
        }
        guard sum <= supply.cap &- supply.reserve else {
            throw .allocatedTooMuch(sum, most: supply.cap &- supply.reserve)
        }
    }
}

/// Why a genesis is of no use.
public enum GenesisError: Error, Hashable, Sendable {
    /// No JSON of the right shape; the text says where.
    case malformed(String)
    /// A field with a value that cannot be.
    case field(String, String)
    /// More accounts than ``ChainLimits/genesisAccounts``.
    case tooManyAccounts(Int)
    /// A chain with rules from before Cancun.
    case forkBeforeCancun
    /// More wei than the supply rules leave.
    case allocatedTooMuch(UInt256, most: UInt256)
    /// A reserve beyond the cap.
    case reserveAboveCap
}
