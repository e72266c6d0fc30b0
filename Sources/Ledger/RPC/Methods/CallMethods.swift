import PeerKit

/// Calls that change nothing, and how much gas they need.
package struct CallMethods: RPCArea {
    let backend: any LedgerBackend
    let desk: CallDesk
    let limits: RPCLimits
    let runtime: Runtime

    package init(
        backend: any LedgerBackend, desk: CallDesk, limits: RPCLimits, runtime: Runtime
    ) {
        self.backend = backend
        self.desk = desk
        self.limits = limits
        self.runtime = runtime
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_call", 4) { parameters, _ in
                let setting = try await setting(parameters, block: 1)
                let gas = setting.gas(limits)
                return try await run { deadline in
                    var deadline = deadline
                    var state = setting.state
                    let outcome: CallRun.Outcome
                    do throws(CallRefusal) {
                        outcome = try setting.run.run(
                            setting.call, gas: gas, on: &state, tracer: &deadline)
                    } catch {
                        throw error.error
                    }
                    try setting.check()
                    if let error = RPCError(outcome.halt, output: outcome.output) { throw error }
                    return .data(outcome.output)
                }
            },
            RPCMethod("eth_estimateGas", 4) { parameters, _ in
                .quantity(try await estimate(parameters))
            },
            RPCMethod("eth_createAccessList", 3) { parameters, _ in
                let setting = try await setting(parameters, block: 1)
                let gas = setting.gas(limits)
                return try await run { deadline in
                    var deadline = deadline
                    var state = setting.state
                    let list = try Self.accessList(setting, gas: gas, on: &state, &deadline)
                    try setting.check()
                    return list
                }
            },
        ]
    }

    /// The gas that a call needs.
    func estimate(_ parameters: RPCParameters) async throws -> UInt64 {
        let setting = try await setting(parameters, block: 1)
        let cap = min(setting.run.block.gasLimit, limits.callGas)
        return try await run { deadline in
            var deadline = deadline
            var state = setting.state
            let gas = try GasEstimate(run: setting.run).estimate(
                setting.call, cap: cap, on: &state, deadline: &deadline)
            try setting.check()
            return gas
        }
    }

    /// Everything that a call runs on, gathered before it runs.
    struct Setting: Sendable {
        var call: CallRequest
        let base: any StateSource & Sendable
        let overrides: StateOverrides
        let run: CallRun

        /// The gas of the call, within what is allowed.
        func gas(_ limits: RPCLimits) -> UInt64 { min(call.gas ?? limits.callGas, limits.callGas) }

        /// The state as it is to be seen.
        var state: CallState { OverriddenState(AnyState(base), overrides) }

        /// Throws if the store could not be read while something ran.
        func check() throws { try CallMethods.check(base) }
    }

    /// Throws if a store could not be read while something ran.
    static func check(_ state: any StateSource & Sendable) throws {
        do throws(LedgerStoreError) {
            try (state as? ChainState)?.check()
        } catch {
            throw ChainError.store(error)
        }
    }

    /// - Parameter place: Of the block's parameter; overrides of state and block follow.
    func setting(_ parameters: RPCParameters, block place: Int) async throws -> Setting {
        let call = try RPCField("0", try parameters.required(0)).call()
        let id = try parameters.block(place)
        let overrides = try parameters.optional(place + 1)
            .map { value throws(RPCError) in
                try RPCField("\(place + 1)", value).stateOverrides(limits: limits)
            }
        let changes = try parameters.optional(place + 2)
            .map { value throws(RPCError) in try RPCField("\(place + 2)", value).blockOverrides() }
        guard let block = try await backend.block(id) else { throw RPCError.headerNotFound }
        // By its hash, so that a head that comes in between changes nothing.
        let state = try await backend.state(at: .hash(block.hash))
        let context = backend.rules.context(of: block.header).changed(by: changes ?? .none)
        let rules = backend.rules.forks.fork(at: context.timestamp).rules
        return Setting(
            call: call, base: state, overrides: overrides ?? .none,
            run: CallRun(rules: rules, block: context, natives: backend.rules.natives))
    }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable (Deadline) throws -> Value
    ) async throws -> Value {
        let clock = runtime.clock
        return try await desk.run { end in try body(Deadline(end: end) { clock.now }) }
    }

    /// EIP-2930: runs until naming what was accessed leads to nothing new.
    private static func accessList(
        _ setting: Setting, gas: UInt64, on state: inout CallState,
        _ deadline: inout Deadline
    ) throws(RPCError) -> JSONValue {
        var call = setting.call
        // What is accessed can depend on the gas, which depends on the list. Twice is nearly always
        // enough; a contract that never settles gets its last list.
        for _ in 0..<8 {
            if deadline.isOver { throw .timedOut }
            let outcome: CallRun.Outcome
            do throws(CallRefusal) {
                outcome = try setting.run.run(call, gas: gas, on: &state, tracer: &deadline)
            } catch {
                throw error.error
            }
            let isSettled = outcome.accessed == call.accessList
            call.accessList = outcome.accessed
            if isSettled || outcome.accessed.isEmpty {
                return answer(outcome, call.accessList)
            }
        }
        throw .failed("the access list does not settle")
    }

    private static func answer(
        _ outcome: CallRun.Outcome, _ list: [Transaction.AccessEntry]
    ) -> JSONValue {
        var object = JSONObject()
        object.append("accessList", .accessList(list))
        if let error = RPCError(outcome.halt, output: outcome.output) {
            object.append("error", .string(error.message))
        }
        object.append("gasUsed", .quantity(outcome.gasUsed))
        return .object(object)
    }
}
