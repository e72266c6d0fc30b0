extension BlockHeader {
    /// The encoding whose hash names the block.
    public var encoded: [UInt8] {
        var writer = RLPWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Where the bloom's bytes begin in an encoding: what is before has a fixed width, as the list's
    /// length always takes two bytes.
    static let bloomOffset = 3 + 33 + 33 + 21 + 3 * 33 + 3

    func write(to writer: inout RLPWriter) {
        writer.list { list in
            list.write(parentHash.bytes)
            list.write(ommersHash.bytes)
            list.write(beneficiary.bytes)
            list.write(stateRoot.bytes)
            list.write(transactionsRoot.bytes)
            list.write(receiptsRoot.bytes)
            list.write(logsBloom.bytes)
            list.write(difficulty)
            list.write(number)
            list.write(gasLimit)
            list.write(gasUsed)
            list.write(timestamp)
            list.write(extraData)
            list.write(prevRandao.bytes)
            list.write(UInt256(nonce).bytes.suffix(8))
            if let baseFeePerGas { list.write(baseFeePerGas) }
            if let withdrawalsRoot { list.write(withdrawalsRoot.bytes) }
            if let blobGasUsed { list.write(blobGasUsed) }
            if let excessBlobGas { list.write(excessBlobGas) }
            if let parentBeaconBlockRoot { list.write(parentBeaconBlockRoot.bytes) }
            if let requestsHash { list.write(requestsHash.bytes) }
        }
    }

    /// Reads an encoding and nothing after it.
    public init(decoding bytes: [UInt8]) throws(RLPError) {
        var reader = RLPReader(bytes)
        self = try BlockHeader(from: &reader)
        try reader.finish()
    }

    init(from reader: inout RLPReader) throws(RLPError) {
        self.init()
        var list = try reader.list()
        parentHash = try list.hash()
        ommersHash = try list.hash()
        beneficiary = Address(try list.string(width: 20)) ?? .zero
        stateRoot = try list.hash()
        transactionsRoot = try list.hash()
        receiptsRoot = try list.hash()
        logsBloom = Bloom(try list.string(width: Bloom.byteCount)) ?? .empty
        difficulty = try list.integer()
        number = try list.integer64()
        gasLimit = try list.integer64()
        gasUsed = try list.integer64()
        timestamp = try list.integer64()
        extraData = Array(try list.string())
        prevRandao = try list.hash()
        nonce = UInt256(bigEndian: try list.string(width: 8))?.w0 ?? 0
        if !list.isAtEnd { baseFeePerGas = try list.integer() }
        if !list.isAtEnd { withdrawalsRoot = try list.hash() }
        if !list.isAtEnd { blobGasUsed = try list.integer64() }
        if !list.isAtEnd { excessBlobGas = try list.integer64() }
        if !list.isAtEnd { parentBeaconBlockRoot = try list.hash() }
        if !list.isAtEnd { requestsHash = try list.hash() }
        try list.finish()
    }
}

extension RLPReader {
    /// The next item, which must be 32 bytes.
    mutating func hash() throws(RLPError) -> Hash32 {
        Hash32(try string(width: 32)) ?? .zero
    }
}
