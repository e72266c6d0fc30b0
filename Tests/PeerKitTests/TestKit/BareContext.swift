import Logging
import Metrics

@testable import PeerKit

extension ConnectionContext {
    /// What a connection without a node needs: it serves nothing and blames nobody.
    static func bare(_ runtime: Runtime, limits: ConnectionLimits = .init()) -> ConnectionContext {
        let metrics = NOOPMetricsHandler.instance
        let standing = StandingBook(
            runtime: runtime, policy: .init(), limits: .init(), metrics: metrics)
        return ConnectionContext(
            limits: limits, muxing: YamuxConfiguration(), handlers: ProtocolHandlers(),
            handlerTasks: TaskScope(),
            rates: StreamRates(limits: .init(), runtime: runtime, standing: standing),
            resources: ResourceBook(limits: .init(), metrics: metrics),
            meters: NodeMeters(metrics), report: { _, _ in },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
