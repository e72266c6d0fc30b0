import Crypto

/// Contracts that a block calls by itself, if the state has them.
enum SystemContract {
    /// Who seems to call (EIP-4788).
    static let caller = known("fffffffffffffffffffffffffffffffffffffffe")
    /// Roots of the beacon chain (EIP-4788).
    static let beaconRoots = known("000f3df6d732807ef1319fb7b8bb8522d0beac02")
    /// Hashes of past blocks (EIP-2935).
    static let history = known("0000f90827f1c53a10cb7a02335b175320002935")
    /// Requests for withdrawals, with the kind of their requests (EIP-7002).
    static let withdrawals = known("00000961ef480eb55e80d19ad83579a64c007002")
    /// Requests for consolidations (EIP-7251).
    static let consolidations = known("0000bbddc7ce488642fb579f8b00f3a590007251")

    /// Contracts that answer with requests at the end of a block, with the kinds of those (EIP-7685).
    static let requests: [(contract: Address, kind: UInt8)] = [
        (withdrawals, 1), (consolidations, 2),
    ]

    private static func known(_ digits: String) -> Address {
        Address(truncating: UInt256(hexadecimal: digits) ?? .zero)
    }

    /// The hash of requests by kind, those without any left out (EIP-7685).
    static func requestsHash(_ requests: [(kind: UInt8, data: [UInt8])]) -> Hash32 {
        var outer = SHA256()
        for (kind, data) in requests where !data.isEmpty {
            outer.update(data: Array(SHA256.hash(data: [kind] + data)))
        }
        return Hash32(Array(outer.finalize())) ?? .zero
    }
}

extension StateTransition {
    /// Calls a contract on behalf of the block; `nil` if there is none. Gas is not counted.
    mutating func systemCall<State: ExecutionState>(
        _ contract: Address, input: [UInt8], on state: inout State
    ) -> Interpreter.Outcome? {
        var journal = StateJournal(state.moved(), precompiles: interpreter.rules.lastPrecompile)
        var outcome: Interpreter.Outcome?
        if journal.code(of: contract).count > 0 {
            _ = journal.warm(contract)
            interpreter.transaction = TransactionContext()
            interpreter.transaction.origin = SystemContract.caller
            outcome = interpreter.execute(
                Interpreter.Message(
                    caller: SystemContract.caller, target: contract, value: .zero, input: input,
                    gas: ChainLimits.systemCallGas),
                on: &journal)
        }
        let changes = journal.changes()
        state = journal.movedSource()
        state.apply(changes)
        return outcome
    }

    /// What a block does before its first transaction (EIP-4788, EIP-2935).
    mutating func begin<State: ExecutionState>(_ header: BlockHeader, on state: inout State) {
        if let root = header.parentBeaconBlockRoot {
            _ = systemCall(SystemContract.beaconRoots, input: root.bytes, on: &state)
        }
        if interpreter.rules.fork >= .prague {
            _ = systemCall(SystemContract.history, input: header.parentHash.bytes, on: &state)
        }
    }

    /// Asks for a block's requests after its last transaction; their hash (EIP-7685).
    mutating func requestsHash<State: ExecutionState>(on state: inout State) -> Hash32 {
        var requests: [(kind: UInt8, data: [UInt8])] = []
        for (contract, kind) in SystemContract.requests {
            guard let outcome = systemCall(contract, input: [], on: &state),
                outcome.halt.isSuccess
            else { continue }
            requests.append((kind, outcome.output))
        }
        return SystemContract.requestsHash(requests)
    }

    /// Adds to balances, outside of any transaction.
    func credit<State: ExecutionState>(
        _ amounts: [(account: Address, wei: UInt256)], on state: inout State
    ) {
        var journal = StateJournal(state.moved(), precompiles: interpreter.rules.lastPrecompile)
        for (account, wei) in amounts { journal.receive(wei, at: account) }
        let changes = journal.changes()
        state = journal.movedSource()
        state.apply(changes)
    }
}
