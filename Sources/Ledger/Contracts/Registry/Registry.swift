import PeerKit

/// Which peer belongs to which account: a peer ID (an Ed25519 key of libp2p) and an account, bound by
/// signatures of both keys.
///
/// The account signs by sending the transaction. The peer signs ``message(_:chainID:registry:peer:account:nonce:)``,
/// which names chain, contract, account and the peer's nonce, so that a signature is good once and
/// nowhere else. One account has one peer and one peer one account. Either can end it: the account by
/// `unbind`, the peer by a signature that anybody may deliver to `release`, so that who has lost the
/// account's key can still bind the peer to another.
///
/// Storage, laid out as Solidity would:
///
///     slot 0   mapping(bytes32 peer => address account)
///     slot 1   mapping(address account => bytes32 peer)
///     slot 2   mapping(bytes32 peer => uint256 nonce)
public struct Registry: NativeContract {
    /// "registry".
    public let name = "registry"
    /// The letters "psic" and the number 1.
    public let address = Address(truncating: UInt256(0x7073_6963_0001))
    /// See `Registry.json`.
    public let abi = Registry.declarations

    /// The registry.
    public init() {}

    private static let accounts: UInt256 = 0
    private static let peers: UInt256 = 1
    private static let nonces: UInt256 = 2

    /// What a peer signs for.
    public enum Purpose: String, Sendable {
        /// To be bound to the account.
        case bind = "psic-registry-bind"
        /// To be no longer bound to the account.
        case release = "psic-registry-release"
    }

    /// The message that a peer signs.
    ///
    /// The purpose's name, a zero byte, then chain (32 bytes), contract (20), account (20), peer (32)
    /// and nonce (32): all of fixed width, so that no message reads as another.
    public static func message(
        _ purpose: Purpose, chainID: UInt64, registry: Address, peer: UInt256, account: Address,
        nonce: UInt256
    ) -> [UInt8] {
        var message = Array(purpose.rawValue.utf8) + [0]
        message += UInt256(chainID).bytes + registry.bytes + account.bytes
        return message + peer.bytes + nonce.bytes
    }

    /// As ``NativeContract`` has it.
    public func run<Host: EVMHost>(
        _ call: NativeCall, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> [ABIValue] {
        switch call.function.name {
        case "bind":
            try bind(try call.word(0), signature: try call.bytes(1), in: &frame)
            return []
        case "unbind":
            let peer = try peer(of: frame.caller, in: &frame)
            guard !peer.isZero else { throw frame.revert("NotBound") }
            try unbind(peer, from: frame.caller, in: &frame)
            return []
        case "release":
            try release(try call.word(0), signature: try call.bytes(1), in: &frame)
            return []
        case "accountOf": return [.address(try account(of: try call.word(0), in: &frame))]
        case "peerOf":
            return [.bytes(try peer(of: try call.address(0), in: &frame).bytes)]
        case "nonceOf": return [.uint(try nonce(of: try call.word(0), in: &frame))]
        case "bindMessage", "releaseMessage":
            let purpose: Purpose = call.function.name == "bindMessage" ? .bind : .release
            let message = try message(
                purpose, peer: try call.word(0), account: try call.address(1), in: &frame)
            return [.bytes(message)]
        default: throw .broken("\(call.function.signature) is declared and not written")
        }
    }

    private func bind<Host: EVMHost>(
        _ peer: UInt256, signature: [UInt8], in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) {
        let account = frame.caller
        let other = try self.peer(of: account, in: &frame)
        guard other.isZero else {
            throw frame.revert("AccountBound", [.bytes(other.bytes)])
        }
        let owner = try self.account(of: peer, in: &frame)
        guard owner == .zero else { throw frame.revert("PeerBound", [.address(owner)]) }
        try useSignature(signature, .bind, of: peer, account: account, in: &frame)
        try frame.store(account.word, try frame.slot(of: peer, inMappingAt: Self.accounts))
        try frame.store(peer, try frame.slot(of: account.word, inMappingAt: Self.peers))
        try frame.emit("Bound", [.address(account), .bytes(peer.bytes)])
    }

    private func release<Host: EVMHost>(
        _ peer: UInt256, signature: [UInt8], in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) {
        let account = try self.account(of: peer, in: &frame)
        guard account != .zero else { throw frame.revert("NotBound") }
        try useSignature(signature, .release, of: peer, account: account, in: &frame)
        try unbind(peer, from: account, in: &frame)
    }

    private func unbind<Host: EVMHost>(
        _ peer: UInt256, from account: Address, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) {
        try frame.store(.zero, try frame.slot(of: peer, inMappingAt: Self.accounts))
        try frame.store(.zero, try frame.slot(of: account.word, inMappingAt: Self.peers))
        try frame.emit("Unbound", [.address(account), .bytes(peer.bytes)])
    }

    /// Checks a peer's signature, and makes it worthless from now on.
    private func useSignature<Host: EVMHost>(
        _ signature: [UInt8], _ purpose: Purpose, of peer: UInt256, account: Address,
        in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) {
        let message = try message(purpose, peer: peer, account: account, in: &frame)
        let isValid = try frame.isValidEd25519(signature, of: message, by: peer.bytes)
        guard isValid else { throw frame.revert("InvalidSignature") }
        let place = try frame.slot(of: peer, inMappingAt: Self.nonces)
        try frame.store(try frame.load(place) &+ 1, place)
    }

    private func message<Host: EVMHost>(
        _ purpose: Purpose, peer: UInt256, account: Address, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> [UInt8] {
        Self.message(
            purpose, chainID: frame.block.chainID, registry: frame.address, peer: peer,
            account: account, nonce: try nonce(of: peer, in: &frame))
    }

    private func account<Host: EVMHost>(
        of peer: UInt256, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> Address {
        let place = try frame.slot(of: peer, inMappingAt: Self.accounts)
        return Address(truncating: try frame.load(place))
    }

    private func peer<Host: EVMHost>(
        of account: Address, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> UInt256 {
        try frame.load(try frame.slot(of: account.word, inMappingAt: Self.peers))
    }

    private func nonce<Host: EVMHost>(
        of peer: UInt256, in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> UInt256 {
        try frame.load(try frame.slot(of: peer, inMappingAt: Self.nonces))
    }
}
