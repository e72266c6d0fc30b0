/// The name of a protocol as peers agree on it, such as `/ipfs/ping/1.0.0`.
///
/// Printable ASCII, so that Swift's comparison of texts, which takes canonically equivalent ones for
/// equal, is the comparison of bytes that the wire wants. The slashes carry no meaning on the wire.
/// At most ``MultistreamLimits/maximumProtocolBytes`` bytes, not empty.
public typealias ProtocolID = String

extension ProtocolID {
    /// Whether the name can be proposed: not empty, short enough, printable, and not one of the two
    /// words (`na`, `ls`) that multistream-select reserves.
    package var isNegotiable: Bool {
        (1...MultistreamLimits.maximumProtocolBytes).contains(utf8.count)
            && utf8.allSatisfy { (0x20...0x7e).contains($0) }
            && self != MultistreamCodec.notAvailable && self != MultistreamCodec.list
            && self != MultistreamCodec.header
    }
}
