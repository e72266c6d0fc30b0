import NIOCore
import Testing

@testable import PeerKit

/// Peers may cut their bytes anywhere: frames, messages and reads know nothing of one another.
@Suite("Boundaries of frames, messages and reads") struct FrameBoundaryTests {
    @Test("frames that messages cut arrive whole", arguments: [1, 5, 12, 13, 100])
    func cutFrames(messageBytes: Int) throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let server = try await SimulatedPeers.start(simulation.node("server"))
            let endpoint = try #require(await server.address.ipEndpoint)
            let bare = try await BareConnection.dial(
                endpoint, from: simulation.node("client"), as: 1)
            let text = Array("cut anywhere".utf8)
            var frames = ByteBuffer()
            frames.writeFrame(.windowUpdate, .syn, 1)
            frames.writeFrame(.data, [], 1, try ByteBuffer.proposal(of: SimulatedPeers.echo))
            frames.writeFrame(.data, [], 1, text)
            while let part = frames.readSlice(length: min(messageBytes, frames.readableBytes)),
                part.readableBytes > 0
            {
                bare.send(part)
            }
            try await simulation.sleep(for: .seconds(1))
            #expect(!bare.isClosed)
            // The negotiation's answer, then the echo, in as many frames as it likes.
            let echo = try payload(of: 1, in: bare.received)
            #expect(Array(echo.suffix(text.count)) == text)
            bare.abort()
            try await simulation.sleep(for: .seconds(1))
            await server.stop()
            try server.requireNothingLeft()
        }
    }

    /// What the DATA frames of one stream carry.
    private func payload(of stream: UInt32, in bytes: ByteBuffer) throws -> [UInt8] {
        var bytes = bytes
        var payload: [UInt8] = []
        while let header = try YamuxHeader.read(from: &bytes) {
            guard header.type == .data else { continue }
            let part = bytes.readBytes(length: Int(header.length)) ?? []
            if header.streamID.rawValue == stream { payload += part }
        }
        return payload
    }
}
