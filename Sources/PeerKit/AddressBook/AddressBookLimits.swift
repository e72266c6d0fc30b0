/// Every bound of the address book, with its reason.
public struct AddressBookLimits: Sendable, Hashable {
    /// Peers that are remembered. With the longest records they take 2,048 × 3 KiB = 6 MiB; a node
    /// needs a few dozen of them to find its network again.
    public var maximumPeers = 2048
    /// Peers among them that this node has never reached. Whoever floods the book with names fills
    /// this half and drives out no peer that is known to work.
    public var maximumStrangers = 1024
    /// Addresses of one peer, signed and unsigned ones each.
    public var maximumAddressesPerPeer = 16
    /// Bytes of a signed record that is kept: one with 16 usual addresses has about 800.
    public var maximumRecordBytes = 2048
    /// How long an address counts that nobody has signed.
    public var uncertifiedLifetime = Duration.seconds(3600)
    /// How long a peer is remembered that was never reached.
    public var strangerLifetime = Duration.seconds(24 * 3600)
    /// How long a peer is remembered that was reached once.
    public var peerLifetime = Duration.seconds(30 * 24 * 3600)
    /// An older record that comes within this time after the newer one was overtaken on the way;
    /// one that comes later was sent again.
    public var overtakingGrace = Duration.seconds(30)
    /// Only peers that were reached within this time are passed on to others.
    public var recommendationLifetime = Duration.seconds(24 * 3600)
    /// Changes written in one batch: 256 × 3 KiB take the disk a few milliseconds.
    public var maximumBatchEntries = 256
    /// Entries read and verified at once when the book is opened.
    public var loadPageEntries = 64

    /// The defaults.
    public init() {}

    /// Bytes of one stored entry, beyond which it is not read: record and addresses, generously.
    var maximumStoredBytes: Int { maximumRecordBytes + maximumAddressesPerPeer * 512 + 1024 }
}

extension Duration {
    /// Whole seconds, not below zero.
    var wholeSeconds: UInt64 { UInt64(clamping: components.seconds) }
}
