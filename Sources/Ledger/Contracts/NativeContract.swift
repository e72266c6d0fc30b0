/// A contract that is not code for the virtual machine but a module of this program, at a fixed address.
///
/// From outside it is a contract like any other: it has an ABI, is called by transactions and by
/// other contracts, pays gas by the same meter, keeps its state in the same storage trie, logs events
/// and reverts. What it does is consensus: it must depend on its frame alone, and its prices must
/// never change without a fork.
///
/// Contracts have no state of their own in memory: a value of the type may be used by several
/// executions at once.
public protocol NativeContract: Sendable {
    /// By which a genesis asks for it.
    var name: String { get }
    /// Where it stands unless a genesis says otherwise.
    var address: Address { get }
    /// What can be called.
    var abi: ContractABI { get }

    /// Runs a call of one of the ABI's functions.
    ///
    /// Arguments have the function's types; value has been refused unless the function is payable,
    /// and in a function that only reads, a change of state halts.
    ///
    /// - Returns: Values of the function's outputs.
    func run<Host: EVMHost>(
        _ call: NativeCall, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> [ABIValue]
}

/// Why a native contract stopped before its end.
public enum NativeHalt: Error, Hashable, Sendable {
    /// State goes back, the rest of the gas remains, the caller gets these data.
    case reverted([UInt8])
    /// There was not gas enough; state goes back and all gas is lost.
    case outOfGas
    /// A change of state inside a static call, or in a function that only reads.
    case staticViolation
    /// The contract contradicts its own ABI: a bug, which halts alike on every node.
    case broken(String)

    var halt: Halt {
        switch self {
        case .reverted: .reverted
        case .outOfGas: .outOfGas
        case .staticViolation: .staticViolation
        case .broken: .precompileFailure
        }
    }
}

/// A function that was called, and its arguments.
public struct NativeCall: Sendable {
    /// Which function.
    public let function: ABIFunction
    /// A value for each of its inputs.
    public let arguments: [ABIValue]

    private func argument(_ index: Int) throws(NativeHalt) -> ABIValue {
        guard arguments.indices.contains(index) else {
            throw .broken("\(function.signature) has no argument \(index)")
        }
        return arguments[index]
    }

    /// An argument of type `uintN` or `intN`.
    public func number(_ index: Int) throws(NativeHalt) -> UInt256 {
        switch try argument(index) {
        case .uint(let value), .int(let value): return value
        default: throw .broken("\(function.signature): argument \(index) is no number")
        }
    }

    /// An argument of type `address`.
    public func address(_ index: Int) throws(NativeHalt) -> Address {
        guard case .address(let value) = try argument(index) else {
            throw .broken("\(function.signature): argument \(index) is no address")
        }
        return value
    }

    /// An argument of type `bytes` or `bytesN`.
    public func bytes(_ index: Int) throws(NativeHalt) -> [UInt8] {
        guard case .bytes(let value) = try argument(index) else {
            throw .broken("\(function.signature): argument \(index) is no bytes")
        }
        return value
    }

    /// An argument of type `bytes32`, as a word.
    public func word(_ index: Int) throws(NativeHalt) -> UInt256 {
        guard let word = UInt256(bigEndian: try bytes(index)) else {
            throw .broken("\(function.signature): argument \(index) is no bytes32")
        }
        return word
    }
}
