import PeerKit

/// What a native contract sees and does while it runs.
///
/// It can't call: there is no way from here into another contract, so nobody can come back into a
/// contract that is half done (reentrancy). Value it moves arrives without any code of the receiver
/// being run.
public struct NativeFrame<Host: EVMHost>: ~Copyable {
    /// The contract's own address.
    public let address: Address
    /// Who calls: the sender of the transaction, or a contract.
    public let caller: Address
    /// Wei that came with the call, and are the contract's already.
    public let value: UInt256
    /// Who signed the transaction.
    public let origin: Address
    /// The block.
    public let block: BlockContext
    /// Gas left.
    public internal(set) var gas: Int64
    /// Whether nothing may change.
    public internal(set) var isStatic: Bool
    private let host: UnsafeMutablePointer<Host>
    private let abi: ContractABI

    /// - Parameter host: Valid, and nobody else's, while the frame lives.
    init(
        _ request: borrowing FrameRequest, abi: ContractABI, origin: Address, block: BlockContext,
        host: UnsafeMutablePointer<Host>
    ) {
        address = request.target
        caller = request.caller
        value = request.value
        gas = request.gas
        isStatic = request.isStatic
        self.abi = abi
        self.origin = origin
        self.block = block
        self.host = host
    }

    /// Pays gas.
    public mutating func charge(_ amount: Int64) throws(NativeHalt) {
        precondition(amount >= 0, "gas is never given by charging")
        guard gas >= amount else {
            gas = 0
            throw .outOfGas
        }
        gas -= amount
    }

    private func requireChangeable() throws(NativeHalt) {
        if isStatic { throw .staticViolation }
    }

    // MARK: Storage

    /// A storage slot's value, at the price of SLOAD.
    public mutating func load(_ key: UInt256) throws(NativeHalt) -> UInt256 {
        // Paid before it is looked at, as far as that can be known: reading costs the node time.
        try charge(GasCost.warmAccess)
        let slot = host.pointee.slot(key, of: address)
        if slot.wasCold { try charge(GasCost.coldSlot - GasCost.warmAccess) }
        return slot.current
    }

    /// Changes a storage slot, at the price and with the refunds of SSTORE.
    public mutating func store(_ value: UInt256, _ key: UInt256) throws(NativeHalt) {
        try requireChangeable()
        guard gas > GasCost.storeSentry else {
            gas = 0
            throw .outOfGas
        }
        let slot = host.pointee.slot(key, of: address)
        try charge(slot.storeCost(value))
        guard value != slot.current else { return }
        let refund = slot.refundChange(value)
        if refund != 0 { host.pointee.addRefund(refund) }
        host.pointee.store(value, in: slot)
    }

    /// The slot of a mapping's entry, where Solidity puts it: `keccak256(key . slot)`.
    ///
    /// - Parameters:
    ///   - key: Padded to a word, as an address or a number is.
    ///   - slot: The mapping's own.
    public mutating func slot(of key: UInt256, inMappingAt slot: UInt256) throws(NativeHalt)
        -> UInt256
    {
        try hash(key.bytes + slot.bytes).word
    }

    /// Keccak-256, at its price.
    public mutating func hash(_ bytes: [UInt8]) throws(NativeHalt) -> Hash32 {
        try charge(NativeGas.hash + NativeGas.hashWord * GasCost.words(bytes.count))
        return Keccak256.hash(bytes)
    }

    // MARK: Accounts

    /// An account's balance in wei, at the price of BALANCE.
    public mutating func balance(of account: Address) throws(NativeHalt) -> UInt256 {
        try charge(GasCost.warmAccess)
        if host.pointee.warm(account) { try charge(GasCost.coldAccount - GasCost.warmAccess) }
        return host.pointee.balance(of: account)
    }

    /// Moves some of the contract's own value. No code of the receiver runs.
    ///
    /// - Returns: `false`, and nothing moves, if the contract has not that much.
    public mutating func transfer(
        _ amount: UInt256, to receiver: Address
    ) throws(NativeHalt) -> Bool {
        try requireChangeable()
        try charge(NativeGas.transfer)
        if host.pointee.warm(receiver) { try charge(GasCost.coldAccount) }
        if !amount.isZero, host.pointee.isDead(receiver) { try charge(GasCost.newAccount) }
        guard host.pointee.balance(of: address) >= amount else { return false }
        host.pointee.transfer(amount, from: address, to: receiver)
        return true
    }

    // MARK: What the world is told

    /// Logs one of the ABI's events.
    public mutating func emit(_ event: String, _ values: [ABIValue]) throws(NativeHalt) {
        try requireChangeable()
        guard let declared = abi.event(named: event), let log = try? declared.log(values) else {
            throw .broken("no event \(event) of these values")
        }
        try charge(
            NativeGas.log + GasCost.logTopic * Int64(log.topics.count)
                + GasCost.logByte * Int64(log.data.count))
        host.pointee.log(EVMLog(address: address, topics: log.topics, data: log.data))
    }

    /// The halt that reverts with one of the ABI's errors.
    public func revert(_ error: String, _ values: [ABIValue] = []) -> NativeHalt {
        guard let data = try? abi.error(named: error)?.data(values) else {
            return .broken("no error \(error) of these values")
        }
        return .reverted(data)
    }

    /// The halt that reverts with a text, as `require` does.
    public func revert(saying text: String) -> NativeHalt {
        .reverted(RevertReason.data(saying: text))
    }

    // MARK: Cryptography

    /// Whether an Ed25519 signature of a message is a key's (RFC 8032), at its price.
    ///
    /// - Parameter key: 32 bytes; what is no key has signed nothing.
    public mutating func isValidEd25519(
        _ signature: [UInt8], of message: [UInt8], by key: [UInt8]
    ) throws(NativeHalt) -> Bool {
        try charge(NativeGas.ed25519 + NativeGas.hashWord * GasCost.words(message.count))
        guard let key = try? PublicKey(ed25519: key) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}
