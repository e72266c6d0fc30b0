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

/// A call that no transaction makes, on the state after a block.
///
/// As geth's `eth_call`: the sender's nonce and code do not matter, and without a fee it needs no
/// balance for gas, nor does a base fee count. Value must be there.
struct CallRun {
    /// What became of it.
    struct Outcome {
        var halt: Halt
        /// Gas that a transaction would pay for.
        var gasUsed: UInt64
        /// Gas that was used before any was given back: what the limit must be at least.
        var peakGas: UInt64
        var output: [UInt8]
        var logs: [EVMLog]
        /// Accounts and slots that it has accessed, besides those that every transaction has.
        var accessed: [Transaction.AccessEntry]
        /// What it changed.
        var changes: StateChanges
    }

    let rules: ForkRules
    let block: BlockContext

    /// Runs a call, under the eyes of a tracer.
    ///
    /// - Parameters:
    ///   - gas: Its limit.
    ///   - state: Handed back as it was.
    func run<Tracer: EVMTracer>(
        _ call: CallRequest, gas: UInt64, on state: inout BlockState<AnyState>,
        tracer: inout Tracer
    ) throws(CallRefusal) -> Outcome {
        let (transaction, price) = try transaction(call, gas: gas)
        var context = block
        if price.isZero { context.baseFee = .zero }
        var transition = StateTransition(rules: rules, block: context)
        var journal = StateJournal(consume state, precompiles: rules.lastPrecompile)
        let result: Result<Outcome, CallRefusal>
        do throws(CallRefusal) {
            result = .success(
                try transition.run(
                    transaction, call, price: price, in: &journal, tracer: &tracer))
        } catch {
            result = .failure(error)
        }
        state = journal.release()
        return try result.get()
    }

    /// The call as a transaction, and what it pays per gas.
    private func transaction(
        _ call: CallRequest, gas: UInt64
    ) throws(CallRefusal) -> (Transaction, UInt256) {
        if call.gasPrice != nil, call.maxFeePerGas != nil || call.maxPriorityFeePerGas != nil {
            throw .failed("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
        }
        let kind: Transaction.Kind =
            call.authorizations.isEmpty ? .dynamicFee : .setCode
        var transaction = Transaction(kind)
        transaction.gasLimit = gas
        transaction.to = call.to
        transaction.value = call.value
        transaction.input = call.input
        transaction.accessList = call.accessList
        transaction.blobHashes = call.blobHashes
        transaction.authorizations = call.authorizations
        transaction.maxFeePerGas = call.gasPrice ?? call.maxFeePerGas ?? .zero
        transaction.maxPriorityFeePerGas = call.gasPrice ?? call.maxPriorityFeePerGas ?? .zero
        guard transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas else {
            let error = TransactionError.tipAboveFee(
                tip: transaction.maxPriorityFeePerGas, cap: transaction.maxFeePerGas)
            throw .failed(error.clientText)
        }
        if transaction.maxFeePerGas.isZero { return (transaction, .zero) }
        guard let price = transaction.effectiveGasPrice(baseFee: block.baseFee) else {
            let error = TransactionError.feeBelowBaseFee(
                base: block.baseFee, cap: transaction.maxFeePerGas)
            throw .failed(error.clientText)
        }
        return (transaction, price)
    }
}

extension StateTransition {
    /// What ``execute(_:from:in:tracer:)`` does, less the checks that a call is spared.
    fileprivate mutating func run<Source: StateSource, Tracer: EVMTracer>(
        _ transaction: Transaction, _ call: CallRequest, price: UInt256,
        in journal: inout StateJournal<Source>, tracer: inout Tracer
    ) throws(CallRefusal) -> CallRun.Outcome {
        let sender = call.from
        let rules = interpreter.rules
        let intrinsic = IntrinsicGas(transaction, rules: rules)
        let limit = Int64(clamping: transaction.gasLimit)
        guard intrinsic.gas <= limit else {
            throw .failed(
                "intrinsic gas too low: have \(limit), want \(intrinsic.gas)",
                wantsGas: true)
        }
        guard intrinsic.floor <= limit else {
            throw .failed(
                "insufficient gas for floor data gas cost: have \(limit), want \(intrinsic.floor)",
                wantsGas: true)
        }
        if transaction.to == nil, transaction.input.count > rules.maximumInitCodeSize {
            throw .failed(TransactionError.initCodeTooLong(transaction.input.count).clientText)
        }
        let balance = journal.balance(of: sender)
        guard let fee = transaction.maxFeePerGas.multipliedExactly(by: UInt256(count: Int(limit))),
            let cost = fee.addedExactly(transaction.value), balance >= cost
        else {
            throw .failed(
                "insufficient funds for gas * price + value: address \(sender) have \(balance) want "
                    + "\((transaction.maxFeePerGas &* UInt256(count: Int(limit))) &+ transaction.value)")
        }
        interpreter.transaction.origin = sender
        interpreter.transaction.gasPrice = price
        interpreter.transaction.blobHashes = transaction.blobHashes
        journal.pay(price &* UInt256(count: Int(limit)), by: sender)
        let nonce = journal.nonce(of: sender)
        if nonce < .max { journal.raiseNonce(of: sender) }
        warm(transaction, from: sender, in: &journal)
        for authorization in transaction.authorizations {
            authorization.apply(to: &journal, chainID: interpreter.block.chainID)
        }
        let target = transaction.to ?? Address.created(by: sender, nonce: nonce)
        _ = journal.warm(target)
        let outcome = interpreter.execute(
            Interpreter.Message(
                caller: sender, target: target, value: transaction.value, input: transaction.input,
                gas: limit - intrinsic.gas, isCreation: transaction.to == nil),
            on: &journal, tracer: &tracer)
        let spent = limit - outcome.gasLeft
        var used = spent - min(max(journal.refund, 0), spent / 5)
        used = max(used, intrinsic.floor)
        journal.receive(price &* UInt256(count: Int(limit - used)), at: sender)
        journal.receive(
            (price &- interpreter.block.baseFee) &* UInt256(count: Int(used)),
            at: interpreter.block.coinbase)
        return CallRun.Outcome(
            halt: outcome.halt, gasUsed: UInt64(used),
            peakGas: UInt64(max(spent, intrinsic.floor)), output: outcome.output,
            logs: journal.logs,
            accessed: journal.accessed(
                except: [sender, target, interpreter.block.coinbase], rules: rules),
            changes: journal.changes())
    }
}

extension StateJournal {
    /// Accounts and slots that are warm, in the order in which they were met.
    ///
    /// - Parameter own: Accounts that are warm anyway; they are named only for their slots.
    fileprivate func accessed(
        except own: [Address], rules: ForkRules
    ) -> [Transaction.AccessEntry] {
        accounts.compactMap { account in
            let slots = account.slots.filter(\.isWarm).map(\.key)
            let isOwn = own.contains(account.address) || rules.isPrecompile(account.address)
            guard !slots.isEmpty || (account.isWarm && !isOwn) else { return nil }
            return Transaction.AccessEntry(address: account.address, slots: slots)
        }
    }
}

extension RPCError {
    /// The error of a call that did not succeed; `nil` for one that did.
    init?(_ halt: Halt, output: [UInt8]) {
        if halt.isSuccess { return nil }
        switch halt {
        case .reverted:
            let reason = RevertReason(output)
            self.init(
                3, reason.map { "execution reverted: \($0.text)" } ?? "execution reverted",
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
