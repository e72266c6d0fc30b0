/// Sees each step of the interpreter.
public protocol EVMTracer {
    /// Whether steps are told at all; a constant, so that the loop without it has no trace of it.
    static var isEnabled: Bool { get }
    /// Before an instruction.
    mutating func willExecute(_ step: EVMStep)
    /// When a frame ends, or waits for a call.
    mutating func didLeave(gasLeft: Int64)
    /// Before a call or creation, which may turn out to have no code to run. Told only where
    /// ``isEnabled``, as is ``didExit(_:)``.
    mutating func willEnter(_ call: EVMCall)
    /// What became of the call or creation entered last of those that have not ended.
    mutating func didExit(_ outcome: Interpreter.Outcome)
    /// Whether ``shouldStop()`` is asked before each instruction; a constant, as above.
    static var isInterruptible: Bool { get }
    /// Whether everything is to end at once, as it has taken too long.
    mutating func shouldStop() -> Bool
}

extension EVMTracer {
    /// Does nothing.
    public mutating func willEnter(_ call: EVMCall) {}
    /// Does nothing.
    public mutating func didExit(_ outcome: Interpreter.Outcome) {}
    /// `false`.
    @inline(__always)
    public static var isInterruptible: Bool { false }
    /// `false`.
    @inline(__always)
    public mutating func shouldStop() -> Bool { false }
}

/// A call or creation that is about to begin.
public struct EVMCall: Sendable {
    /// Which instruction asked for it; a transaction counts as the one that it is like.
    public enum Kind: String, Sendable {
        /// CALL.
        case call = "CALL"
        /// CALLCODE.
        case callCode = "CALLCODE"
        /// DELEGATECALL.
        case delegateCall = "DELEGATECALL"
        /// STATICCALL.
        case staticCall = "STATICCALL"
        /// CREATE.
        case create = "CREATE"
        /// CREATE2.
        case create2 = "CREATE2"
    }

    /// Which instruction asked for it.
    public var kind: Kind
    /// Who calls, as the callee sees it.
    public var caller: Address
    /// Whose code runs; for a creation the new contract.
    public var target: Address
    /// Wei that the callee sees.
    public var value: UInt256
    /// Call data, or the code that creates.
    public var input: [UInt8]
    /// The gas that it has.
    public var gas: Int64
}

/// An instruction that is about to run.
public struct EVMStep: Sendable {
    /// The instruction.
    public var opcode: UInt8
    /// Where it stands in the code.
    public var place: Int
    /// The gas before it.
    public var gas: Int64
    /// Frames that wait for this one.
    public var depth: Int
    /// Bytes of memory.
    public var memorySize: Int
    /// What would be given back if all ended here.
    public var refund: Int64
    /// The stack, its top last.
    public var stack: [UInt256]
}

/// Sees nothing.
public struct NoTracer: EVMTracer {
    /// `false`.
    @inline(__always)
    public static var isEnabled: Bool { false }
    /// Nothing to set.
    public init() {}
    /// Does nothing.
    public mutating func willExecute(_ step: EVMStep) {}
    /// Does nothing.
    public mutating func didLeave(gasLeft: Int64) {}
}
