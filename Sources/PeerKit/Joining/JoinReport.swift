/// How joining stands, source by source; for `status` and `doctor`.
public struct JoinReport: Codable, Sendable, Hashable {
    /// One source of peers.
    public struct Source: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Whether it is asked, or tells by itself.
        public var isAsked: Bool
        /// Times it was asked.
        public var questions: Int
        /// Times that asking failed.
        public var failedQuestions: Int
        /// Peers that it named first.
        public var found: Int
        /// Dials of these that succeeded.
        public var connected: Int
        /// Dials of these that failed.
        public var failedDials: Int
        /// What went wrong last.
        public var lastError: String?
        /// Seconds until it is asked again.
        public var nextQuestionInSeconds: Double?
    }

    /// Connected peers.
    public var connectedPeers: Int
    /// How many there should be.
    public var target: Int
    /// Peers that wait to be dialled.
    public var candidates: Int
    /// Every source, configured addresses first.
    public var sources: [Source]

    /// Whether there are as many connections as there should be.
    public var isSatisfied: Bool { connectedPeers >= target }
}
