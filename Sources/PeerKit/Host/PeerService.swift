/// A part of a node: a protocol, a discovery method, an agent of your own.
///
/// ```swift
/// struct Greeter: PeerService {
///     let name = "greeter"
///     func attach(to node: PeerNode) async throws {
///         await node.handle("/greet/1.0.0") { stream in try await stream.write(Array("hi".utf8)) }
///     }
/// }
/// ```
public protocol PeerService: Sendable {
    /// For logs and errors.
    var name: String { get }
    /// Registers protocol handlers. Called once, before the node listens.
    func attach(to node: PeerNode) async throws
    /// Reads what must be known before anybody is let in. Called once, before the node listens; an
    /// error keeps it from starting.
    func prepare(on node: PeerNode) async throws
    /// Works until it is cancelled. Called once the node listens; an error stops the node.
    func run(on node: PeerNode) async throws
}

/// A service that dials peers whom others discover, such as ``Joining``. Where a node has one,
/// discovery leaves all dialling to it: two that dial side by side know nothing of each other's
/// failures and limits.
protocol DialingService: PeerService {
    /// From now on peers that `source` discovers (``PeerEvent/discovered(_:_:source:)``) are
    /// neighbours: all of them are dialled, until there are `maximumConnections`.
    func adopt(neighboursFrom source: String, maximumConnections: Int) async
}

extension PeerNode {
    /// Who dials peers that are discovered, if a service does.
    nonisolated var dialingService: (any DialingService)? {
        services.lazy.compactMap { $0 as? any DialingService }.first
    }
}

extension PeerService {
    /// Registers nothing.
    public func attach(to node: PeerNode) async throws {}
    /// Has nothing to read.
    public func prepare(on node: PeerNode) async throws {}
    /// Has nothing to do besides its handlers.
    public func run(on node: PeerNode) async throws {}
}

/// Lets services be listed one per line, with `if` and `for`.
@resultBuilder
public enum PeerServiceBuilder {
    /// One service.
    public static func buildExpression(_ service: any PeerService) -> [any PeerService] {
        [service]
    }
    /// Several services.
    public static func buildExpression(_ list: [any PeerService]) -> [any PeerService] { list }
    /// A list.
    public static func buildBlock(_ parts: [any PeerService]...) -> [any PeerService] {
        parts.flatMap { $0 }
    }
    /// An `if` without `else`.
    public static func buildOptional(_ part: [any PeerService]?) -> [any PeerService] { part ?? [] }
    /// The first branch of an `if`.
    public static func buildEither(first part: [any PeerService]) -> [any PeerService] { part }
    /// The other branch of an `if`.
    public static func buildEither(second part: [any PeerService]) -> [any PeerService] { part }
    /// A loop.
    public static func buildArray(_ parts: [[any PeerService]]) -> [any PeerService] {
        parts.flatMap { $0 }
    }
}
