/// Limits of the interpreter. Those of the protocol are consensus: all nodes must agree on them.
public enum EVMLimits {
    /// Words on a frame's stack (Yellow Paper, §9.1).
    public static let stackWords = 1024
    /// Frames that may wait for a frame (EIP-150 keeps the Yellow Paper's 1024).
    public static let callDepth = 1024
    /// Bytes of a contract's code (EIP-170).
    public static let maximumCodeSize = 24_576
    /// Bytes of a frame's memory. Not consensus, but out of reach: 4 GiB cost 3.5 · 10¹³ gas, a
    /// million times a block's gas.
    public static let memoryBytes: UInt64 = 1 << 32
    /// Memory that a frame slot keeps for its next use; more is given back to the system.
    static let keptMemoryBytes = 1 << 18
    /// Analysed codes kept by hash. At 24,576 bytes of code and a bit for each, 27 MB at most.
    public static let analyzedCodes = 1024
}
