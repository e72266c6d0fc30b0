/// What an opcode costs at least, what it takes and gives, and its name.
struct OpcodeInfo: Sendable {
    /// The constant part of the gas.
    var gas: UInt16
    /// How many words must be on the stack.
    var need: UInt16
    /// How many may be there at most, so that the result fits.
    var most: UInt16

    /// An opcode without meaning: no stack satisfies it.
    static let undefined = OpcodeInfo(gas: 0, need: .max, most: 0)
}

/// The constant table of the instruction set.
///
/// Cancun and Prague have the same opcodes at the same base price; a fork that differs gets a table
/// of its own here.
struct OpcodeTable: Sendable {
    /// One row of the definition below.
    struct Row: Sendable {
        let code: UInt8
        let name: String
        let gas: UInt16
        let takes: UInt16
        let gives: UInt16

        init(_ code: UInt8, _ name: String, _ gas: UInt16, _ takes: UInt16, _ gives: UInt16) {
            self.code = code
            self.name = name
            self.gas = gas
            self.takes = takes
            self.gives = gives
        }
    }

    /// 256 entries by opcode.
    let entries: [OpcodeInfo]
    /// 256 names; the empty string for an undefined opcode.
    let names: [String]

    private init(_ rows: [Row]) {
        var entries = [OpcodeInfo](repeating: .undefined, count: 256)
        var names = [String](repeating: "", count: 256)
        for row in rows {
            let limit = UInt16(EVMLimits.stackWords)
            entries[Int(row.code)] = OpcodeInfo(
                gas: row.gas, need: row.takes,
                most: row.gives > row.takes ? limit - (row.gives - row.takes) : limit)
            names[Int(row.code)] = row.name
        }
        self.entries = entries
        self.names = names
    }

    /// Cancun's and Prague's.
    static let cancun = OpcodeTable(arithmetic + environment + flow + pushes + system)

    private static let arithmetic: [Row] = [
        Row(0x00, "STOP", 0, 0, 0), Row(0x01, "ADD", 3, 2, 1), Row(0x02, "MUL", 5, 2, 1),
        Row(0x03, "SUB", 3, 2, 1), Row(0x04, "DIV", 5, 2, 1), Row(0x05, "SDIV", 5, 2, 1),
        Row(0x06, "MOD", 5, 2, 1), Row(0x07, "SMOD", 5, 2, 1), Row(0x08, "ADDMOD", 8, 3, 1),
        Row(0x09, "MULMOD", 8, 3, 1), Row(0x0a, "EXP", 10, 2, 1), Row(0x0b, "SIGNEXTEND", 5, 2, 1),
        Row(0x10, "LT", 3, 2, 1), Row(0x11, "GT", 3, 2, 1), Row(0x12, "SLT", 3, 2, 1),
        Row(0x13, "SGT", 3, 2, 1), Row(0x14, "EQ", 3, 2, 1), Row(0x15, "ISZERO", 3, 1, 1),
        Row(0x16, "AND", 3, 2, 1), Row(0x17, "OR", 3, 2, 1), Row(0x18, "XOR", 3, 2, 1),
        Row(0x19, "NOT", 3, 1, 1), Row(0x1a, "BYTE", 3, 2, 1), Row(0x1b, "SHL", 3, 2, 1),
        Row(0x1c, "SHR", 3, 2, 1), Row(0x1d, "SAR", 3, 2, 1), Row(0x20, "KECCAK256", 30, 2, 1),
    ]

    private static let environment: [Row] = [
        Row(0x30, "ADDRESS", 2, 0, 1), Row(0x31, "BALANCE", 0, 1, 1), Row(0x32, "ORIGIN", 2, 0, 1),
        Row(0x33, "CALLER", 2, 0, 1), Row(0x34, "CALLVALUE", 2, 0, 1),
        Row(0x35, "CALLDATALOAD", 3, 1, 1), Row(0x36, "CALLDATASIZE", 2, 0, 1),
        Row(0x37, "CALLDATACOPY", 3, 3, 0), Row(0x38, "CODESIZE", 2, 0, 1),
        Row(0x39, "CODECOPY", 3, 3, 0), Row(0x3a, "GASPRICE", 2, 0, 1),
        Row(0x3b, "EXTCODESIZE", 0, 1, 1), Row(0x3c, "EXTCODECOPY", 0, 4, 0),
        Row(0x3d, "RETURNDATASIZE", 2, 0, 1), Row(0x3e, "RETURNDATACOPY", 3, 3, 0),
        Row(0x3f, "EXTCODEHASH", 0, 1, 1), Row(0x40, "BLOCKHASH", 20, 1, 1),
        Row(0x41, "COINBASE", 2, 0, 1), Row(0x42, "TIMESTAMP", 2, 0, 1),
        Row(0x43, "NUMBER", 2, 0, 1), Row(0x44, "PREVRANDAO", 2, 0, 1),
        Row(0x45, "GASLIMIT", 2, 0, 1), Row(0x46, "CHAINID", 2, 0, 1),
        Row(0x47, "SELFBALANCE", 5, 0, 1), Row(0x48, "BASEFEE", 2, 0, 1),
        Row(0x49, "BLOBHASH", 3, 1, 1), Row(0x4a, "BLOBBASEFEE", 2, 0, 1),
    ]

    private static let flow: [Row] = [
        Row(0x50, "POP", 2, 1, 0), Row(0x51, "MLOAD", 3, 1, 1), Row(0x52, "MSTORE", 3, 2, 0),
        Row(0x53, "MSTORE8", 3, 2, 0), Row(0x54, "SLOAD", 0, 1, 1), Row(0x55, "SSTORE", 0, 2, 0),
        Row(0x56, "JUMP", 8, 1, 0), Row(0x57, "JUMPI", 10, 2, 0), Row(0x58, "PC", 2, 0, 1),
        Row(0x59, "MSIZE", 2, 0, 1), Row(0x5a, "GAS", 2, 0, 1), Row(0x5b, "JUMPDEST", 1, 0, 0),
        Row(0x5c, "TLOAD", 100, 1, 1), Row(0x5d, "TSTORE", 100, 2, 0), Row(0x5e, "MCOPY", 3, 3, 0),
    ]

    private static let pushes: [Row] =
        [Row(0x5f, "PUSH0", 2, 0, 1)]
        + (1...32).map { Row(0x5f + UInt8($0), "PUSH\($0)", 3, 0, 1) }
        + (1...16).map { Row(0x7f + UInt8($0), "DUP\($0)", 3, UInt16($0), UInt16($0) + 1) }
        + (1...16).map { Row(0x8f + UInt8($0), "SWAP\($0)", 3, UInt16($0) + 1, UInt16($0) + 1) }

    private static let system: [Row] =
        (0...4).map { Row(0xa0 + UInt8($0), "LOG\($0)", 375, UInt16($0) + 2, 0) }
        + [
            Row(0xf0, "CREATE", 32000, 3, 1), Row(0xf1, "CALL", 0, 7, 1),
            Row(0xf2, "CALLCODE", 0, 7, 1), Row(0xf3, "RETURN", 0, 2, 0),
            Row(0xf4, "DELEGATECALL", 0, 6, 1), Row(0xf5, "CREATE2", 32000, 4, 1),
            Row(0xfa, "STATICCALL", 0, 6, 1), Row(0xfd, "REVERT", 0, 2, 0),
            Row(0xff, "SELFDESTRUCT", 5000, 1, 0),
        ]
}
