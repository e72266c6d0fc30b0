import PeerKit

/// Why a call does not begin.
struct CallRefusal: Error {
    var error: RPCError
    /// Whether more gas would help.
    var wantsGas = false

    static func failed(_ message: String, wantsGas: Bool = false) -> CallRefusal {
        CallRefusal(error: .failed(message), wantsGas: wantsGas)
    }
}

/// The state that a call runs on.
typealias CallState = OverriddenState<AnyState>

/// A call that no transaction makes, on the state after a block: ``StateTransition/call(_:in:tracer:)``
/// with what JSON-RPC wants to know of it.
struct CallRun {
    /// What became of it.
    struct Outcome {
        var halt: Halt
        /// Gas that a transaction would pay for.
        var gasUsed: UInt64
        var output: [UInt8]
        /// Accounts and slots that it has accessed, besides those that every transaction has.
        var accessed: [Transaction.AccessEntry]
        /// Accounts that it has looked at or changed; only where that was asked for.
        var touched: [TouchedAccount]
    }

    let rules: ForkRules
    let block: BlockContext
    let natives: NativeContracts

    /// Runs a call, under the eyes of a tracer.
    ///
    /// - Parameters:
    ///   - gas: Its limit.
    ///   - state: Handed back as it was.
    ///   - tracesState: Whether the outcome names the accounts that were touched.
    func run<Tracer: EVMTracer>(
        _ call: CallRequest, gas: UInt64, on state: inout CallState, tracer: inout Tracer,
        tracesState: Bool = false
    ) throws(CallRefusal) -> Outcome {
        if call.gasPrice != nil, call.maxFeePerGas != nil || call.maxPriorityFeePerGas != nil {
            throw .failed("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        }
        var call = call
        call.gas = gas
        var transition = StateTransition(rules: rules, block: block, natives: natives)
        var journal = StateJournal(consume state, precompiles: rules.lastPrecompile)
        let nonce = journal.nonce(of: call.from)
        let result: Result<Outcome, CallRefusal>
        do throws(TransactionError) {
            let ended = try transition.call(call, in: &journal, tracer: &tracer)
            let target = call.to ?? Address.created(by: call.from, nonce: nonce)
            result = .success(
                Outcome(
                    halt: ended.halt, gasUsed: UInt64(ended.gasUsed), output: ended.output,
                    accessed: accessed(
                        journal.accessed, except: [call.from, target, block.coinbase]),
                    touched: tracesState ? journal.touched() : []))
        } catch {
            result = .failure(CallRefusal(error))
        }
        state = journal.release()
        return try result.get()
    }

    /// - Parameter own: Accounts that are warm anyway; they are named only for their slots.
    private func accessed(
        _ entries: [Transaction.AccessEntry], except own: [Address]
    ) -> [Transaction.AccessEntry] {
        entries.filter { entry in
            !entry.slots.isEmpty
                || !(own.contains(entry.address) || rules.isPrecompile(entry.address))
        }
    }
}

extension CallRefusal {
    init(_ error: TransactionError) {
        self.init(error: .failed(error.clientText))
        switch error {
        case .intrinsicGasTooLow, .floorGasTooLow: wantsGas = true
        default: break
        }
    }
}

extension RPCError {
    /// The error of a call that did not succeed; `nil` for one that did.
    init?(_ halt: Halt, output: [UInt8]) {
        if halt.isSuccess { return nil }
        switch halt {
        case .reverted:
            let reason = RevertReason(output).clientText
            self.init(
                3, reason.map { "execution reverted: \($0)" } ?? "execution reverted",
                data: .data(output))
        case .interrupted: self = .failed("execution aborted (timeout)")
        default: self = .failed(halt.clientText)
        }
    }
}

extension Halt {
    /// geth's words.
    var clientText: String {
        switch self {
        case .outOfGas: "out of gas"
        case .undefinedInstruction: "invalid opcode"
        case .stackUnderflow: "stack underflow"
        case .stackOverflow: "stack limit reached 1024"
        case .invalidJump: "invalid jump destination"
        case .staticViolation: "write protection"
        case .returnDataOutOfBounds: "return data out of bounds"
        case .invalidCode: "invalid code"
        case .addressCollision: "contract address collision"
        case .precompileFailure: "precompile failed"
        case .initCodeTooLong: "max initcode size exceeded"
        case .interrupted: "execution aborted (timeout)"
        case .reverted: "execution reverted"
        case .proceed, .suspended, .stop, .returned, .selfDestructed: ""
        }
    }
}
