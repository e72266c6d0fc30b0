import Ledger
import NIOCore
import NIOHTTP1
import NIOPosix
import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Calls methods of a JSON-RPC server over HTTP, one connection for each call.
struct RPCClient: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Bytes of an answer: what this program's own server gives at most, and some.
    private static let maximumAnswerBytes = 32 << 20

    let url: RPCURL
    /// For each call.
    let timeout: Duration

    /// Calls a method.
    ///
    /// - Throws: ``CommandError``: ``ExitStatus/notRunning`` where nobody listens, and the server's
    ///   own error.
    func call(_ method: String, _ params: [JSONValue] = []) async throws -> JSONValue {
        let body = JSONWriter.bytes(
            .members([
                "jsonrpc": "2.0", "id": .integer(1), "method": .string(method),
                "params": .array(params),
            ]))
        let answer: [UInt8]
        do {
            answer = try await Runtime.live.withTimeout(timeout) { try await exchange(body) }
        } catch let error as CommandError {
            throw error
        } catch is TimedOut {
            throw CommandError(.timeout, "\(url) did not answer in time")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandError(
                .notRunning, "cannot reach \(url): \(Self.reason(error))",
                hint: "start one with psic-node run --dev, or name another with --rpc URL")
        }
        guard let value = try? JSONReader.value(answer), value.object != nil else {
            throw CommandError(.failure, "\(url) is no JSON-RPC server")
        }
        if let error = value["error"], error != .null {
            let message = error["message"]?.text ?? "error"
            throw CommandError(.failure, "\(method): \(message)")
        }
        return value["result"] ?? .null
    }

    /// The system's words, if it was the system that refused.
    private static func reason(_ error: any Error) -> String {
        let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        guard let failure = cause as? IOError else { return "\(error)" }
        return String(cString: strerror(failure.errnoCode))
    }

    private func exchange(_ body: [UInt8]) async throws -> [UInt8] {
        let connection = try await ClientBootstrap(
            group: .singletonMultiThreadedEventLoopGroup
        ).connect(host: url.host, port: url.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
        return try await connection.executeThenClose { inbound, outbound in
            let headers = HTTPHeaders([
                ("Host", url.authority), ("Content-Type", "application/json"),
                ("Content-Length", String(body.count)), ("Connection", "close"),
            ])
            try await outbound.write(contentsOf: [
                .head(
                    HTTPRequestHead(
                        version: .http1_1, method: .POST, uri: url.path, headers: headers)),
                .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil),
            ])
            var answer: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let head):
                    guard head.status == .ok else {
                        throw CommandError(.failure, "\(url) answers HTTP \(head.status.code)")
                    }
                case .body(let bytes):
                    guard bytes.readableBytes <= Self.maximumAnswerBytes - answer.count else {
                        throw CommandError(.refused, "an answer of \(url) is too long")
                    }
                    answer.append(contentsOf: bytes.readableBytesView)
                case .end: return answer
                }
            }
            throw CommandError(.failure, "\(url) closed the connection without an answer")
        }
    }
}
