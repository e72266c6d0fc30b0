/// What a block's hash is about (Yellow Paper, §4.4; EIP-1559, 4399, 4788, 4844, 4895, 7685).
///
/// The optional fields came with forks, each with all before it. A block of this ledger has all of
/// them up to its fork; headers of older forks are read for the sake of the official tests.
public struct BlockHeader: Hashable, Sendable {
    /// The block before.
    public var parentHash = Hash32.zero
    /// Of an empty list, since there are no ommers any more.
    public var ommersHash = Hash32.emptyList
    /// Who gets the tips.
    public var beneficiary = Address.zero
    /// The state after the block.
    public var stateRoot = Hash32.emptyTrie
    /// The transactions, by index.
    public var transactionsRoot = Hash32.emptyTrie
    /// The receipts, by index.
    public var receiptsRoot = Hash32.emptyTrie
    /// What the block's logs are about.
    public var logsBloom = Bloom.empty
    /// 0, since there is no mining.
    public var difficulty = UInt256.zero
    /// How many blocks stand before it.
    public var number: UInt64 = 0
    /// The most gas of all transactions.
    public var gasLimit: UInt64 = 0
    /// The gas of all transactions.
    public var gasUsed: UInt64 = 0
    /// Seconds since 1970.
    public var timestamp: UInt64 = 0
    /// Up to 32 bytes of the maker's choice.
    public var extraData: [UInt8] = []
    /// Randomness that contracts see (EIP-4399); the mix hash, when there was mining.
    public var prevRandao = Hash32.zero
    /// 0, since there is no mining.
    public var nonce: UInt64 = 0
    /// Wei per gas that are burnt (EIP-1559).
    public var baseFeePerGas: UInt256?
    /// The withdrawals, by index (EIP-4895).
    public var withdrawalsRoot: Hash32?
    /// Gas of the blobs (EIP-4844).
    public var blobGasUsed: UInt64?
    /// Gas of blobs beyond the target, carried along (EIP-4844).
    public var excessBlobGas: UInt64?
    /// Root of the beacon chain's block before (EIP-4788).
    public var parentBeaconBlockRoot: Hash32?
    /// The requests to the consensus layer (EIP-7685).
    public var requestsHash: Hash32?

    /// A header of zeros and empty roots.
    public init() {}

    /// Keccak-256 of the encoding: the block's name.
    public var hash: Hash32 { Keccak256.hash(encoded) }
}

extension Hash32 {
    /// Keccak-256 of RLP's empty list: the hash of no ommers.
    public static let emptyList = Keccak256.hash([0xc0])
    /// SHA-256 of nothing: the hash of no requests (EIP-7685).
    public static let emptyRequests = Hash32(
        word: UInt256(
            0xa495_991b_7852_b855, 0x27ae_41e4_649b_934c, 0x9afb_f4c8_996f_b924,
            0xe3b0_c442_98fc_1c14))
}
