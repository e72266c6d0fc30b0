/// The native contracts of a chain, by their addresses. Handed to the interpreter: a chain whose genesis
/// names none has none, and runs as if this folder did not exist.
public struct NativeContracts: Sendable {
    private let contracts: [Address: any NativeContract]

    /// A chain without any.
    public static let none = NativeContracts([])

    /// All that this program knows. A new one is added here.
    public static let known: [any NativeContract] = [Registry()]

    /// These contracts at their own addresses.
    ///
    /// - Precondition: No two have one address.
    public init(_ contracts: [any NativeContract]) {
        self.contracts = Dictionary(
            uniqueKeysWithValues: contracts.map { ($0.address, $0) })
    }

    /// The contracts that a genesis names.
    ///
    /// - Returns: `nil` if one of them is unknown here, or named twice.
    public init?(named names: [String]) {
        var chosen: [any NativeContract] = []
        for name in names {
            guard let contract = Self.known.first(where: { $0.name == name }),
                !chosen.contains(where: { $0.name == name })
            else { return nil }
            chosen.append(contract)
        }
        self.init(chosen)
    }

    /// Whether there are none.
    @inline(__always)
    public var isEmpty: Bool { contracts.isEmpty }

    /// The contract at an address.
    public subscript(address: Address) -> (any NativeContract)? { contracts[address] }

    /// All of them, by address.
    public var all: [any NativeContract] {
        contracts.values.sorted { $0.address < $1.address }
    }

    /// What stands at each address from the genesis block on: nonce 1, as contracts have, so that
    /// nothing can be created there, and the ``marker(of:)`` as code.
    public var genesisAccounts: [(address: Address, nonce: UInt64, code: [UInt8])] {
        all.map { ($0.address, 1, Self.marker(of: $0)) }
    }

    /// The code that is seen at a native contract's address: 0xfe, the instruction that is invalid for
    /// ever (EIP-141), then `psic:` and the name.
    ///
    /// It makes `eth_getCode` and EXTCODESIZE show a contract. It runs only where the address is not
    /// what is called: by DELEGATECALL, CALLCODE or a delegation of EIP-7702, which would give the
    /// module another contract's storage; those fail.
    public static func marker(of contract: any NativeContract) -> [UInt8] {
        [0xfe] + Array("psic:\(contract.name)".utf8)
    }
}
