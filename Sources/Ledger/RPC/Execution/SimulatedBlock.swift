/// A block that `eth_simulateV1` is to imagine.
struct SimulatedBlock: Sendable {
    /// What differs from the block that would follow by itself.
    var overrides = BlockOverrides.none
    /// Accounts that are to be other than they are when the block begins.
    var state = StateOverrides.none
    /// What the block's transactions are to do.
    var calls: [CallRequest] = []
    /// What comes from outside.
    var withdrawals: [Withdrawal] = []
    /// Root of the beacon chain's block before.
    var beaconRoot = Hash32.zero
}

/// What `eth_simulateV1` is asked for.
struct SimulationRequest: Sendable {
    /// The blocks that are named; gaps between their numbers are filled.
    var blocks: [SimulatedBlock]
    /// Whether transfers of wei are shown as logs.
    var tracesTransfers = false
    /// Whether nonces and fees must be right, as on the chain.
    var validates = false
    /// Whether transactions are shown whole, or as hashes.
    var showsTransactions = false
}

extension SimulationRequest {
    /// Seconds between blocks that do not say when they are.
    private static let interval: UInt64 = 12

    /// The blocks with their numbers and times, gaps filled (execution-apis, `eth_simulateV1`).
    func chain(after base: BlockHeader, limit: UInt64) throws(RPCError) -> [SimulatedBlock] {
        var chain: [SimulatedBlock] = []
        var (number, time) = (base.number, base.timestamp)
        for block in blocks {
            var block = block
            let next = block.overrides.number ?? number &+ 1
            guard next > number else {
                throw RPCError(-38020, "block numbers must be in order: \(next) <= \(number)")
            }
            guard next - base.number <= limit else { throw RPCError(-38026, "too many blocks") }
            while next - number > 1 {
                var gap = SimulatedBlock()
                number += 1
                time = try Self.advanced(time)
                gap.overrides.number = number
                gap.overrides.timestamp = time
                chain.append(gap)
            }
            let timestamp: UInt64
            if let wanted = block.overrides.timestamp {
                timestamp = wanted
            } else {
                timestamp = try Self.advanced(time)
            }
            guard timestamp > time else {
                throw RPCError(
                    -38021, "block timestamps must be in order: \(timestamp) <= \(time)")
            }
            (number, time) = (next, timestamp)
            block.overrides.number = number
            block.overrides.timestamp = time
            chain.append(block)
        }
        return chain
    }

    private static func advanced(_ time: UInt64) throws(RPCError) -> UInt64 {
        let (next, overflow) = time.addingReportingOverflow(interval)
        guard !overflow else { throw RPCError(-38021, "block timestamp above 64 bits") }
        return next
    }
}

extension StateOverrides {
    /// The overrides as changes of a state.
    func changes(to state: inout some StateSource) -> StateChanges {
        var changes = StateChanges()
        for (address, change) in accounts.sorted(by: { $0.key < $1.key }) {
            var account = state.account(address) ?? Account()
            account.balance = change.balance ?? account.balance
            account.nonce = change.nonce ?? account.nonce
            if let code = change.code {
                account.codeHash = code.isEmpty ? .emptyCode : Keccak256.hash(code)
            }
            let slots = (change.state ?? [:]).merging(change.stateDifference) { $1 }
            let isGone = account.isEmpty && slots.isEmpty
            changes.accounts.append(
                StateChanges.AccountChange(
                    address: address, account: isGone ? nil : account, code: change.code,
                    storage: slots.sorted { $0.key < $1.key }
                        .map { (key: $0.key, value: $0.value) },
                    clearsStorage: change.state != nil))
        }
        return changes
    }
}
