typealias FramePointer = UnsafeMutablePointer<Frame>
/// Points behind the top of a stack: `sp[-1]` is the top.
typealias StackPointer = UnsafeMutablePointer<UInt256>

/// One running piece of code: a call or a creation.
///
/// Lives in a slot per depth which the interpreter keeps, so that a call needs no new stack and
/// mostly no new memory. Not copyable and behind a pointer: neither reference counts nor exclusivity
/// checks disturb the loop.
struct Frame: ~Copyable {
    let stack: StackPointer
    var memory = FrameMemory()

    var code = AnalyzedCode.empty
    var place = 0
    var height = 0
    var gas: Int64 = 0

    /// Whose storage and balance this is.
    var address = Address.zero
    var caller = Address.zero
    var value = UInt256.zero
    var input: [UInt8] = []
    var isStatic = false
    var depth = 0
    /// What the last call returned.
    var returnData: [UInt8] = []
    /// What this frame returns.
    var output: [UInt8] = []

    /// What the frame waits for.
    var request: FrameRequest?
    /// Whether this frame makes a contract of its output.
    var isCreation = false
    /// Where state was when the frame began.
    var snapshot = JournalSnapshot(entries: 0, logs: 0, refund: 0)

    init() {
        stack = .allocate(capacity: EVMLimits.stackWords + 1)
    }

    deinit { stack.deallocate() }

    /// Takes gas; `false` when there is not enough. The amount is not negative.
    @inline(__always)
    mutating func charge(_ amount: Int64) -> Bool {
        gas &-= amount
        return gas >= 0
    }

    /// Pays for memory up to `offset + size` and makes it; `false` when gas does not suffice.
    @inline(__always)
    mutating func expand(_ offset: UInt256, _ size: UInt256) -> Bool {
        if size.isZero { return true }
        guard offset.fitsUInt64, size.fitsUInt64, offset.w0 < EVMLimits.memoryBytes,
            size.w0 < EVMLimits.memoryBytes
        else { return false }
        let end = Int(offset.w0 &+ size.w0)
        return end <= memory.size || expand(to: end)
    }

    @inline(never)
    private mutating func expand(to end: Int) -> Bool {
        let words = (Int64(end) + 31) >> 5
        let old = Int64(memory.size) >> 5
        guard charge(FrameMemory.cost(words: words) - FrameMemory.cost(words: old)) else {
            return false
        }
        memory.grow(to: Int(words) * 32)
        return true
    }
}

/// What a frame asks the interpreter to do for it.
struct FrameRequest {
    enum Kind { case call, callCode, delegateCall, staticCall, create, create2 }
    var kind: Kind
    /// What the callee may use; taken from the caller already.
    var gas: Int64
    /// Whose storage and balance the callee works on; for a creation, the new address.
    var target: Address
    var caller: Address
    var code: AnalyzedCode
    /// Whose code it is, where that is not the target; for tracers.
    var codeAddress: Address?
    /// The precompile to run, if it is one.
    var precompile: UInt64 = 0
    /// What the callee sees as its value.
    var value: UInt256
    /// Whether the value moves from the caller to the target.
    var movesValue: Bool
    var input: [UInt8]
    var isStatic: Bool
    /// Where the output goes in the caller's memory, which has been paid for.
    var outputOffset = 0
    var outputSize = 0

    var isCreation: Bool { kind == .create || kind == .create2 }
}
