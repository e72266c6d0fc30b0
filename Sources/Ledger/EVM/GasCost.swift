/// Gas that depends on state or operands; the constant part of each opcode is in ``OpcodeTable``.
enum GasCost {
    /// First access to an account in a transaction (EIP-2929).
    @inline(__always) static var coldAccount: Int64 { 2600 }
    /// Access to an account or a storage slot after the first (EIP-2929).
    @inline(__always) static var warmAccess: Int64 { 100 }
    /// First access to a storage slot in a transaction (EIP-2929).
    @inline(__always) static var coldSlot: Int64 { 2100 }
    /// Setting a slot from zero (EIP-2200).
    @inline(__always) static var setSlot: Int64 { 20000 }
    /// Changing a slot that was not zero, without the access (EIP-2200, EIP-2929).
    @inline(__always) static var resetSlot: Int64 { 2900 }
    /// Given back for clearing a slot (EIP-3529).
    @inline(__always) static var clearRefund: Int64 { 4800 }
    /// What must be left after an SSTORE begins, so that a stipend buys none (EIP-2200).
    @inline(__always) static var storeSentry: Int64 { 2300 }
    /// What a call with value costs (Yellow Paper: G_callvalue).
    @inline(__always) static var callValue: Int64 { 9000 }
    /// What the callee gets on top with value (Yellow Paper: G_callstipend).
    @inline(__always) static var callStipend: Int64 { 2300 }
    /// A call or self-destruct that brings an account to life (Yellow Paper: G_newaccount).
    @inline(__always) static var newAccount: Int64 { 25000 }
    /// Copying, per word (Yellow Paper: G_copy).
    @inline(__always) static var copyWord: Int64 { 3 }
    /// Hashing, per word (Yellow Paper: G_keccak256word).
    @inline(__always) static var hashWord: Int64 { 6 }
    /// Code that creates a contract, per word (EIP-3860).
    @inline(__always) static var initCodeWord: Int64 { 2 }
    /// Storing a contract's code, per byte (Yellow Paper: G_codedeposit).
    @inline(__always) static var codeDepositByte: Int64 { 200 }
    /// A log's topic and a byte of its data (Yellow Paper: G_logtopic, G_logdata).
    @inline(__always) static var logTopic: Int64 { 375 }
    @inline(__always) static var logByte: Int64 { 8 }
    /// EXP, per byte of the exponent (EIP-160).
    @inline(__always) static var exponentByte: Int64 { 50 }

    /// 32-byte words that hold some bytes.
    @inline(__always) static func words(_ bytes: Int) -> Int64 { (Int64(bytes) &+ 31) >> 5 }
}
