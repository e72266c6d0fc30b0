/// Which path is answered by whom.
struct HTTPRoutes: Sendable {
    typealias Work = @Sendable () async -> HTTPAnswer

    /// Names by which a server on loopback may be called; `nil`: by any. A page that a browser got
    /// elsewhere can make its own name mean 127.0.0.1, and must not read what is served here.
    let hosts: Set<String>?
    private var routes: [String: Work] = [:]

    init(hosts: Set<String>?) { self.hosts = hosts }

    /// Says what is at a path.
    mutating func get(_ path: String, _ work: @escaping Work) { routes[path] = work }

    /// The answer to a request.
    func answer(_ request: HTTPRequest) async -> HTTPAnswer {
        if let hosts, let host = request.host, !hosts.contains(host.lowercased()) {
            return .error(421, "this server is not \"\(host)\"")
        }
        guard let work = routes[request.path] else {
            return .error(
                404,
                "nothing is here; there is " + routes.keys.sorted().joined(separator: ", "))
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .error(
                405, "\(request.method) is not possible here, GET is",
                headers: ["Allow": "GET, HEAD"])
        }
        return await work()
    }
}
