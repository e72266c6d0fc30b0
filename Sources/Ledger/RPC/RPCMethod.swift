/// A method: its name, how many parameters it takes, and what it does.
package struct RPCMethod: Sendable {
    package typealias Work =
        @Sendable (RPCParameters, RPCSession?) async throws -> JSONValue

    let name: String
    /// The most parameters; more are an error, fewer show when they are missed.
    let maximumArguments: Int
    let work: Work

    package init(_ name: String, _ maximumArguments: Int, _ work: @escaping Work) {
        self.name = name
        self.maximumArguments = maximumArguments
        self.work = work
    }
}

/// A group of methods that belong together.
package protocol RPCArea: Sendable {
    var methods: [RPCMethod] { get }
}
