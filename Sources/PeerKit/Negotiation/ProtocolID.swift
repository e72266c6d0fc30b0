/// The name of a protocol as peers agree on it, such as `/ipfs/ping/1.0.0`.
///
/// Compared byte for byte; the slashes carry no meaning on the wire. At most
/// ``MultistreamLimits/maximumProtocolBytes`` bytes of UTF-8, not empty and without a line break.
public typealias ProtocolID = String

extension ProtocolID {
    /// Whether the name can be proposed: not empty, short enough, one line, and not one of the two
    /// words (`na`, `ls`) that multistream-select reserves.
    package var isNegotiable: Bool {
        (1...MultistreamLimits.maximumProtocolBytes).contains(utf8.count)
            && !utf8.contains(UInt8(ascii: "\n"))
            && self != MultistreamCodec.notAvailable && self != MultistreamCodec.list
            && self != MultistreamCodec.header
    }
}
