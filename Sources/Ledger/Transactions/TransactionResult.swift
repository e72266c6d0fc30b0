/// What a transaction in a block has done.
public struct TransactionResult: Sendable {
    /// How the outermost frame ended.
    public var halt: Halt
    /// Gas that was paid for.
    public var gasUsed: Int64
    /// Gas that was used before any of it was given back.
    public var mostGasUsed: Int64
    /// Wei per gas.
    public var effectiveGasPrice: UInt256
    /// What was returned, or why it reverted.
    public var output: [UInt8]
    /// The logs; none unless it succeeded.
    public var logs: [EVMLog]
    /// The new contract, if one was made.
    public var contract: Address?

    /// `keccak256(rlp(logs))`, by which state tests compare logs.
    public var logsHash: Hash32 {
        var writer = RLPWriter()
        writer.list { list in
            for log in logs {
                list.list { item in
                    item.write(log.address.bytes)
                    item.list { topics in for topic in log.topics { topics.write(topic.bytes) } }
                    item.write(log.data)
                }
            }
        }
        return Keccak256.hash(writer.bytes)
    }
}
