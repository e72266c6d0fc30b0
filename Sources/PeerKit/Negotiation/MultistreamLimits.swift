/// Every bound of multistream-select.
package enum MultistreamLimits {
    /// Longest message, with its line break, that is read: what go-multistream takes, in bytes.
    package static let maximumMessageBytes = 1024

    /// Longest protocol name in bytes: a message less its line break, and one to spare.
    package static let maximumProtocolBytes = 1022

    /// How many proposals a listener answers with `na` before it gives up.
    ///
    /// An honest dialer proposes each protocol it knows once; none we know has more than a dozen
    /// for one stream.
    package static let maximumRefusedProposals = 64
}
