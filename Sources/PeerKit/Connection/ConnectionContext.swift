import Logging

/// What a connection has from its node: settings, books and meters that all connections share.
struct ConnectionContext: Sendable {
    let limits: ConnectionLimits
    let muxing: YamuxConfiguration
    let handlers: ProtocolHandlers
    /// Handlers of inbound streams.
    let handlerTasks: TaskScope
    let rates: StreamRates
    let resources: ResourceBook
    let meters: NodeMeters
    /// Counts a fault against a peer; never waits.
    let report: @Sendable (PeerFault, PeerID) -> Void
    let log: Logger
}
