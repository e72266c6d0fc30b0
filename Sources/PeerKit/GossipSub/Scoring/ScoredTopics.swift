/// The topics that are scored, by number, with their parameters.
struct ScoredTopics: Sendable {
    private var indices: [String: Int] = [:]
    private var entries: [(name: String, parameters: TopicScoreParameters)] = []
    private let others: TopicScoreParameters?
    private let limit: Int
    /// The longest window of P3 over all topics.
    private(set) var longestWindow = Duration.zero

    init(_ parameters: PeerScoreParameters, limit: Int) {
        others = parameters.otherTopics
        self.limit = limit
        for topic in parameters.topics.keys.sorted() {
            if let own = parameters.topics[topic] { _ = set(own, of: topic) }
        }
    }

    /// The number of a topic; `nil` if it is not scored.
    mutating func index(of topic: String) -> Int? {
        if let index = indices[topic] { return index }
        guard let others else { return nil }
        return set(others, of: topic)
    }

    func parameters(_ index: Int) -> TopicScoreParameters { entries[index].parameters }
    func name(_ index: Int) -> String { entries[index].name }

    /// Gives a topic parameters.
    ///
    /// - Returns: Its number; `nil` if there are too many topics.
    mutating func set(_ parameters: TopicScoreParameters, of topic: String) -> Int? {
        longestWindow = max(longestWindow, parameters.meshMessageDeliveriesWindow)
        if let index = indices[topic] {
            entries[index].parameters = parameters
            return index
        }
        guard entries.count < limit else { return nil }
        entries.append((topic, parameters))
        indices[topic] = entries.count - 1
        return entries.count - 1
    }
}
