/// Why a request has no answer.
enum RequestError: Error, Hashable, Sendable {
    /// It was not made: cancelled, or a limit of this node.
    case notAsked
    case unreachable
    /// Somebody else is at the addresses that were named.
    case impostor
    case unsupported
    case noAnswer
    /// The peer took the request and let the time for an answer pass.
    case timedOut
    /// The answer breaks the protocol.
    case garbage(String)

    init(_ error: any Error) {
        switch error {
        case let error as RequestError: self = error
        case let error as KademliaCodecError: self = .garbage(error.description)
        case let error as HostError:
            switch error {
            case .limit, .notRunning, .cancelled: self = .notAsked
            case .dialFailed(_, let failures) where failures.contains(where: \.isImpostor):
                self = .impostor
            default: self = .unreachable
            }
        case let error as StreamError:
            switch error {
            case .cancelled, .limit: self = .notAsked
            case .unsupported: self = .unsupported
            case .messageTooLong: self = .garbage(error.description)
            case .deadlineExceeded: self = .timedOut
            default: self = .noAnswer
            }
        case is CancellationError: self = .notAsked
        case is TimedOut: self = .unreachable
        default: self = .noAnswer
        }
    }

    /// For reports.
    var reason: LookupFailure.Reason {
        switch self {
        case .notAsked: .localLimit
        case .unreachable, .impostor: .unreachable
        case .unsupported: .unsupported
        case .noAnswer, .timedOut: .noAnswer
        case .garbage: .garbage
        }
    }

    /// What the failure says of a peer of the table; `nil`: nothing.
    var tableFailure: BucketMachine.Failure? {
        switch self {
        case .notAsked: nil
        case .noAnswer, .timedOut: .transient
        case .unreachable, .impostor, .unsupported, .garbage: .final
        }
    }
}

extension HostError.DialFailure {
    /// Whether another peer than the one that was wanted proved to be there.
    fileprivate var isImpostor: Bool {
        if case .upgrade(.noise(.unexpectedPeer)) = error { true } else { false }
    }
}

extension StreamError {
    /// Whether a stream that was kept may have failed only because the other side had closed it.
    var isStale: Bool {
        switch self {
        case .reset, .closed, .connectionClosed, .unexpectedEnd: true
        default: false
        }
    }
}
