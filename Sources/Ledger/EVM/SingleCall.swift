/// One call of some code on an otherwise empty state.
package struct SingleCall {
    var code: [UInt8]
    var input: [UInt8]
    var gas: Int64
    var fork: Fork

    package init(code: [UInt8], input: [UInt8], gas: Int64, fork: Fork) {
        self.code = code
        self.input = input
        self.gas = gas
        self.fork = fork
    }

    /// Runs it.
    ///
    /// - Parameter trace: Takes each step as a line of JSON.
    package func run(trace: ((String) -> Void)? = nil) -> Interpreter.Outcome {
        execute(trace: trace).outcome
    }

    /// Runs it, and reads a slot of the contract afterwards.
    func storageAfter(slot: UInt256) -> UInt256 {
        var journal = execute(trace: nil).journal
        return journal.slot(slot, of: Address(truncating: 0xc1)).current
    }

    private func execute(
        trace: ((String) -> Void)?
    ) -> (outcome: Interpreter.Outcome, journal: StateJournal<WorldState>) {
        let caller = Address(truncating: 0xc0)
        let contract = Address(truncating: 0xc1)
        var state = WorldState()
        state.setAccount(contract, Account(nonce: 1), code: code)
        var journal = StateJournal(state, precompiles: fork.rules.lastPrecompile)
        _ = journal.warm(caller)
        _ = journal.warm(contract)
        var interpreter = Interpreter(rules: fork.rules, block: BlockContext())
        let message = Interpreter.Message(
            caller: caller, target: contract, value: .zero, input: input, gas: gas)
        guard let trace else { return (interpreter.execute(message, on: &journal), journal) }
        var tracer = EIP3155Tracer(write: trace)
        let outcome = interpreter.execute(message, on: &journal, tracer: &tracer)
        return (outcome, journal)
    }
}
