/// 0x09: the compression function of BLAKE2b (EIP-152, RFC 7693 §3.2).
enum BLAKE2F {
    /// The number of rounds, which is also the gas; `nil` unless the input has the right form.
    static func rounds(_ input: [UInt8]) -> UInt32? {
        guard input.count == 213, input[212] <= 1 else { return nil }
        return input[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The new state's 64 bytes.
    static func run(_ input: [UInt8]) -> [UInt8]? {
        guard let rounds = rounds(input) else { return nil }
        let words = (0..<26).map { word(input, at: 4 + 8 * $0) }
        let h = words[0..<8]
        let m = Array(words[8..<24])
        var v = Array(h) + initial
        v[12] ^= words[24]
        v[13] ^= words[25]
        if input[212] == 1 { v[14] = ~v[14] }
        v.withUnsafeMutableBufferPointer { v in
            m.withUnsafeBufferPointer { m in
                order.withUnsafeBufferPointer { order in
                    var row = 0
                    for _ in 0..<rounds {
                        let s = row * 16
                        mix(v, 0, 4, 8, 12, m[order[s]], m[order[s + 1]])
                        mix(v, 1, 5, 9, 13, m[order[s + 2]], m[order[s + 3]])
                        mix(v, 2, 6, 10, 14, m[order[s + 4]], m[order[s + 5]])
                        mix(v, 3, 7, 11, 15, m[order[s + 6]], m[order[s + 7]])
                        mix(v, 0, 5, 10, 15, m[order[s + 8]], m[order[s + 9]])
                        mix(v, 1, 6, 11, 12, m[order[s + 10]], m[order[s + 11]])
                        mix(v, 2, 7, 8, 13, m[order[s + 12]], m[order[s + 13]])
                        mix(v, 3, 4, 9, 14, m[order[s + 14]], m[order[s + 15]])
                        row = row == 9 ? 0 : row + 1
                    }
                }
            }
        }
        return (0..<8).flatMap { index in
            let word = h[index] ^ v[index] ^ v[index + 8]
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }
    }

    private static func word(_ input: [UInt8], at start: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(input[start + $1]) << UInt64(8 * $1) }
    }

    @inline(__always)
    private static func mix(
        _ v: UnsafeMutableBufferPointer<UInt64>, _ a: Int, _ b: Int, _ c: Int, _ d: Int,
        _ x: UInt64, _ y: UInt64
    ) {
        v[a] = v[a] &+ v[b] &+ x
        v[d] = rotate(v[d] ^ v[a], 32)
        v[c] = v[c] &+ v[d]
        v[b] = rotate(v[b] ^ v[c], 24)
        v[a] = v[a] &+ v[b] &+ y
        v[d] = rotate(v[d] ^ v[a], 16)
        v[c] = v[c] &+ v[d]
        v[b] = rotate(v[b] ^ v[c], 63)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        word &>> bits | word &<< (64 &- bits)
    }

    private static let initial: [UInt64] = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1, 0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ]

    private static let order: [Int] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ]
}
