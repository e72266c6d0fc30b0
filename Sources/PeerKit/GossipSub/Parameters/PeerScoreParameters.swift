#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How peers are scored over all topics (gossipsub-v1.1, "The Score Function").
public struct PeerScoreParameters: Sendable, Hashable {
    /// Addresses with a common beginning, 10.0.0.0/8 for instance.
    public struct AddressRange: Sendable, Hashable {
        /// An address in the range.
        public let address: IPAddress
        /// How many bits are common.
        public let prefixLength: Int

        /// The addresses that share the first `prefixLength` bits with `address`; a longer prefix
        /// than the address has is the whole address.
        public init(_ address: IPAddress, prefixLength: Int) {
            self.address = address.unmapped
            self.prefixLength = max(0, min(prefixLength, self.address.bytes.count * 8))
        }

        /// Whether `other` is in the range. IPv4 addresses written in IPv6 are IPv4 addresses.
        public func contains(_ other: IPAddress) -> Bool {
            let (ours, theirs) = (address.bytes, other.unmapped.bytes)
            guard ours.count == theirs.count else { return false }
            return (0..<prefixLength).allSatisfy { bit in
                (ours[bit / 8] ^ theirs[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
            }
        }
    }

    // MARK: Topics

    /// How peers are scored in single topics.
    public var topics: [String: TopicScoreParameters] = [:]
    /// How they are scored in all others that we have joined; `nil`: not at all.
    public var otherTopics: TopicScoreParameters? = TopicScoreParameters()
    /// The most that all topics together can earn; 0: no bound.
    ///
    /// One topic's worth: whoever serves ten topics well may misbehave no more than others.
    public var topicScoreCap = 50.0

    // MARK: P5, what the application says

    /// For each point that the application gives or takes; usually positive.
    public var applicationWeight = 1.0
    /// So many points may a peer's standing with the node have fallen without counting here.
    ///
    /// It falls by timeouts that happen to honest peers, and by what this router itself reports and
    /// has already counted as P4 or P7. With 20 a peer loses gossip about where the node throttles
    /// it (-30), and is graylisted where the node suspends it (-100).
    public var toleratedStanding = 20.0

    // MARK: P6, peers of one address

    /// For the square of the number of peers above the threshold; at most 0. Fourteen peers at one
    /// address cost each of them 80, fifteen 125.
    public var ipColocationWeight = -5.0
    /// As many peers may share an IP address (or an IPv6 network of 64 bits): a household, or
    /// an office behind one router.
    public var ipColocationThreshold = 10
    /// Addresses that any number may share. Loopback addresses always may.
    public var ipColocationAllowlist: [AddressRange] = []

    // MARK: P7, misbehaviour that the router notices

    /// For the square of the count above the threshold; at most 0.
    public var behaviourPenaltyWeight = -10.0
    /// What may happen to an honest peer on a bad network: six broken promises in ten minutes.
    public var behaviourPenaltyThreshold = 6.0
    /// Ten minutes to nothing.
    public var behaviourPenaltyDecay = PeerScoreParameters.scoreParameterDecay(.seconds(600))

    // MARK: Time

    /// Time between decays.
    public var decayInterval = Duration.seconds(1)
    /// Below this a counter is 0.
    public var decayToZero = 0.01
    /// How long a peer that has gone is remembered, if there is anything against it. Longer than
    /// the slowest counter takes to decay: one that goes to have its faults forgotten loses time.
    public var retainScore = Duration.seconds(3600)
    /// How long the delivery of a message is remembered, to count those who send it again.
    public var deliveryRecordTTL = Duration.seconds(120)

    /// A private network of unknown topics.
    public init() {}

    /// The parameters that hold in `topic`; `nil` if it is not scored.
    public func parameters(for topic: String) -> TopicScoreParameters? {
        topics[topic] ?? otherTopics
    }

    /// What the application says of a peer whose standing is as given: 0 down to what is tolerated,
    /// then what is left.
    func applicationScore(standing: Double) -> Double { min(0, standing + toleratedStanding) }

    /// The factor with which a counter of 1 decays to nothing within `duration`.
    ///
    /// After *n* intervals it is *factorⁿ*, and nothing is what is below `toZero`: the factor is
    /// *toZero^(1/n)*. Less than an interval counts as one.
    public static func scoreParameterDecay(
        _ duration: Duration, interval: Duration = .seconds(1), toZero: Double = 0.01
    ) -> Double {
        let intervals = max(1, duration.seconds / max(interval.seconds, .leastNormalMagnitude))
        return pow(toZero, 1 / intervals)
    }
}
