/// Something that a command may ask of a running node: a value of the type is the parameters.
///
/// ```swift
/// struct DisconnectPeer: ControlMethod {
///     static let name = "peer.disconnect"
///     typealias Answer = ConnectedPeer
///     var target: String
/// }
/// ```
///
/// A parameter that may be left out is an optional. Each area of the protocol is one file in
/// `Methods/`: its methods, what they answer, and a ``ControlArea`` that does the work.
protocol ControlMethod: Codable, Sendable {
    /// The last reply.
    associatedtype Answer: Codable & Sendable
    /// What may come before it, any number of times.
    associatedtype Event: Codable & Sendable = Never

    /// How it is called on the wire: `AREA.WHAT`.
    static var name: String { get }
}

/// A part of the control protocol: methods that belong together.
protocol ControlArea: Sendable {
    /// Says how its methods are answered.
    func register(in registry: inout ControlRegistry)
}

/// The answer of a method that has nothing to tell but that it is done.
struct ControlDone: Codable, Equatable, Sendable {}
