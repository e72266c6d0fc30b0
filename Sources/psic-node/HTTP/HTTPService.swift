import PeerKit

/// `/metrics`, `/healthz` and `/readyz` of the node that it is part of.
struct HTTPService: PeerService {
    let name = "http"
    let socket: HTTPSocket
    let metrics: MetricRegistry
    let services: NodeServices
    let facts: RunningNode.Facts
    /// Connected peers without which the node is not ready.
    let minimumPeers: Int
    var limits = HTTPLimits()

    func run(on node: PeerNode) async throws {
        let running = RunningNode(node: node, services: services, facts: facts)
        let clock = node.runtime.clock
        let pulse = HealthPulse(
            minimumPeers: minimumPeers,
            wantedAddresses: node.configuration.listenAddresses.count, now: clock.now)
        let view = MetricsView(registry: metrics, running: running)
        var routes = HTTPRoutes(
            hosts: socket.isLoopback ? ["localhost", "127.0.0.1", "::1", "ip6-localhost"] : nil)
        routes.get("/metrics") {
            HTTPAnswer(
                status: 200, contentType: MetricsView.contentType,
                body: await view.text())
        }
        routes.get("/healthz") { pulse.liveness(at: clock.now).answer }
        routes.get("/readyz") { pulse.readiness(at: clock.now).answer }
        let server = HTTPServer(
            socket: socket, routes: routes, limits: limits, log: node.log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.run(on: node) }
            // On threads of its own: a node that hangs must not keep its server from saying so.
            group.addTask(executorPreference: globalConcurrentExecutor) { try await server.run() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
