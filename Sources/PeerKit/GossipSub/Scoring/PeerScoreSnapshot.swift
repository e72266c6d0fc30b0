/// A peer's score and what it is made of.
public struct PeerScoreSnapshot: Sendable, Hashable, Codable {
    /// What one topic contributes. Counters are given as they are, parts as they go into the score,
    /// all but the sum without the topic's weight.
    public struct Topic: Sendable, Hashable, Codable {
        /// The topic.
        public var topic: String
        /// Time in the mesh as of the last decay; 0 outside.
        public var secondsInMesh: Double = 0
        /// Whether the peer is in the mesh of the topic.
        public var isInMesh = false
        /// Whether deliveries are expected of the peer.
        public var isDeliveryExpected = false
        /// Counter of P2.
        public var firstMessageDeliveries: Double = 0
        /// Counter of P3.
        public var meshMessageDeliveries: Double = 0
        /// Counter of P3b.
        public var meshFailures: Double = 0
        /// Counter of P4.
        public var invalidMessages: Double = 0

        /// P1: time in the mesh.
        public var timeInMeshPart: Double = 0
        /// P2: first deliveries.
        public var firstMessageDeliveriesPart: Double = 0
        /// P3: deficit of deliveries in the mesh.
        public var meshMessageDeliveriesPart: Double = 0
        /// P3b: sticky penalty for deficits.
        public var meshFailurePart: Double = 0
        /// P4: invalid messages.
        public var invalidMessagesPart: Double = 0
        /// The five, times the topic's weight.
        public var total: Double = 0
    }

    /// The peer.
    public var peer: PeerID
    /// The sum of all.
    public var score: Double = 0
    /// Whether the peer is connected; if not, it is remembered for its faults.
    public var isConnected = false
    /// By topic, in the order of names.
    public var topics: [Topic] = []
    /// The topics together, capped.
    public var topicsPart: Double = 0
    /// P5: what the application says.
    public var applicationPart: Double = 0
    /// P6: peers of the same address.
    public var ipColocationPart: Double = 0
    /// P7: misbehaviour that the router noticed.
    public var behaviourPart: Double = 0
    /// Counter of P7.
    public var behaviourPenalty: Double = 0
}
