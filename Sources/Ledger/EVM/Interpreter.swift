/// The Ethereum Virtual Machine: runs calls and creations on a host's state.
///
/// Calls do not recurse in Swift: each frame has a slot by its depth, and a frame that calls is left
/// until its callee has ended. So depth 1024 needs no stack of the thread. Slots are kept for the
/// next transaction; an interpreter that has been at depth *d* holds 33 KiB and up to 256 KiB of
/// frame memory for each level.
public struct Interpreter: ~Copyable {
    /// The rules that hold.
    public let rules: ForkRules
    /// The block that code sees.
    public var block: BlockContext
    /// The transaction that code sees.
    public var transaction = TransactionContext()

    /// Contracts that are not code.
    private let natives: NativeContracts
    private let slots: FramePointer
    private var slotCount = 0
    private let table: UnsafeMutablePointer<OpcodeInfo>

    /// A call or creation from outside: by a transaction, or to look something up.
    public struct Message: Sendable {
        /// Who calls.
        public var caller: Address
        /// Who is called; for a creation, the address of the new contract.
        public var target: Address
        /// Wei that move to the target.
        public var value: UInt256
        /// Call data; for a creation, the code that creates.
        public var input: [UInt8]
        /// The gas available.
        public var gas: Int64
        /// Whether this is a creation.
        public var isCreation: Bool

        /// All fields.
        public init(
            caller: Address, target: Address, value: UInt256, input: [UInt8], gas: Int64,
            isCreation: Bool = false
        ) {
            self.caller = caller
            self.target = target
            self.value = value
            self.input = input
            self.gas = gas
            self.isCreation = isCreation
        }
    }

    /// What became of a message.
    public struct Outcome: Sendable {
        /// How it ended.
        public var halt: Halt
        /// What gas is left.
        public var gasLeft: Int64
        /// What it returned, or why it reverted; for a creation, the contract's code.
        public var output: [UInt8]
    }

    /// An interpreter for a block's transactions.
    ///
    /// - Parameter natives: The chain's contracts that are not code.
    public init(rules: ForkRules, block: BlockContext, natives: NativeContracts = .none) {
        self.rules = rules
        self.block = block
        self.natives = natives
        slots = .allocate(capacity: EVMLimits.callDepth + 1)
        table = .allocate(capacity: 256)
        for (opcode, info) in OpcodeTable.cancun.entries.enumerated() {
            (table + opcode).initialize(to: info)
        }
    }

    deinit {
        for depth in 0..<slotCount { (slots + depth).deinitialize(count: 1) }
        slots.deallocate()
        table.deallocate()
    }

    /// Runs a message to its end.
    ///
    /// The caller has raised the sender's nonce, taken its gas and warmed what the transaction warms;
    /// value moves here.
    public mutating func execute<Host: EVMHost>(_ message: Message, on host: inout Host) -> Outcome
    {
        var tracer = NoTracer()
        return execute(message, on: &host, tracer: &tracer)
    }

    /// Runs a message to its end, and tells a tracer of each step.
    public mutating func execute<Host: EVMHost, Tracer: EVMTracer>(
        _ message: Message, on host: inout Host, tracer: inout Tracer
    ) -> Outcome {
        var request = FrameRequest(
            kind: message.isCreation ? .create : .call, gas: message.gas, target: message.target,
            caller: message.caller, code: .empty, value: message.value, movesValue: true,
            input: message.input, isStatic: false)
        if message.isCreation {
            request.code = AnalyzedCode(message.input, hash: .zero)
            request.input = []
        } else {
            request.code = host.code(of: message.target)
            if rules.hasSetCodeTransactions, let delegate = request.code.delegate {
                _ = host.warm(delegate)
                request.code = rules.isPrecompile(delegate) ? .empty : host.code(of: delegate)
            } else if rules.isPrecompile(message.target) {
                request.precompile = message.target.low
            }
        }
        let start = host.snapshot()
        if Tracer.isEnabled { tracer.willEnter(EVMCall(request)) }
        if let outcome = begin(request, depth: 0, on: &host) {
            if Tracer.isEnabled { tracer.didExit(outcome) }
            return outcome
        }

        var depth = 0
        while true {
            let frame = slots + depth
            let halt = run(frame, table: table, host: &host, tracer: &tracer)
            if Tracer.isEnabled { tracer.didLeave(gasLeft: frame.pointee.gas) }
            if halt == .suspended {
                guard let next = frame.pointee.request else { continue }
                if Tracer.isEnabled { tracer.willEnter(EVMCall(next)) }
                if let outcome = begin(next, depth: depth + 1, on: &host) {
                    if Tracer.isEnabled { tracer.didExit(outcome) }
                    resume(frame, after: next, outcome)
                } else {
                    depth += 1
                }
                continue
            }
            if Tracer.isInterruptible, halt == .interrupted {
                host.revert(to: start)
                return Outcome(halt: .interrupted, gasLeft: 0, output: [])
            }
            let outcome = end(frame, halt, on: &host)
            if Tracer.isEnabled { tracer.didExit(outcome) }
            if depth == 0 { return outcome }
            depth -= 1
            let caller = slots + depth
            if let request = caller.pointee.request { resume(caller, after: request, outcome) }
        }
    }

    /// Starts a frame; answers an outcome instead where no code has to run.
    private mutating func begin<Host: EVMHost>(
        _ request: FrameRequest, depth: Int, on host: inout Host
    ) -> Outcome? {
        let snapshot = host.snapshot()
        if request.isCreation {
            guard host.createAccount(request.target) else {
                host.revert(to: snapshot)
                return Outcome(halt: .addressCollision, gasLeft: 0, output: [])
            }
        }
        if request.movesValue {
            host.transfer(request.value, from: request.caller, to: request.target)
        } else if request.kind == .staticCall {
            host.transfer(.zero, from: request.caller, to: request.target)
        }
        if request.precompile != 0 {
            let result = Precompile.run(request.precompile, request.input, gas: request.gas)
            if !result.halt.isSuccess { host.revert(to: snapshot) }
            return result
        }
        if !natives.isEmpty, let outcome = runNative(request, on: &host) {
            if !outcome.halt.isSuccess { host.revert(to: snapshot) }
            return outcome
        }
        if request.code.count == 0 {
            if request.isCreation { host.setCode([], of: request.target) }
            return Outcome(halt: .stop, gasLeft: request.gas, output: [])
        }
        if depth == slotCount {
            (slots + depth).initialize(to: Frame())
            slotCount += 1
        }
        let frame = slots + depth
        frame.pointee.memory.clear()
        frame.pointee.code = request.code
        frame.pointee.place = 0
        frame.pointee.height = 0
        frame.pointee.gas = request.gas
        frame.pointee.address = request.target
        frame.pointee.caller = request.caller
        frame.pointee.value = request.value
        frame.pointee.input = request.input
        frame.pointee.isStatic = request.isStatic
        frame.pointee.depth = depth
        frame.pointee.returnData = []
        frame.pointee.output = []
        frame.pointee.request = nil
        frame.pointee.isCreation = request.isCreation
        frame.pointee.snapshot = snapshot
        return nil
    }

    /// Runs a native contract, if one is called by its own address: in another's place, which
    /// DELEGATECALL and CALLCODE would put it, it would work on storage that is not its own.
    private func runNative<Host: EVMHost>(_ request: FrameRequest, on host: inout Host) -> Outcome?
    {
        guard request.kind == .call || request.kind == .staticCall,
            let contract = natives[request.target]
        else { return nil }
        return contract.outcome(
            of: request, origin: transaction.origin, block: block, on: &host)
    }

    /// Settles what a frame has done.
    private func end<Host: EVMHost>(
        _ frame: FramePointer, _ halt: Halt, on host: inout Host
    ) -> Outcome {
        var outcome = Outcome(
            halt: halt, gasLeft: frame.pointee.gas, output: frame.pointee.output)
        if halt.isSuccess, frame.pointee.isCreation {
            outcome.halt = deposit(frame, &outcome.gasLeft, on: &host)
        }
        if !outcome.halt.isSuccess {
            host.revert(to: frame.pointee.snapshot)
            if outcome.halt != .reverted {
                outcome.gasLeft = 0
                outcome.output = []
            }
        }
        return outcome
    }

    /// Stores the code of a new contract, if it may be and is paid for (EIP-170, EIP-3541).
    private func deposit<Host: EVMHost>(
        _ frame: FramePointer, _ gas: inout Int64, on host: inout Host
    ) -> Halt {
        let code = frame.pointee.output
        if code.count > rules.maximumCodeSize || code.first == 0xef { return .invalidCode }
        gas -= Int64(code.count) * GasCost.codeDepositByte
        if gas < 0 { return .outOfGas }
        host.setCode(code, of: frame.pointee.address)
        return .returned
    }

    /// Hands a callee's outcome to the frame that waits for it.
    private func resume(_ frame: FramePointer, after request: FrameRequest, _ outcome: Outcome) {
        frame.pointee.request = nil
        frame.pointee.gas += outcome.gasLeft
        let top = frame.pointee.stack + frame.pointee.height - 1
        if request.isCreation {
            top.pointee = outcome.halt.isSuccess ? request.target.word : .zero
            frame.pointee.returnData = outcome.halt == .reverted ? outcome.output : []
            return
        }
        top.pointee = outcome.halt.isSuccess ? .one : .zero
        let count = min(request.outputSize, outcome.output.count)
        if count > 0 {
            outcome.output.withUnsafeBufferPointer { output in
                frame.pointee.memory.copy(
                    output, from: .zero, to: request.outputOffset, count: count)
            }
        }
        frame.pointee.returnData = outcome.output
    }
}

extension EVMCall {
    init(_ request: borrowing FrameRequest) {
        kind =
            switch request.kind {
            case .call: .call
            case .callCode: .callCode
            case .delegateCall: .delegateCall
            case .staticCall: .staticCall
            case .create: .create
            case .create2: .create2
            }
        caller = request.caller
        target = request.codeAddress ?? request.target
        value = request.value
        input = request.isCreation ? request.code.bytes : request.input
        gas = request.gas
    }
}
