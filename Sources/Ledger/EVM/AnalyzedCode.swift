/// Code with what the interpreter needs to run it: its jump destinations, and room behind its end.
///
/// Sendable: all memory is written in `init` alone, before anyone else can see the object, and freed
/// in `deinit`, when nobody can any more.
public final class AnalyzedCode: @unchecked Sendable {
    /// How many bytes the code has.
    public let count: Int
    /// Keccak-256 of the code; all zeros for code that only creates a contract, as nobody asks.
    public let hash: Hash32
    /// The code and then 33 zeros, so that it ends in STOP and a PUSH at its end reads zeros.
    let start: UnsafePointer<UInt8>
    /// A bit for each place that holds a JUMPDEST outside of push data.
    private let destinations: UnsafePointer<UInt64>
    /// Where calls go instead, when the code is a delegation (EIP-7702).
    public let delegate: Address?

    /// Analyses code.
    public init(_ bytes: some Collection<UInt8>, hash: Hash32) {
        count = bytes.count
        self.hash = hash
        let code = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 33)
        code.initialize(repeating: 0, count: bytes.count + 33)
        var end = 0
        for byte in bytes {
            code[end] = byte
            end += 1
        }
        let words = (count + 64) / 64
        let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
        bits.initialize(repeating: 0, count: words)
        var place = 0
        while place < count {
            let opcode = code[place]
            if opcode == 0x5b {
                bits[place >> 6] |= 1 << UInt64(place & 63)
            } else if opcode >= 0x60, opcode <= 0x7f {
                place += Int(opcode) - 0x5f
            }
            place += 1
        }
        start = UnsafePointer(code)
        destinations = UnsafePointer(bits)
        if count == 23, code[0] == 0xef, code[1] == 0x01, code[2] == 0x00 {
            delegate = Address(UnsafeBufferPointer(start: code + 3, count: 20))
        } else {
            delegate = nil
        }
    }

    deinit {
        start.deallocate()
        destinations.deallocate()
    }

    /// No code.
    public static let empty = AnalyzedCode([], hash: .emptyCode)

    /// A copy of the bytes.
    public var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

    /// Whether a jump may go to a place.
    @inline(__always)
    func isDestination(_ place: UInt64) -> Bool {
        guard place < UInt64(count) else { return false }
        return destinations[Int(place >> 6)] >> (place & 63) & 1 != 0
    }
}
