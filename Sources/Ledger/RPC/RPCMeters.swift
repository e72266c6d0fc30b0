import Metrics
import PeerKit

/// The server in numbers. Methods that do not exist count as `unknown`, so that no client can make a
/// series.
struct RPCMeters: Sendable {
    private let requests: [String: Counter]
    private let seconds: [String: Timer]
    private let failures: [String: Counter]
    private let connections: [RPCTransport: Meter]
    private let refused: Counter

    /// - Parameter methods: The names that there are.
    init(_ factory: any MetricsFactory, methods: some Sequence<String>) {
        let names = Array(methods) + [Self.unknown]
        func each<Key: Hashable, Value>(
            _ keys: some Sequence<Key>, _ make: (Key) -> Value
        ) -> [Key: Value] {
            Dictionary(keys.map { ($0, make($0)) }) { first, _ in first }
        }
        requests = each(names) {
            Counter(
                label: "psic_rpc_requests_total", dimensions: [("method", $0)], factory: factory)
        }
        seconds = each(names.map(Self.area)) {
            Timer(label: "psic_rpc_seconds", dimensions: [("area", $0)], factory: factory)
        }
        failures = each(["client", "execution", "limit", "internal"]) {
            Counter(label: "psic_rpc_errors_total", dimensions: [("kind", $0)], factory: factory)
        }
        connections = each(RPCTransport.allCases) {
            Meter(
                label: "psic_rpc_connections", dimensions: [("transport", $0.rawValue)],
                factory: factory)
        }
        refused = Counter(
            label: "psic_rpc_connections_refused_total", dimensions: [], factory: factory)
    }

    private static let unknown = "unknown"

    /// A request has been answered.
    ///
    /// - Parameter method: `nil` where the body was no request.
    func answered(_ method: String?, _ error: RPCError?, after time: Duration) {
        let name = method.flatMap { requests[$0] == nil ? nil : $0 } ?? Self.unknown
        requests[name]?.increment()
        seconds[Self.area(of: name)]?.recordNanoseconds(time.wholeNanoseconds)
        if let error { failures[Self.kind(of: error.code)]?.increment() }
    }

    /// A connection has come or gone.
    func connection(_ transport: RPCTransport, isOpen: Bool) {
        if isOpen {
            connections[transport]?.increment()
        } else {
            connections[transport]?.decrement()
        }
    }

    /// A connection was closed at once, as there are too many.
    func connectionRefused() { refused.increment() }

    /// What stands before the underscore: `eth`, `net`, `debug`, …
    private static func area(of method: String) -> String {
        String(method.prefix { $0 != "_" })
    }

    private static func kind(of code: Int) -> String {
        switch code {
        case -32603: "internal"
        case -32005, -32003, -32002: "limit"
        case 3, -32000: "execution"
        default: "client"
        }
    }
}

/// How a client speaks.
enum RPCTransport: String, Sendable, CaseIterable {
    case http
    case webSocket = "websocket"
}
