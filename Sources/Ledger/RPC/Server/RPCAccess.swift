import Collections

/// Who may speak to the server: which names it goes by, and which web pages may read its answers.
package struct RPCAccess: Sendable, Equatable {
    /// Web pages by their origin.
    package enum Origins: Sendable, Equatable {
        /// All: for a chain whose keys are known to everyone anyway.
        case any
        /// These, such as `https://app.example`. Programs send no origin and are not concerned.
        case only([String])
    }

    /// Names in `Host` that are taken besides addresses; `nil`: any. A page that a browser got
    /// elsewhere can make its own name mean 127.0.0.1, but cannot call itself by an address.
    package var hosts: Set<String>?
    package var origins: Origins

    package init(hosts: Set<String>?, origins: Origins) {
        self.hosts = hosts
        self.origins = origins
    }

    /// For a server on loopback.
    package static let loopbackNames: Set<String> = ["localhost", "ip6-localhost"]

    /// Whether a request may call the server so.
    package func allows(host: String?) -> Bool {
        guard let hosts, let host, !host.isEmpty else { return true }
        let name = Self.withoutPort(host).lowercased()
        return hosts.contains(name) || Self.isAddress(name)
    }

    /// Whether a page of this origin may read answers.
    package func allows(origin: String) -> Bool {
        switch origins {
        case .any: true
        case .only(let list): list.contains(origin)
        }
    }

    static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    /// Whether this is an IPv4 or IPv6 address and no name: digits and dots, or a colon, which no
    /// name has.
    static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Headers of every answer to a page of this origin; none for programs.
    package func headers(for origin: String?) -> [(name: String, value: String)] {
        guard let origin, allows(origin: origin) else { return [] }
        let shown = origins == .any ? "*" : origin
        return [("Access-Control-Allow-Origin", shown), ("Vary", "Origin")]
    }

    /// Headers of the answer to a browser that asks before it sends (Fetch standard, "CORS-preflight
    /// request").
    package func preflightHeaders(for origin: String?) -> [(name: String, value: String)] {
        let headers = headers(for: origin)
        guard !headers.isEmpty else { return [] }
        return headers + [
            ("Access-Control-Allow-Methods", "POST, OPTIONS"),
            ("Access-Control-Allow-Headers", "content-type"),
            ("Access-Control-Max-Age", "600"),
        ]
    }
}
