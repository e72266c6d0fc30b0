import struct NIOCore.ByteBuffer

/// `/ipfs/ping/1.0.0`: 32 bytes come back as they were sent, many times over one stream.
///
/// Source: libp2p specs, "ping".
struct PingService: PeerService {
    static let protocolID: ProtocolID = "/ipfs/ping/1.0.0"
    /// Bytes of one ping.
    static let payloadLength = 32
    /// A stream on which nothing comes for so long is given up.
    static let idleTimeout = Duration.seconds(60)

    let name = "ping"

    func attach(to node: PeerNode) async throws {
        let clock = node.runtime.clock
        await node.handle(Self.protocolID) { stream in
            while true {
                await stream.setDeadline(clock.now.advanced(by: Self.idleTimeout))
                // The end of the stream between two pings is its proper end.
                guard var bytes = try await stream.read(upTo: Self.payloadLength) else { return }
                if bytes.readableBytes < Self.payloadLength {
                    var rest = try await stream.read(
                        exactly: Self.payloadLength - bytes.readableBytes)
                    bytes.writeBuffer(&rest)
                }
                try await stream.write(bytes)
            }
        }
    }
}

extension PeerNode {
    /// Measures round trips to a connected peer, one after the other over one stream.
    ///
    /// - Parameters:
    ///   - count: Number of pings.
    ///   - interval: Pause between two of them.
    ///   - timeout: For each ping.
    ///   - onReply: Called for each reply as it comes, with its number from 0.
    /// - Returns: One round trip for each ping.
    public func ping(
        _ peer: PeerID, count: Int = 1, interval: Duration = .zero,
        timeout: Duration = .seconds(10),
        onReply: (@Sendable (Int, Duration) -> Void)? = nil
    ) async throws -> [Duration] {
        let stream = try await newStream(to: peer, protocol: PingService.protocolID)
        var times: [Duration] = []
        for number in 0..<count {
            if number > 0, interval > .zero { try await runtime.sleep(for: interval) }
            let payload = runtime.random.bytes(PingService.payloadLength)
            let start = runtime.clock.now
            await stream.setDeadline(start.advanced(by: timeout))
            try await stream.write(payload)
            let reply = try await stream.read(exactly: PingService.payloadLength)
            guard reply.readableBytesView.elementsEqual(payload) else {
                await stream.reset()
                throw PingError.differentBytes
            }
            let time = start.duration(to: runtime.clock.now)
            times.append(time)
            onReply?(number, time)
        }
        await stream.close()
        return times
    }
}

/// Why a ping failed though bytes came back.
public enum PingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Other bytes than were sent.
    case differentBytes

    /// What went wrong, in words.
    public var description: String { "the peer answered a ping with other bytes" }
}
