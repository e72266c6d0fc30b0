import NIOCore

@testable import PeerKit

/// Answers every question of peer exchange with validly signed records of peers that do not exist,
/// all at a victim's address.
struct ExchangeLiar: PeerService {
    let name = "exchange-liar"
    let victim: Multiaddr
    var count = 16

    func attach(to node: PeerNode) async throws {
        let (victim, count) = (victim, count)
        await node.handle(PeerExchange.protocolID) { [weak node] stream in
            guard let node else { return }
            _ = try await stream.readMessage(limit: 4096)
            var generator = RuntimeGenerator(node.runtime.random)
            var records: [[UInt8]] = []
            for _ in 0..<count {
                let key = Ed25519PrivateKey.generate(using: &generator)
                let record = PeerRecord(
                    peerID: key.publicKey.peerID, sequence: 1, addresses: [victim])
                records.append(try await record.sealed(with: key).bytes)
            }
            try await stream.writeMessage(PeerExchangeCodec.encode(.answer(records: records)))
        }
    }
}

/// Tells an old peer record of its own, again and again.
struct Replayer: Sendable {
    let node: PeerNode

    /// Identifies itself with a record of sequence `sequence` and these addresses.
    func push(_ sequence: UInt64, _ addresses: [Multiaddr], to peer: PeerID) async throws {
        let record = PeerRecord(peerID: node.peerID, sequence: sequence, addresses: addresses)
        let envelope = try await record.sealed(with: node.identity.signer).bytes
        let info = IdentifyInfo(
            protocolVersion: "", agentVersion: "replayer", listenAddresses: addresses,
            protocols: [IdentifyService.protocolID, IdentifyService.pushProtocolID],
            observedAddress: nil, record: nil)
        let stream = try await node.newStream(
            to: peer, protocol: IdentifyService.pushProtocolID)
        try await stream.writeMessage(
            IdentifyCodec.encode(
                publicKey: node.identity.publicKey, info: info, signedRecord: envelope))
        await stream.close()
    }
}
