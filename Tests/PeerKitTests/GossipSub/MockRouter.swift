import NIOConcurrencyHelpers

@testable import PeerKit

/// A peer that speaks GossipSub by hand: it sends what it is told to and answers nothing.
final class MockRouter: Sendable {
    private struct State {
        var received: [GossipRPC] = []
        var inbound: [PeerStream] = []
        /// Kept, as a stream that is dropped is reset.
        var outbound: [PeerStream] = []
    }

    let node: PeerNode
    /// Whether it reads what it is sent.
    private let isReading: Bool
    /// Whether it ends every stream that is opened to it.
    private let hangsUp: Bool
    private let state = NIOLockedValueBox(State())

    /// - Parameter isReading: A slow reader never reads.
    init(
        _ place: SimulatedNode, version: GossipSubVersion = .meshsub12, isReading: Bool = true,
        hangsUp: Bool = false
    ) async throws {
        node = try await SimulatedPeers.start(place)
        self.isReading = isReading
        self.hangsUp = hangsUp
        await node.handle(version.protocolID) { [weak self] stream in
            try await self?.serve(stream)
        }
    }

    private func serve(_ stream: PeerStream) async throws {
        state.withLockedValue { $0.inbound.append(stream) }
        if hangsUp { return }
        guard isReading else {
            // Until the node stops.
            try await node.runtime.sleep(for: .seconds(1_000_000))
            return
        }
        while let bytes = try await stream.readMessage(limit: 1 << 20) {
            let rpc = try GossipSubCodec.decode(bytes)
            state.withLockedValue { $0.received.append(rpc) }
        }
    }

    /// Everything it was sent.
    var received: [GossipRPC] { state.withLockedValue { $0.received } }
    /// Streams that were opened to it.
    var inbound: [PeerStream] { state.withLockedValue { $0.inbound } }

    /// Connects and opens its one-way stream.
    func open(to other: PeerNode, _ version: GossipSubVersion = .meshsub12) async throws
        -> PeerStream
    {
        try await node.connect(to: other.address)
        let stream = try await node.newStream(to: other.peerID, protocol: version.protocolID)
        state.withLockedValue { $0.outbound.append(stream) }
        return stream
    }

    /// A message as it signs it.
    func message(_ text: String, topic: String, number: UInt64) async throws -> PubSubMessage {
        var message = PubSubMessage(data: Array(text.utf8), topic: topic)
        message.sequenceNumber = MessageSigning.sequenceNumber(number)
        try await MessageSigning.sign(&message, with: node.identity.signer)
        return message
    }
}

extension PeerStream {
    /// Sends an RPC.
    func send(_ fill: (inout GossipRPC) -> Void) async throws {
        var rpc = GossipRPC()
        fill(&rpc)
        try await writeMessage(GossipSubCodec.encode(rpc))
    }

    /// Whether the other side has given the stream up.
    func isReset() async -> Bool {
        do { return try await read() == nil } catch { return true }
    }
}
