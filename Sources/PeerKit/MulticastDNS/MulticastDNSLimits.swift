/// Every bound of multicast DNS, with its reason.
public struct MulticastDNSLimits: Sendable, Hashable {
    /// Bytes of one message: fits an Ethernet frame; RFC 6762, §17 allows 9,000.
    public var maximumMessageBytes = 1472
    /// Questions read of one message.
    public var maximumQuestions = 16
    /// Records read of one message: a peer with some dozens of addresses sends one for all.
    public var maximumRecords = 32
    /// Texts of one record: an address each.
    public var maximumTexts = 32
    /// Addresses believed of one peer.
    public var maximumAddresses = 16
    /// Jumps in one name. Each leads backwards, so that there is an end without this, too.
    public var maximumJumps = 8
    /// Messages read of one sender and second; many peers may share a machine.
    public var messagesPerSecondAndSource = 16.0
    /// Senders whose rate is remembered.
    public var maximumSources = 1024
    /// Answers sent in a second (RFC 6762, §6: at least a second between two of one record).
    public var answersPerSecond = 1.0
    /// The longest pause between two questions (RFC 6762, §5.2: an hour; peers come and go faster).
    public var longestPause = Duration.seconds(60)

    /// The defaults.
    public init() {}
}
