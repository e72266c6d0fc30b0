import NIOConcurrencyHelpers
import NIOCore

@testable import PeerKit

/// Serves the hash table's protocol and answers as it likes.
struct LookupLiar: PeerService {
    /// How it lies.
    enum Lie: String, Sendable, CaseIterable {
        /// Bytes that are no message.
        case garbage
        /// Takes requests and never answers: `.unresponsive` to who waits.
        case silence
        /// Names peers near the key that do not exist, at addresses where nobody is.
        case inventedPeers
        /// Names its own kind only, those nearest to the key first.
        case eclipse
        /// Names honest peers where another peer is.
        case falseAddresses
    }

    /// What the liars of one simulation know together.
    final class Conspiracy: Sendable {
        /// The lock guards the lists.
        private let peers = NIOLockedValueBox(
            (liars: [KademliaPeer](), victims: [KademliaPeer]()))

        func join(_ liar: KademliaPeer) { peers.withLockedValue { $0.liars.append(liar) } }
        func aim(at victim: KademliaPeer) { peers.withLockedValue { $0.victims.append(victim) } }
        var liars: [KademliaPeer] { peers.withLockedValue { $0.liars } }
        var victims: [KademliaPeer] { peers.withLockedValue { $0.victims } }
    }

    let name = "liar"
    let lie: Lie
    let conspiracy: Conspiracy
    /// Requests that it was asked.
    let asked = NIOLockedValueBox(0)

    func attach(to node: PeerNode) async throws {
        let runtime = node.runtime
        await node.handle("/ipfs/kad/1.0.0") { stream in
            while let bytes = try await stream.readMessage(limit: 1 << 20) {
                asked.withLockedValue { $0 += 1 }
                let request = try KademliaCodec.decode(bytes)
                switch lie {
                case .garbage: try await stream.writeMessage(runtime.random.bytes(64))
                case .silence: try await runtime.sleep(for: .seconds(3600))
                default:
                    var answer = KademliaMessage(kind: request.kind, key: request.key)
                    answer.closerPeers = named(for: request.key, runtime)
                    try await stream.writeMessage(KademliaCodec.encode(answer))
                }
            }
        }
    }

    private func named(for key: [UInt8], _ runtime: Runtime) -> [KademliaPeer] {
        let target = KademliaKey(hashing: key)
        switch lie {
        case .inventedPeers:
            let invented = (0..<60).compactMap { _ -> KademliaPeer? in
                let id = Multihash.sha256(of: runtime.random.bytes(16)).bytes
                let nowhere = KademliaTestPeers.address(9, host: IPv4Address(10, 99, 99, 99))
                return (try? PeerID(bytes: id)).map { KademliaPeer(id: $0, addresses: [nowhere]) }
            }
            return Array(invented.nearest(to: target).prefix(20))
        case .eclipse:
            return Array(conspiracy.liars.nearest(to: target).prefix(20))
        case .falseAddresses:
            let victims = conspiracy.victims.nearest(to: target).prefix(20)
            return zip(victims, victims.dropFirst()).map {
                KademliaPeer(id: $0.id, addresses: $1.addresses)
            }
        case .garbage, .silence:
            return []
        }
    }
}

extension [KademliaPeer] {
    func nearest(to target: KademliaKey) -> [KademliaPeer] {
        map { (peer: $0, distance: KademliaKey($0.id).distance(to: target)) }
            .sorted { $0.distance < $1.distance }.map(\.peer)
    }
}

/// Signs two values with one number and gives half of the holders the one, half the other.
struct EquivocatingPublisher: Sendable {
    let node: PeerNode
    let key: [UInt8]
    let values: [[UInt8]]

    init(_ node: PeerNode, sequence: UInt64) async throws {
        var values: [[UInt8]] = []
        var key: [UInt8] = []
        for text in ["one", "other"] {
            let sealed = try await SignedRecord.seal(
                Array(text.utf8), name: Array("news".utf8), sequence: sequence,
                with: node.identity.signer)
            key = sealed.key
            values.append(sealed.value)
        }
        self.node = node
        self.key = key
        self.values = values
    }

    /// Puts each of the values to every second holder.
    func publish(to holders: [KademliaPeer]) async {
        for (index, holder) in holders.enumerated() {
            await node.putRaw(values[index % 2], key, to: holder)
        }
    }
}

/// Puts values that were current once, as if they still were.
struct RecordReplayer: Sendable {
    let node: PeerNode

    /// Puts an old value to each of the holders.
    func replay(_ value: [UInt8], for key: [UInt8], to holders: [KademliaPeer]) async {
        for holder in holders { await node.putRaw(value, key, to: holder) }
    }
}

/// Asks without pause, on as many streams as it gets.
struct RequestFlooder: Sendable {
    let node: PeerNode

    /// Makes `count` requests of a peer on one stream after the other.
    ///
    /// - Returns: How many were answered.
    func flood(_ peer: PeerID, count: Int) async throws -> Int {
        var answered = 0
        let request = KademliaCodec.encode(KademliaMessage(kind: .findNode, key: [1, 2, 3]))
        var stream = try await node.newStream(to: peer, protocol: "/ipfs/kad/1.0.0")
        for _ in 0..<count {
            do {
                try await stream.writeMessage(request)
                guard try await stream.readMessage(limit: 1 << 20) != nil else {
                    throw StreamError.closed
                }
                answered += 1
            } catch {
                // It may be turned away altogether by now.
                let next = try? await node.newStream(to: peer, protocol: "/ipfs/kad/1.0.0")
                guard let next else { return answered }
                stream = next
            }
        }
        await stream.reset()
        return answered
    }
}

extension PeerNode {
    /// Puts a value to one peer, checked by nobody on this side.
    fileprivate nonisolated func putRaw(
        _ value: [UInt8], _ key: [UInt8], to holder: KademliaPeer
    ) async {
        let record = KademliaMessage.Record(key: key, value: value)
        let request = KademliaMessage(kind: .putValue, key: key, record: record)
        await learn(holder.id, at: holder.addresses, source: "test")
        guard let stream = try? await newStream(to: holder.id, protocol: "/ipfs/kad/1.0.0") else {
            return
        }
        try? await stream.writeMessage(KademliaCodec.encode(request))
        _ = try? await stream.readMessage(limit: 1 << 20)
        await stream.close()
    }
}
