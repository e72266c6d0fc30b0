import NIOCore
import NIOHTTP1

/// Lets only those requests ask for an upgrade that will get it: WebSocket's, from whom may use it.
///
/// SwiftNIO's upgrade handler forgets a request that asks for an upgrade which it cannot have, and so
/// never answers it. Such requests are frequent: Java's HTTP client offers HTTP/2 with each. Without
/// the header they are plain requests, as HTTP wants it (RFC 9110, §7.8).
///
/// All calls come on the channel's event loop.
final class UpgradeFilter: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let access: RPCAccess
    /// Only a connection's first request can change it; what comes later may not even be HTTP.
    private var hasSeenHead = false

    init(access: RPCAccess) { self.access = access }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasSeenHead, case .head(var head) = unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        hasSeenHead = true
        if !isUpgrade(head) { head.headers.remove(name: "upgrade") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// RFC 6455, §4.2.1.
    private func isUpgrade(_ head: HTTPRequestHead) -> Bool {
        func words(_ name: String) -> [String] {
            head.headers[canonicalForm: name].map { $0.lowercased() }
        }
        let origin = head.headers.first(name: "origin")
        return head.method == .GET && words("upgrade") == ["websocket"]
            && words("connection").contains("upgrade")
            && head.headers["sec-websocket-version"] == ["13"]
            && head.headers["sec-websocket-key"].count == 1
            && access.allows(host: head.headers.first(name: "host"))
            && (origin.map { access.allows(origin: $0) } ?? true)
    }
}
