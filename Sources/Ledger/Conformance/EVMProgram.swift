#if canImport(FoundationEssentials)
import FoundationEssentials
#endif

/// Accounts and one transaction on them: a program to run, to measure, or to compare with other machines.
///
/// As JSON: `name`, `accounts` (as in state tests), `tx` (`from`, `to`, `data`, `gas`, and if wanted `value`
/// and `accessList`), and if wanted `fork` ("Cancun", "Prague"), `block` and `expect`.
package struct EVMProgram: Decodable, Sendable {
    struct Call: Decodable, Sendable {
        var from: String
        /// Nothing for a creation.
        var to: String?
        var data: String
        var gas: UInt64
        var value: String?
        var accessList: [StateTest.AccessEntry]?
    }

    struct Block: Decodable, Sendable {
        var number: UInt64?
        var timestamp: UInt64?
        var gasLimit: UInt64?
        var coinbase: String?
        var prevRandao: String?
    }

    package var name: String
    var accounts: [String: StateTest.PreAccount]
    var tx: Call
    var fork: String?
    var block: Block?
    var expect: Expectation?

    /// Reads one.
    package static func decode(_ bytes: some Sequence<UInt8>) throws -> EVMProgram {
        try JSONDecoder().decode(EVMProgram.self, from: Data(bytes))
    }

    /// A program of one contract's code, called with some input.
    package init(
        name: String, code: [UInt8], input: [UInt8] = [], gas: UInt64 = 1_000_000_000,
        fork: String? = nil
    ) {
        self.name = name
        self.fork = fork
        let contract = "0x00000000000000000000000000000000000000c1"
        accounts = [
            contract: StateTest.PreAccount(
                balance: "0x0", nonce: "0x1", code: Hexadecimal.data(code), storage: [:])
        ]
        tx = Call(
            from: "0x00000000000000000000000000000000000000c0", to: contract,
            data: Hexadecimal.data(input), gas: gas)
    }
}

extension EVMProgram {
    /// A program ready to run, any number of times from the same state.
    struct Prepared: ~Copyable {
        var state: WorldState
        let transaction: Transaction
        let sender: Address
        let rules: ForkRules
        var transition: StateTransition

        /// Runs it; the journal has what it did to the state.
        ///
        /// The state moves into the journal, so that its tables are never shared; to run again, put
        /// back what the journal releases.
        mutating func run() throws(TransactionError) -> (
            result: TransactionResult, journal: StateJournal<WorldState>
        ) {
            let source = state
            state = WorldState()
            var journal = StateJournal(source, precompiles: rules.lastPrecompile)
            var tracer = NoTracer()
            let result = try transition.execute(
                transaction, from: sender, in: &journal, tracer: &tracer)
            return (result, journal)
        }
    }

    func malformed(_ what: String) -> StateTest.Malformed {
        StateTest.Malformed(description: "\(what) of \(name)")
    }

    func address(_ text: String) throws -> Address {
        guard let address = Address(text) else { throw malformed("address \(text)") }
        return address
    }

    func forkOfProgram() throws -> Fork {
        guard let fork else { return .cancun }
        guard let known = Fork(rawValue: fork.lowercased()) else { throw malformed("fork \(fork)") }
        return known
    }

    func prepared() throws -> Prepared {
        var state = try StateTest.state(accounts)
        let sender = try address(tx.from)
        let list = try (tx.accessList ?? []).map {
            Transaction.AccessEntry(
                address: try address($0.address), slots: try $0.storageKeys.map(StateTest.number))
        }
        var transaction = Transaction(list.isEmpty ? .legacy : .accessList)
        transaction.nonce = state.account(sender)?.nonce ?? 0
        transaction.to = try tx.to.map(address)
        transaction.gasLimit = tx.gas
        transaction.input = try StateTest.bytes(tx.data)
        transaction.value = try StateTest.number(tx.value ?? "0x0")
        transaction.accessList = list
        let context = try context()
        for past in (context.number.subtractingIfPositive(256) ?? 0)..<context.number {
            state.blockHashes[past] = Keccak256.hash(Array(String(past).utf8))
        }
        let rules = try forkOfProgram().rules
        return Prepared(
            state: state, transaction: transaction, sender: sender, rules: rules,
            transition: StateTransition(rules: rules, block: context))
    }

    private func context() throws -> BlockContext {
        var context = BlockContext()
        context.number = block?.number ?? 1
        context.timestamp = block?.timestamp ?? 1
        context.gasLimit = block?.gasLimit ?? max(context.gasLimit, tx.gas)
        context.prevRandao = try StateTest.number(block?.prevRandao ?? "0x0")
        context.coinbase = try address(block?.coinbase ?? Address.zero.description)
        return context
    }
}
