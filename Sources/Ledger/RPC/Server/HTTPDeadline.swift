import NIOCore
import NIOHTTP1

/// Closes a server's connection whose request does not come, or whose answer is not made or taken, in
/// time.
///
/// All calls come on the channel's event loop.
package final class HTTPDeadline: ChannelDuplexHandler {
    /// Requests, which pass through.
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    /// Answers, which pass through.
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    private let request: TimeAmount
    private let answer: TimeAmount?
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - request: From the beginning of a connection, or the answer before, to the end of a
    ///     request.
    ///   - answer: From there until the answer is taken; `nil` where whoever makes it watches the
    ///     time, and only its taking is watched here, for as long as a request.
    package init(request: Duration, answer: Duration? = nil) {
        self.request = TimeAmount(request)
        self.answer = answer.map { TimeAmount($0) }
    }

    package func handlerAdded(context: ChannelHandlerContext) { arm(request, context) }

    // An accepted channel gets its handlers before it is active.
    package func channelActive(context: ChannelHandlerContext) {
        arm(request, context)
        context.fireChannelActive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { disarm() }

    package func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) {
            if let answer { arm(answer, context) } else { disarm() }
        }
        context.fireChannelRead(data)
    }

    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        var promise = promise
        switch unwrapOutboundIn(data) {
        case .head: if answer == nil { arm(request, context) }
        case .body: break
        case .end:
            let taken = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            taken.futureResult.whenSuccess {
                let (handler, context) = bound.value
                handler.arm(handler.request, context)
            }
            promise = taken
        }
        context.write(data, promise: promise)
    }

    private func disarm() {
        timer?.cancel()
        timer = nil
    }

    private func arm(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        disarm()
        guard context.channel.isActive else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
    }
}
