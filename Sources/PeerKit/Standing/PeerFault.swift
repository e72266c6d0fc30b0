/// Something a remote peer did that counts against it.
///
/// Every protocol reports faults with ``PeerNode/report(_:by:)``; the node's standing book weighs
/// them. A fault is always the *remote's*: a limit that this node meets by itself is none.
public struct PeerFault: Error, Hashable, Sendable, Codable {
    /// What sort of fault, which decides its weight.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Bytes that break a protocol's specification.
        case protocolViolation
        /// Well formed, but its signature or content does not hold.
        case invalidContent
        /// More than a rate limit or a bound allows.
        case excess
        /// An answer that never came, a promise that was not kept.
        case unresponsive
        /// A statement about itself or others that was found to be false.
        case falseClaim
        /// An old message or record sent again as if it were new.
        case replay
        /// Two different signed statements where only one may be.
        case equivocation
    }

    /// What sort of fault.
    public var kind: Kind
    /// In which protocol.
    public var protocolID: ProtocolID
    /// What exactly, for people: one printable line of at most 200 characters of Unicode.
    public var detail: String

    /// A fault in a protocol.
    public init(_ kind: Kind, in protocolID: ProtocolID, _ detail: String) {
        self.kind = kind
        self.protocolID = protocolID
        self.detail = detail.printable(limit: StandingLimits.maximumDetailLength)
    }
}
