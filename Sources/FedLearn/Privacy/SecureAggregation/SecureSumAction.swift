/// What a machine of a secure sum wants done.
public enum SecureSumAction: Hashable, Sendable {
    /// Whom a message is for.
    public enum Recipient: Hashable, Sendable {
        /// A member, by its index in the roster.
        case member(Int)
        /// Whoever collects.
        case collector
    }

    /// Send a message.
    case send(SecureSumMessage, to: Recipient)
    /// A member broke the protocol in a way that others can see.
    case report(member: Int, SecureSumFault)
    /// The sum is known (at the collector), or all that this member can do is done.
    case finished
    /// There will be no sum.
    case failed(SecureSumFailure)
}

/// How a member broke the protocol.
public enum SecureSumFault: String, Hashable, Sendable {
    /// A message that does not belong to the phase, the group or its sender.
    case unexpectedMessage
    /// Two different messages of a kind that is said once.
    case contradiction
    /// A sealed share that cannot be opened.
    case unreadableShare
    /// A share that does not lie on the polynomial of the others.
    case wrongShare
    /// Shares that never were of one secret, or of another one than was advertised.
    case wrongSecret
}

/// Why there is no sum.
public enum SecureSumFailure: Error, Hashable, Sendable {
    /// Too few members came, or stayed.
    case tooFewMembers(have: Int, need: Int)
    /// The collector contradicted itself or left out what it must not.
    case dishonestCollector
    /// The members were told different things, or too few confirmed before the deadline.
    case notConfirmed
    /// A secret could not be put together.
    case lostSecret(of: Int)
    /// Nothing more came.
    case timedOut
}

/// How patient the machines are.
public struct SecureSumTimeouts: Hashable, Sendable {
    /// How long the collector waits in each of its four phases, once enough members have answered or
    /// not.
    public var phase: Duration
    /// How long a member waits for the end.
    public var total: Duration

    /// Timeouts.
    public init(phase: Duration = .seconds(5), total: Duration = .seconds(30)) {
        self.phase = phase
        self.total = total
    }
}
