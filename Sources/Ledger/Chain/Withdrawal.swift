/// Wei that come from outside the execution layer (EIP-4895).
public struct Withdrawal: Hashable, Sendable {
    /// Counts all withdrawals.
    public var index: UInt64
    /// The validator that it is for.
    public var validator: UInt64
    /// Who gets it.
    public var address: Address
    /// Units of 10⁹ wei.
    public var gigawei: UInt64

    /// All fields.
    public init(index: UInt64, validator: UInt64, address: Address, gigawei: UInt64) {
        self.index = index
        self.validator = validator
        self.address = address
        self.gigawei = gigawei
    }

    /// What the account gets.
    public var wei: UInt256 { UInt256(gigawei) &* 1_000_000_000 }

    func write(to writer: inout RLPWriter) {
        writer.list { list in
            list.write(index)
            list.write(validator)
            list.write(address.bytes)
            list.write(gigawei)
        }
    }

    /// The encoding, as blocks and their trie hold it.
    var encoded: [UInt8] {
        var writer = RLPWriter()
        write(to: &writer)
        return writer.bytes
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        var list = try reader.list()
        index = try list.integer64()
        validator = try list.integer64()
        address = Address(try list.string(width: 20)) ?? .zero
        gigawei = try list.integer64()
        try list.finish()
    }
}
