import PeerKit

extension Registry {
    /// What `Registry.json` says, for tools in other languages; a test holds the two together.
    static let declarations: ContractABI = {
        let text = """
            function bind(bytes32 peer, bytes signature)
            function unbind()
            function release(bytes32 peer, bytes signature)
            function accountOf(bytes32 peer) view returns (address account)
            function peerOf(address account) view returns (bytes32 peer)
            function nonceOf(bytes32 peer) view returns (uint256 nonce)
            function bindMessage(bytes32 peer, address account) view returns (bytes message)
            function releaseMessage(bytes32 peer, address account) view returns (bytes message)
            event Bound(address indexed account, bytes32 indexed peer)
            event Unbound(address indexed account, bytes32 indexed peer)
            error InvalidSignature()
            error AccountBound(bytes32 peer)
            error PeerBound(address account)
            error NotBound()
            """
        do throws(ABIError) {
            return try ContractABI(declarations: text)
        } catch {
            preconditionFailure("the registry's declarations: \(error)")
        }
    }()

    /// A peer as the registry names it: its Ed25519 key as a word.
    ///
    /// - Returns: `nil` for a key of another type, which the registry does not take.
    public static func word(of key: PublicKey) -> UInt256? {
        key.type == .ed25519 ? UInt256(bigEndian: key.data) : nil
    }

    /// The peer ID of a word that the registry answered; `nil` for 0, which is no peer.
    public static func peerID(of word: UInt256) -> PeerID? {
        guard !word.isZero else { return nil }
        return (try? PublicKey(ed25519: word.bytes))?.peerID
    }
}
