/// Which logs are asked for (JSON-RPC, `eth_getLogs`).
public struct LogFilter: Hashable, Sendable {
    /// Where to look.
    public enum Range: Hashable, Sendable {
        /// From one block to another, both included.
        case blocks(from: BlockID, to: BlockID)
        /// In one block.
        case block(Hash32)
    }

    /// Where to look.
    public var range: Range
    /// Contracts of which one must have logged; empty for any.
    public var addresses: [Address]
    /// For each place, the topics of which one must stand there; empty for any.
    public var topics: [[UInt256]]

    /// All fields.
    public init(range: Range, addresses: [Address] = [], topics: [[UInt256]] = []) {
        self.range = range
        self.addresses = addresses
        self.topics = topics
    }

    /// Whether a log is asked for.
    public func matches(_ log: EVMLog) -> Bool {
        guard addresses.isEmpty || addresses.contains(log.address),
            topics.count <= log.topics.count
        else { return false }
        return zip(topics, log.topics).allSatisfy { $0.isEmpty || $0.contains($1) }
    }

    /// The filter made ready to look at blooms.
    var bloomTest: BloomTest { BloomTest(self) }

    /// For each condition, the bits of its alternatives: computed once and compared with many blooms.
    struct BloomTest {
        private let conditions: [[[Bloom.Place]]]

        init(_ filter: LogFilter) {
            let items = [filter.addresses.map(\.bytes)] + filter.topics.map { $0.map(\.bytes) }
            conditions = items.filter { !$0.isEmpty }.map { $0.map(Bloom.places) }
        }

        /// Whether a block with this bloom may have matches.
        func mayMatch(_ bloom: UnsafeRawBufferPointer) -> Bool {
            conditions.allSatisfy { alternatives in
                alternatives.contains { $0.allSatisfy { bloom[$0.byte] & $0.mask != 0 } }
            }
        }
    }
}

/// A log with where it was found.
public struct FoundLog: Sendable, Equatable {
    /// The log.
    public var log: EVMLog
    /// The block's number.
    public var blockNumber: UInt64
    /// The block's hash.
    public var blockHash: Hash32
    /// The block's timestamp.
    public var timestamp: UInt64
    /// The transaction's hash.
    public var transactionHash: Hash32
    /// The transaction's place in the block.
    public var transactionIndex: Int
    /// The log's place among all of the block.
    public var logIndex: Int
}
