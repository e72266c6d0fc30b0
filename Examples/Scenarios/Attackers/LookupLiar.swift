import struct NIOCore.ByteBuffer
import PeerKit

/// What liars know of each other.
public struct LiarRing: Sendable {
    /// One of them.
    struct Fellow: Sendable {
        var id: PeerID
        var address: Multiaddr
        var key: KademliaKey
    }

    private var fellows: [Fellow] = []

    /// A ring of nobody.
    public init() {}

    /// Adds a liar.
    public mutating func add(_ id: PeerID, at address: Multiaddr) {
        fellows.append(
            Fellow(id: id, address: address.withoutPeerID, key: KademliaKey(id)))
    }

    /// The liars closest to a key.
    func closest(to key: KademliaKey, count: Int) -> [Fellow] {
        let ordered = fellows.map { (distance: $0.key.distance(to: key), fellow: $0) }
            .sorted { $0.distance < $1.distance }
        return ordered.prefix(count).map(\.fellow)
    }
}

/// A peer of the distributed hash table that answers look-ups with lies.
///
/// To be admitted to tables it answers everybody who asks for the liar's ID or for his own, as honest
/// peers do to see whether a peer works; but with other liars' addresses.
public struct LookupLiar: PeerService {
    /// How it lies.
    public enum Lie: String, Sendable, Hashable, CaseIterable {
        /// Bytes without meaning.
        case garbage
        /// Only other liars, as if no honest peer were near: what eclipses and partitions are made
        /// of.
        case collusion
        /// Peers that do not exist, at addresses where others live.
        case invention
        /// It takes the question and never answers.
        case silence
    }

    /// For logs and errors.
    public let name = "lookup-liar"
    private let lie: Lie
    private let protocolID: ProtocolID
    private let ring: LiarRing
    private let victims: [Multiaddr]

    /// A liar.
    ///
    /// - Parameters:
    ///   - protocolID: Of the hash table.
    ///   - victims: Whom it connects to, so as to get into their tables.
    public init(
        _ lie: Lie, serving protocolID: ProtocolID, in ring: LiarRing, against victims: [Multiaddr]
    ) {
        self.lie = lie
        self.protocolID = protocolID
        self.ring = ring
        self.victims = victims
    }

    /// Serves the hash table's protocol.
    public func attach(to node: PeerNode) async throws {
        let (lie, ring, victims) = (lie, ring, victims)
        await node.handle(protocolID) { [weak node] stream in
            while let node, let request = await stream.nextMessage() {
                let key = WireMessage.all(2, of: request).first ?? []
                let isProbe = key == node.peerID.bytes || key == stream.remotePeer.bytes
                if lie == .silence, !isProbe {
                    try await node.runtime.sleep(for: .seconds(3600))
                }
                try await stream.writeMessage(
                    Self.answer(
                        request, key: key, as: isProbe ? .collusion : lie, ring: ring,
                        victims: victims, on: node))
            }
        }
    }

    /// Connects to its victims, again and again.
    public func run(on node: PeerNode) async throws {
        while !Task.isCancelled {
            for victim in victims {
                guard let peer = victim.peerID, await !node.isConnected(to: peer) else { continue }
                _ = try? await node.connect(to: victim)
            }
            try await node.runtime.sleep(for: .seconds(60))
        }
    }

    private static func answer(
        _ request: [UInt8], key: [UInt8], as lie: Lie, ring: LiarRing, victims: [Multiaddr],
        on node: PeerNode
    ) -> [UInt8] {
        var answer = WireMessage()
        // The kind of the question; a missing field is PUT_VALUE.
        let kind = WireMessage.fields(of: request).first { $0.field == 1 }
        if case .number(let number)? = kind?.value { answer.add(1, number: number) }
        answer.add(2, key)
        switch lie {
        case .collusion, .silence:
            for fellow in ring.closest(to: KademliaKey(hashing: key), count: 20) {
                answer.add(8) {
                    $0.add(1, fellow.id.bytes)
                    $0.add(2, fellow.address.bytes)
                }
            }
        case .garbage:
            return node.runtime.random.bytes(200)
        case .invention:
            for index in 0..<20 {
                // The identity multihash of an Ed25519 key that nobody holds.
                let id = [0, 0x24, 8, 1, 0x12, 0x20] + node.runtime.random.bytes(32)
                answer.add(8) {
                    $0.add(1, id)
                    guard !victims.isEmpty else { return }
                    $0.add(2, victims[index % victims.count].withoutPeerID.bytes)
                }
            }
        }
        return answer.bytes
    }
}
