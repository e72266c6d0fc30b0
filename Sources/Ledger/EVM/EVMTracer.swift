/// Sees each step of the interpreter.
public protocol EVMTracer {
    /// Whether steps are told at all; a constant, so that the loop without it has no trace of it.
    static var isEnabled: Bool { get }
    /// Before an instruction.
    mutating func willExecute(_ step: EVMStep)
    /// When a frame ends, or waits for a call.
    mutating func didLeave(gasLeft: Int64)
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
