/// The number of a stream in its session: odd for streams of the dialer, even for the listener's.
package struct YamuxStreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    package var description: String { "#\(rawValue)" }
}

/// Which side of the connection we are: it decides who opens odd streams.
package enum YamuxRole: Sendable {
    case dialer
    case listener

    /// The first stream that this side opens; the next ones follow in steps of two.
    var firstStreamID: UInt32 { self == .dialer ? 1 : 2 }
}

/// Why a side ends the session (specification, "Go Away Messages").
package struct YamuxGoAwayCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let normal = YamuxGoAwayCode(rawValue: 0)
    package static let protocolError = YamuxGoAwayCode(rawValue: 1)
    package static let internalError = YamuxGoAwayCode(rawValue: 2)
}
