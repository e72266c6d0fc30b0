@testable import PeerKit

/// Says things of itself, in identify, that are not so.
struct IdentityLiar: PeerService {
    enum Lie: Sendable {
        /// Another peer's public key.
        case key(PublicKey)
        /// A record that another peer has signed.
        case record(of: PeerIdentity)
        /// Addresses of another peer's.
        case addresses([Multiaddr])
        /// Bytes that are no message.
        case nonsense
    }

    let name = "identity-liar"
    let lie: Lie

    func attach(to node: PeerNode) async throws {
        let lie = lie
        await node.handle(IdentifyService.protocolID) { [weak node] stream in
            guard let node else { return }
            var key = node.identity.publicKey
            var (info, record): (IdentifyInfo, [UInt8]?) = try await node.selfDescription(
                for: stream.connection)
            switch lie {
            case .key(let other): key = other
            case .record(let other):
                let foreign = PeerRecord(
                    peerID: other.peerID, sequence: 1, addresses: info.listenAddresses)
                record = try await foreign.sealed(with: other.signer).bytes
            case .addresses(let addresses):
                info.listenAddresses = addresses
                record = nil
            case .nonsense:
                try await stream.write([UInt8](repeating: 0xff, count: 100))
                return
            }
            try await stream.writeMessage(
                IdentifyCodec.encode(publicKey: key, info: info, signedRecord: record))
        }
    }
}
