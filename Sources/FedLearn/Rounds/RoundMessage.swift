/// What members say to each other. Members are indices in the task's list, rounds count from 0.
///
/// The agreement is single-decree Paxos for each round (Lamport 2001, "Paxos Made Simple", §2.2):
/// `prepare`/`promise` is its phase 1, `propose`/`accepted` its phase 2, `decided` its learning.
public enum RoundMessage: Sendable, Equatable {
    /// How many rounds the sender has completed. Said first on every new link, by whoever comes to a
    /// round late (those in it repeat what they said), and at the end.
    case hello(completed: Int)
    /// A member's contribution, from itself or from somebody who holds it.
    case update(RoundUpdate)
    /// Asks for updates that the sender lacks.
    case need(round: Int, [ContentHash])
    /// The coordinator of a later ballot asks what may have been decided before.
    case prepare(round: Int, ballot: Int)
    /// No earlier ballot will be accepted any more; `accepted` is what was.
    case promise(round: Int, ballot: Int, accepted: AcceptedSelection?)
    /// The coordinator proposes which updates count.
    case propose(round: Int, ballot: Int, Selection)
    /// The sender holds all of these updates and accepts.
    case accepted(round: Int, ballot: Int)
    /// The sender has promised itself to a later ballot.
    case refused(round: Int, ballot: Int, promised: Int)
    /// A majority has accepted.
    case decided(round: Int, Selection)
    /// Asks for the model after the sender's last completed round.
    case catchUpRequest(completed: Int)
    /// The model after `completed` rounds.
    case catchUp(ModelState)

    /// Which case it is.
    enum Kind: UInt8 {
        case hello, update, need, prepare, promise, propose, accepted, refused, decided
        case catchUpRequest, catchUp
    }

    var kind: Kind {
        switch self {
        case .hello: .hello
        case .update: .update
        case .need: .need
        case .prepare: .prepare
        case .promise: .promise
        case .propose: .propose
        case .accepted: .accepted
        case .refused: .refused
        case .decided: .decided
        case .catchUpRequest: .catchUpRequest
        case .catchUp: .catchUp
        }
    }

    /// The round it belongs to, if it belongs to one.
    var round: Int? {
        switch self {
        case .hello, .catchUpRequest, .catchUp: nil
        case .update(let update): update.round
        case .need(let round, _), .prepare(let round, _), .promise(let round, _, _),
            .propose(let round, _, _), .accepted(let round, _), .refused(let round, _, _),
            .decided(let round, _):
            round
        }
    }
}

/// A selection and the ballot in which it was accepted.
public struct AcceptedSelection: Sendable, Hashable {
    /// The ballot.
    public var ballot: Int
    /// What was accepted in it.
    public var selection: Selection

    /// A selection accepted in `ballot`.
    public init(ballot: Int, selection: Selection) {
        self.ballot = ballot
        self.selection = selection
    }
}

/// What an acceptor must remember over a crash, while a round is open.
public struct RoundState: Sendable, Equatable {
    /// The round.
    public var round: Int
    /// No ballot below is accepted.
    public var promised: Int
    /// What was accepted last.
    public var accepted: AcceptedSelection?
    /// The updates of `accepted`, so that what is decided can always be found.
    public var updates: [RoundUpdate]

    /// The state of an acceptor.
    public init(
        round: Int, promised: Int = 0, accepted: AcceptedSelection? = nil,
        updates: [RoundUpdate] = []
    ) {
        self.round = round
        self.promised = promised
        self.accepted = accepted
        self.updates = updates
    }
}

/// A completed round, as it is remembered.
public struct RoundRecord: Sendable, Hashable {
    /// The round, from 0.
    public var round: Int
    /// Whose updates counted.
    public var counted: [Int]
    /// The model afterwards; see ``SharedModel/hash``.
    public var modelHash: ContentHash

    /// A record.
    public init(round: Int, counted: [Int], modelHash: ContentHash) {
        self.round = round
        self.counted = counted
        self.modelHash = modelHash
    }
}

/// A model and how it came about.
public struct ModelState: Sendable, Equatable {
    /// Rounds completed.
    public var completed: Int
    /// Parameters, and what rule and server optimiser remember, after them.
    public var shared: SharedModel
    /// The latest records, oldest first.
    public var history: [RoundRecord]

    /// The parameters.
    public var parameters: [Float] { shared.parameters }

    /// A model after `completed` rounds.
    public init(completed: Int, shared: SharedModel, history: [RoundRecord]) {
        self.completed = completed
        self.shared = shared
        self.history = history
    }

    /// A model after `completed` rounds, with nothing remembered.
    public init(completed: Int, parameters: [Float], history: [RoundRecord]) {
        self.init(
            completed: completed, shared: SharedModel(parameters: parameters), history: history)
    }
}
