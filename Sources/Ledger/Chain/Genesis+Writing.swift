extension Genesis {
    /// The file, its keys in order.
    ///
    /// Written by hand: a chain may begin with a million accounts, for which an encoder that makes a
    /// tree first takes some ten seconds and a gigabyte.
    public var json: [UInt8] {
        var writer = GenesisWriter()
        writer.object { file in
            file.object("alloc") { accounts in
                for address in allocations.keys.sorted() {
                    guard let allocation = allocations[address] else { continue }
                    accounts.object(Hexadecimal.data(address.bytes)) {
                        Self.write(allocation, to: &$0)
                    }
                }
            }
            if let fee = baseFeePerGas { file.number("baseFeePerGas", fee) }
            file.number("blobGasUsed", UInt256(blobGasUsed))
            file.text("coinbase", Hexadecimal.data(beneficiary.bytes))
            file.object("config") { write(config: &$0) }
            file.number("difficulty", difficulty)
            file.number("excessBlobGas", UInt256(excessBlobGas))
            file.text("extraData", Hexadecimal.data(extraData))
            file.number("gasLimit", UInt256(gasLimit))
            file.text("mixHash", prevRandao.description)
            file.number("nonce", UInt256(nonce))
            file.text("parentHash", parentHash.description)
            file.number("timestamp", UInt256(timestamp))
        }
        return writer.bytes
    }

    private static func write(_ allocation: Allocation, to account: inout GenesisWriter) {
        account.number("balance", allocation.balance)
        if !allocation.code.isEmpty { account.text("code", Hexadecimal.data(allocation.code)) }
        if allocation.nonce != 0 { account.number("nonce", UInt256(allocation.nonce)) }
        guard !allocation.storage.isEmpty else { return }
        account.object("storage") { slots in
            for (key, value) in allocation.storage.sorted(by: { $0.key < $1.key }) {
                slots.text(Hexadecimal.data(key.bytes), Hexadecimal.data(value.bytes))
            }
        }
    }

    private func write(config: inout GenesisWriter) {
        if isCancun { config.number("cancunTime", .zero) }
        config.number("chainId", UInt256(chainID))
        if let time = forks.pragueTime { config.number("pragueTime", UInt256(time)) }
        config.object("psic") { psic in
            switch feePolicy {
            case .eip1559: psic.text("feePolicy", "eip1559")
            case .fixed(let fee): psic.number("feePolicy", fee)
            }
            if !nativeContracts.isEmpty {
                psic.list("nativeContracts") { names in
                    for name in nativeContracts { names.text(name) }
                }
            }
            if let supply {
                psic.object("supply") { rules in
                    rules.number("cap", supply.cap)
                    rules.number("halvingInterval", UInt256(supply.halvingInterval))
                    rules.number("initialReward", supply.initialReward)
                    rules.number("reserve", supply.reserve)
                }
            }
            guard !validators.isEmpty else { return }
            psic.list("validators") { list in
                for validator in validators {
                    list.object { item in
                        item.text("address", validator.address.description)
                        if !validator.peer.isEmpty { item.text("peer", validator.peer) }
                        item.number("stake", validator.stake)
                    }
                }
            }
        }
        if isCancun { config.number("shanghaiTime", .zero) }
        // Chains that began with mining have a number here; to other programs 0 says that this did not.
        config.plain("terminalTotalDifficulty", "0")
    }
}

/// JSON on its way, two spaces a level, each entry on a line of its own.
private struct GenesisWriter {
    private(set) var bytes: [UInt8] = []
    private var depth = 0
    private var isFirst = true

    mutating func object(_ body: (inout GenesisWriter) -> Void) {
        begin()
        enclose("{", "}", body)
    }

    mutating func object(_ key: String, _ body: (inout GenesisWriter) -> Void) {
        name(key)
        enclose("{", "}", body)
    }

    mutating func list(_ key: String, _ body: (inout GenesisWriter) -> Void) {
        name(key)
        enclose("[", "]", body)
    }

    mutating func text(_ value: String) {
        begin()
        quote(value)
    }

    mutating func text(_ key: String, _ value: String) {
        name(key)
        quote(value)
    }

    mutating func number(_ key: String, _ value: UInt256) { text(key, Quantity.text(value)) }

    mutating func plain(_ key: String, _ value: String) {
        name(key)
        bytes += value.utf8
    }

    private mutating func enclose(
        _ open: String, _ close: String, _ body: (inout GenesisWriter) -> Void
    ) {
        bytes += open.utf8
        depth += 1
        isFirst = true
        body(&self)
        depth -= 1
        if isFirst { bytes.append(UInt8(ascii: "\n")) }
        line()
        bytes += close.utf8
        isFirst = false
    }

    /// What comes before an entry.
    private mutating func begin() {
        guard depth > 0 else { return }
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        line()
    }

    private mutating func line() {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { bytes += "  ".utf8 }
    }

    private mutating func name(_ key: String) {
        begin()
        quote(key)
        bytes += " : ".utf8
    }

    /// A string with the escapes that JSON demands (RFC 8259, §7).
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20: bytes += "\\u00\(Hexadecimal.digits(of: [byte]))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
