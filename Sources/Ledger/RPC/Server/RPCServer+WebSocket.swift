import NIOCore
import NIOWebSocket
import PeerKit

import struct NIOConcurrencyHelpers.NIOLockedValueBox

extension RPCServer {
    /// Requests of one connection that are worked on at once; the next waits in the socket.
    private static let requestsAtOnce = 16

    /// Answers a WebSocket's requests, several at once, and sends what its subscriptions bring.
    ///
    /// Requests come as text or as binary frames (web3.py sends the latter); answers go out as text.
    func serveSocket(_ client: SocketClient, _ number: UInt64?) async throws {
        try await client.executeThenClose { inbound, outbound in
            guard let number else {
                try await close(.unknown(1013), outbound)
                return
            }
            let session = RPCSession(id: number, maximumUnsentBytes: limits.maximumUnsentBytes)
            let pulse = NIOLockedValueBox(true)
            let ending = await withTaskGroup(of: WebSocketErrorCode.self) { group in
                group.addTask { await read(inbound, outbound, session, pulse) }
                group.addTask { await write(session, outbound) }
                group.addTask { await watch(pulse, outbound) }
                group.addTask {
                    for await _ in session.ended {}
                    // Too much waits for a client that does not read.
                    return .policyViolation
                }
                // Whichever ends first ends the others.
                let code = await group.next() ?? .goingAway
                session.close()
                group.cancelAll()
                return code
            }
            await service.ended(session)
            // A client that does not read does not take this either.
            try? await runtime.withTimeout(.seconds(1)) { try await close(ending, outbound) }
        }
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ session: RPCSession,
        _ pulse: NIOLockedValueBox<Bool>
    ) async -> WebSocketErrorCode {
        await withTaskGroup(of: Void.self, returning: WebSocketErrorCode.self) { group in
            defer { group.cancelAll() }
            var running = 0
            do {
                for try await frame in inbound {
                    pulse.withLockedValue { $0 = true }
                    switch frame.opcode {
                    case .text, .binary:
                        if running >= Self.requestsAtOnce {
                            await group.next()
                            running -= 1
                        }
                        running += 1
                        let body = Array(frame.unmaskedData.readableBytesView)
                        group.addTask {
                            guard let answer = await service.answer(body, session: session) else {
                                return
                            }
                            session.send(answer)
                        }
                    case .ping:
                        try await outbound.write(
                            WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                    case .connectionClose: return .normalClosure
                    default: continue
                    }
                }
            } catch is NIOWebSocketFrameAggregator.Error {
                return .messageTooLarge
            } catch {
                return .protocolError
            }
            return .normalClosure
        }
    }

    private func write(
        _ session: RPCSession, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async -> WebSocketErrorCode {
        for await message in session.outbound {
            let frame = WebSocketFrame(
                fin: true, opcode: .text, data: ByteBuffer(bytes: message))
            do { try await outbound.write(frame) } catch { return .goingAway }
            session.sent(message.count)
        }
        return .policyViolation
    }

    /// Pings a client that is silent, and gives up on one that stays so.
    private func watch(
        _ pulse: NIOLockedValueBox<Bool>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async -> WebSocketErrorCode {
        var isPinged = false
        while true {
            do { try await runtime.sleep(for: limits.keepAlive) } catch { return .goingAway }
            let isAlive = pulse.withLockedValue { alive in
                defer { alive = false }
                return alive
            }
            if isAlive {
                isPinged = false
                continue
            }
            if isPinged { return .goingAway }
            isPinged = true
            let ping = WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())
            do { try await outbound.write(ping) } catch { return .goingAway }
        }
    }

    private func close(
        _ code: WebSocketErrorCode, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
        outbound.finish()
    }
}
