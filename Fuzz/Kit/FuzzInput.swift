/// A fuzzer's bytes, handed out as choices and blocks.
///
/// The same input always gives the same choices, so every crash replays. When the bytes have run
/// out, choices are zero and blocks empty.
package struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    /// The input that libFuzzer passes to an entry point.
    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    }

    /// Whether all bytes have been handed out.
    package var isEmpty: Bool { rest.isEmpty }

    /// All bytes not yet handed out.
    package var bytes: [UInt8] { Array(rest) }

    /// All bytes not yet handed out, as text; what is not UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: rest, as: UTF8.self) }

    /// The next byte.
    package mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// A number below `count`.
    package mutating func choice(of count: Int) -> Int { Int(byte()) % count }

    /// A big-endian number.
    package mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value {
        take(Value.bitWidth / 8).reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    /// The next `count` bytes, or what is left of them.
    package mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
    }

    /// The next block as a socket might deliver it: its length is chosen by a byte, where 255
    /// stands for all that is left.
    ///
    /// - Returns: `nil` at the end of the input.
    package mutating func segment() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let length = byte()
        return take(length == 255 ? rest.count : Int(length))
    }
}
