import PeerKit

/// What happened inside a transaction.
package struct DebugMethods: RPCArea {
    let backend: any LedgerBackend
    let calls: CallMethods
    let limits: RPCLimits

    package init(backend: any LedgerBackend, calls: CallMethods, limits: RPCLimits) {
        self.backend = backend
        self.calls = calls
        self.limits = limits
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("debug_traceTransaction", 2) { parameters, _ in
                let kind = try TraceKind(parameters.optional(1))
                let hash = try parameters.hash(0)
                guard let (block, index) = try await backend.transaction(hash) else {
                    throw RPCError.failed("transaction not found")
                }
                return try await trace(block, only: index, kind)
            },
            RPCMethod("debug_traceCall", 3) { parameters, _ in
                let kind = try TraceKind(parameters.optional(2))
                // Overrides stand in the configuration here.
                let overrides = parameters.optional(2)?["stateOverrides"] ?? .null
                let blocks = parameters.optional(2)?["blockOverrides"] ?? .null
                let setting = try await calls.setting(
                    RPCParameters([
                        try parameters.required(0), parameters.optional(1) ?? .null, overrides,
                        blocks,
                    ]), block: 1)
                let limits = limits
                return try await calls.run { deadline in
                    try kind.trace(
                        limits: limits, deadline: deadline,
                        TracedCall(setting: setting, limits: limits))
                }
            },
            RPCMethod("debug_traceBlockByNumber", 2) { parameters, _ in
                try await traceBlock(try parameters.block(0), parameters)
            },
            RPCMethod("debug_traceBlockByHash", 2) { parameters, _ in
                try await traceBlock(.hash(try parameters.hash(0)), parameters)
            },
        ]
    }

    private func traceBlock(
        _ id: BlockID, _ parameters: RPCParameters
    ) async throws -> JSONValue {
        let kind = try TraceKind(parameters.optional(1))
        guard let block = try await backend.block(id) else {
            switch id {
            case .hash(let hash): throw RPCError.failed("block \(hash) not found")
            case .number(let number): throw RPCError.failed("block #\(number) not found")
            default: throw RPCError.failed("block not found")
            }
        }
        return try await trace(block, only: nil, kind)
    }

    /// Runs a block again, as far as need be.
    ///
    /// - Parameter only: Which transaction is shown; `nil`: all.
    private func trace(_ block: Block, only: Int?, _ kind: TraceKind) async throws -> JSONValue {
        guard block.number > 0 else { throw RPCError.failed("genesis is not traceable") }
        let parent = try await backend.state(at: .hash(block.header.parentHash))
        let (rules, limits) = (backend.rules, limits)
        return try await calls.run { deadline in
            var state = BlockState(AnyState(parent))
            var transition = StateTransition(
                rules: rules.forks.fork(at: block.header.timestamp).rules,
                block: rules.context(of: block.header), natives: rules.natives)
            transition.begin(block.header, on: &state)
            var traces: [JSONValue] = []
            for (index, signed) in block.transactions.enumerated() {
                let run = TracedTransaction(
                    signed: signed, rules: rules, header: block.header, state: state)
                if only == nil || only == index {
                    let trace = try kind.trace(limits: limits, deadline: deadline, run)
                    if only != nil { return trace }
                    traces.append(
                        .members(["txHash": .data(signed.hash), "result": trace]))
                }
                if deadline.isOver { throw RPCError.timedOut }
                try run.advance(&state)
            }
            return .array(traces)
        }
    }
}

/// A transaction of a block, on the state before it.
private struct TracedTransaction: TracedRun {
    let signed: SignedTransaction
    let rules: ChainRules
    let header: BlockHeader
    let state: BlockState<AnyState>

    func run<Tracer: EVMTracer>(_ tracer: inout Tracer) throws -> TracedEnd {
        var journal = StateJournal(state, precompiles: fork.lastPrecompile)
        let result = try perform(&tracer, in: &journal)
        return TracedEnd(
            halt: result.halt, gasUsed: UInt64(result.gasUsed),
            gasLimit: signed.transaction.gasLimit, output: result.output,
            touched: journal.touched())
    }

    /// Runs it, and goes on to the state after it.
    func advance(_ state: inout BlockState<AnyState>) throws {
        var transition = transition
        _ = try transition.execute(signed.transaction, from: signed.sender, on: &state)
    }

    private func perform<Tracer: EVMTracer>(
        _ tracer: inout Tracer, in journal: inout StateJournal<BlockState<AnyState>>
    ) throws -> TransactionResult {
        var transition = transition
        return try transition.execute(
            signed.transaction, from: signed.sender, in: &journal, tracer: &tracer)
    }

    private var fork: ForkRules { rules.forks.fork(at: header.timestamp).rules }

    private var transition: StateTransition {
        StateTransition(rules: fork, block: rules.context(of: header), natives: rules.natives)
    }
}

/// A call that no transaction makes.
private struct TracedCall: TracedRun {
    let setting: CallMethods.Setting
    let limits: RPCLimits

    func run<Tracer: EVMTracer>(_ tracer: inout Tracer) throws -> TracedEnd {
        var state = setting.state
        let gas = setting.gas(limits)
        do throws(CallRefusal) {
            let outcome = try setting.run.run(
                setting.call, gas: gas, on: &state, tracer: &tracer, tracesState: true)
            return TracedEnd(
                halt: outcome.halt, gasUsed: outcome.gasUsed, gasLimit: gas,
                output: outcome.output, touched: outcome.touched)
        } catch {
            throw error.error
        }
    }
}
