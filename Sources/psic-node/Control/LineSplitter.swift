/// Cuts a stream of bytes into lines.
struct LineSplitter: Sendable {
    /// A line longer than the limit; the stream is of no use after it.
    struct LineTooLong: Error, Equatable {
        var limit: Int
    }

    private let limit: Int
    private var pending: [UInt8] = []

    /// - Parameter limit: Most bytes of one line, without its end.
    init(limit: Int) { self.limit = limit }

    /// Takes what has come and gives the lines that it completes, without line ends and without
    /// empty lines.
    mutating func append(_ bytes: some Sequence<UInt8>) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
                if !pending.isEmpty { lines.append(pending) }
                pending.removeAll(keepingCapacity: true)
            } else {
                guard pending.count < limit else { throw LineTooLong(limit: limit) }
                pending.append(byte)
            }
        }
        return lines
    }
}
