/// The encodings of transactions: legacy (EIP-155) and typed (EIP-2930, 1559, 4844, 7702).
enum TransactionCodec {
    /// A transaction and its signature, unchecked.
    struct Decoded {
        var transaction: Transaction
        /// 0 or 1; `nil` for anything else.
        var parity: UInt8?
        var r: UInt256
        var s: UInt256
    }

    static func legacy(_ bytes: [UInt8]) throws(RLPError) -> Decoded {
        var outer = RLPReader(bytes)
        var list = try outer.list()
        try outer.finish()
        var transaction = Transaction(.legacy)
        transaction.nonce = try list.integer64()
        transaction.maxFeePerGas = try list.integer()
        transaction.maxPriorityFeePerGas = transaction.maxFeePerGas
        transaction.gasLimit = try list.integer64()
        try readCall(&list, into: &transaction)
        let v = try list.integer()
        let (r, s) = (try list.integer(), try list.integer())
        try list.finish()
        var parity: UInt8?
        if v == 27 || v == 28 {
            parity = UInt8(truncatingIfNeeded: v.w0 - 27)
        } else if v >= 35 {
            let rest = v &- 35
            // A chain id beyond 64 bits is none that anybody has.
            if let chain = (rest >> 1).asUInt64 {
                transaction.chainID = chain
                parity = UInt8(truncatingIfNeeded: rest.w0 & 1)
            }
        }
        return Decoded(transaction: transaction, parity: parity, r: r, s: s)
    }

    static func typed(
        _ kind: Transaction.Kind, _ bytes: ArraySlice<UInt8>
    ) throws(RLPError) -> Decoded {
        var outer = RLPReader(bytes)
        var list = try outer.list()
        try outer.finish()
        var transaction = Transaction(kind)
        transaction.chainID = try list.integer64()
        transaction.nonce = try list.integer64()
        transaction.maxPriorityFeePerGas = try list.integer()
        transaction.maxFeePerGas =
            kind == .accessList ? transaction.maxPriorityFeePerGas : try list.integer()
        transaction.gasLimit = try list.integer64()
        try readCall(&list, into: &transaction)
        transaction.accessList = try accessList(try list.list())
        if kind == .blob {
            transaction.maxFeePerBlobGas = try list.integer()
            var hashes = try list.list()
            while !hashes.isAtEnd {
                transaction.blobHashes.append(UInt256(bigEndian: try hashes.string(width: 32)) ?? 0)
            }
        }
        if kind == .setCode { transaction.authorizations = try authorizations(try list.list()) }
        let v = try list.integer()
        let (r, s) = (try list.integer(), try list.integer())
        try list.finish()
        return Decoded(
            transaction: transaction, parity: v <= 1 ? UInt8(truncatingIfNeeded: v.w0) : nil, r: r,
            s: s)
    }

    /// Target, value, data.
    private static func readCall(
        _ list: inout RLPReader, into transaction: inout Transaction
    ) throws(RLPError) {
        let to = try list.string()
        if !to.isEmpty {
            guard let address = Address(to) else {
                throw RLPError.width(expected: 20, found: to.count)
            }
            transaction.to = address
        }
        transaction.value = try list.integer()
        transaction.input = Array(try list.string())
    }

    private static func address(_ list: inout RLPReader) throws(RLPError) -> Address {
        Address(try list.string(width: 20)) ?? .zero
    }

    private static func accessList(
        _ list: RLPReader
    ) throws(RLPError) -> [Transaction.AccessEntry] {
        var list = list
        var entries: [Transaction.AccessEntry] = []
        while !list.isAtEnd {
            var entry = try list.list()
            let address = try address(&entry)
            var keys = try entry.list()
            var slots: [UInt256] = []
            while !keys.isAtEnd {
                slots.append(UInt256(bigEndian: try keys.string(width: 32)) ?? 0)
            }
            try entry.finish()
            entries.append(Transaction.AccessEntry(address: address, slots: slots))
        }
        return entries
    }

    private static func authorizations(
        _ list: RLPReader
    ) throws(RLPError) -> [SetCodeAuthorization] {
        var list = list
        var result: [SetCodeAuthorization] = []
        while !list.isAtEnd {
            var item = try list.list()
            result.append(
                SetCodeAuthorization(
                    chainID: try item.integer(), delegate: try address(&item),
                    nonce: try item.integer64(), yParity: try item.integer(),
                    r: try item.integer(), s: try item.integer()))
            try item.finish()
        }
        return result
    }

    /// The bytes whose hash is signed.
    static func signed(_ transaction: Transaction) -> [UInt8] {
        write(transaction) { list in
            // Replay protection stands where the signature will (EIP-155).
            guard transaction.kind == .legacy, let chain = transaction.chainID else { return }
            list.write(chain)
            list.write(0 as UInt64)
            list.write(0 as UInt64)
        }
    }

    /// The bytes that travel.
    static func encoded(
        _ transaction: Transaction, _ signature: Secp256k1RecoverableSignature
    ) -> [UInt8] {
        let parity = UInt256(UInt64(signature.recoveryID))
        return write(transaction) { list in
            if transaction.kind != .legacy {
                list.write(parity)
            } else if let chain = transaction.chainID {
                list.write(UInt256(chain) &+ UInt256(chain) &+ 35 &+ parity)
            } else {
                list.write(parity &+ 27)
            }
            list.write(UInt256(bigEndian: signature.r) ?? .zero)
            list.write(UInt256(bigEndian: signature.s) ?? .zero)
        }
    }

    /// All fields, then what the closure writes.
    private static func write(
        _ transaction: Transaction, then end: (inout RLPWriter) -> Void
    ) -> [UInt8] {
        var writer = RLPWriter()
        writer.list { list in
            if transaction.kind != .legacy { list.write(transaction.chainID ?? 0) }
            list.write(transaction.nonce)
            if transaction.kind.rawValue >= Transaction.Kind.dynamicFee.rawValue {
                list.write(transaction.maxPriorityFeePerGas)
            }
            list.write(transaction.maxFeePerGas)
            list.write(transaction.gasLimit)
            list.write(transaction.to?.bytes ?? [])
            list.write(transaction.value)
            list.write(transaction.input)
            if transaction.kind != .legacy { writeLists(of: transaction, to: &list) }
            end(&list)
        }
        return transaction.kind == .legacy
            ? writer.bytes : [transaction.kind.rawValue] + writer.bytes
    }

    /// What typed transactions have and legacy ones have not.
    private static func writeLists(of transaction: Transaction, to list: inout RLPWriter) {
        list.list { entries in
            for entry in transaction.accessList {
                entries.list { item in
                    item.write(entry.address.bytes)
                    item.list { slots in for slot in entry.slots { slots.write(slot.bytes) } }
                }
            }
        }
        if transaction.kind == .blob {
            list.write(transaction.maxFeePerBlobGas)
            list.list { hashes in
                for hash in transaction.blobHashes { hashes.write(hash.bytes) }
            }
        }
        if transaction.kind == .setCode {
            list.list { items in
                for authorization in transaction.authorizations {
                    items.list { item in
                        item.write(authorization.chainID)
                        item.write(authorization.delegate.bytes)
                        item.write(authorization.nonce)
                        item.write(authorization.yParity)
                        item.write(authorization.r)
                        item.write(authorization.s)
                    }
                }
            }
        }
    }
}
