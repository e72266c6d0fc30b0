/// Where a JSON-RPC server is.
struct RPCURL: Equatable, Sendable, CustomStringConvertible {
    var host: String
    var port: Int
    var path: String

    /// The server of a node on this machine.
    static let standard = "http://127.0.0.1:8545"

    /// Reads `http://HOST[:PORT][/PATH]`.
    init(_ text: String) throws(CommandError) {
        let fault = CommandError(
            .usage, "cannot use \"\(text)\" as a JSON-RPC server",
            hint: "for example --rpc \(Self.standard); only http:// is possible")
        guard text.hasPrefix("http://") else { throw fault }
        let rest = text.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))
        if path.isEmpty { path = "/" }
        var name = authority
        var digits: Substring = ""
        if authority.hasPrefix("[") {
            name = authority.dropFirst().prefix { $0 != "]" }
            digits = authority.dropFirst(name.count + 2)
            guard digits.isEmpty || digits.hasPrefix(":") else { throw fault }
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            digits = authority[colon...]
        }
        guard !name.isEmpty, !name.contains("@"), path.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw fault }
        host = String(name)
        port = 80
        if !digits.isEmpty {
            guard let number = Int(digits.dropFirst()), (1...65_535).contains(number) else {
                throw fault
            }
            port = number
        }
    }

    /// What stands in `Host`.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    var description: String { "http://\(authority)\(path == "/" ? "" : path)" }
}
