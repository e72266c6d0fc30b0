/// Why a member cannot take part in a task.
public enum FederationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The peer is not in the task's list.
    case notAMember(String, task: String)
    /// What the node has stored of the task cannot be read.
    case corruptState(task: String)
    /// The task's model is the members' own, and this member brought none.
    case needsTraining(task: String)
    /// A model of more parameters than rounds can send.
    case tooManyParameters(Int, limit: Int)
    /// The member's training gave an update of another length than the model's.
    case wrongUpdate(found: Int, expected: Int)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .notAMember(let peer, let task): "peer \(peer) is not a member of task \(task)"
        case .corruptState(let task): "the stored state of task \(task) is corrupt"
        case .needsTraining(let task):
            "task \(task) trains a model of the members' own: give FederatedLearning a TrainingTask"
        case .tooManyParameters(let count, let limit):
            "a model of \(count) parameters; RoundLimits.maximumParameters is \(limit)"
        case .wrongUpdate(let found, let expected):
            "the training gave an update of \(found) values, not \(expected)"
        }
    }
}
