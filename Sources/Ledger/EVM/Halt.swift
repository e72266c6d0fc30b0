/// Why the loop of a frame stopped.
public enum Halt: UInt8, Sendable {
    /// It has not: the next instruction follows.
    case proceed
    /// The frame waits for a call or a creation that it asked for.
    case suspended
    /// STOP, or the end of the code.
    case stop
    /// RETURN.
    case returned
    /// SELFDESTRUCT.
    case selfDestructed
    /// REVERT: state goes back, the rest of the gas remains.
    case reverted
    // From here on: exceptional halts. State goes back and all gas is lost.
    /// Gas, or the memory that gas could never buy.
    case outOfGas
    /// An opcode that means nothing in this fork.
    case undefinedInstruction
    /// Fewer words on the stack than the instruction takes.
    case stackUnderflow
    /// More than 1024 words on the stack.
    case stackOverflow
    /// A jump to something else than a JUMPDEST.
    case invalidJump
    /// A change of state inside a static call (EIP-214).
    case staticViolation
    /// RETURNDATACOPY beyond the end (EIP-211).
    case returnDataOutOfBounds
    /// Code that begins with 0xEF (EIP-3541), or is too long (EIP-170).
    case invalidCode
    /// The address of the new contract is in use (EIP-684, EIP-7610).
    case addressCollision
    /// A precompile refused its input.
    case precompileFailure
    /// Code that creates a contract is too long (EIP-3860).
    case initCodeTooLong
    /// A tracer said that it takes too long (``EVMTracer/shouldStop()``). Never in a block.
    case interrupted

    /// Whether the effects on state stay.
    public var isSuccess: Bool { rawValue <= Halt.selfDestructed.rawValue }
}
