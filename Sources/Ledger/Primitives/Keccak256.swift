/// Keccak-256, the hash of Ethereum (FIPS 202's sponge with the padding of the original submission).
///
/// Not SHA3-256: that pads with 0x06 where this pads with 0x01.
public enum Keccak256 {
    /// Bytes absorbed between two permutations.
    private static let rate = 136

    /// The digest of an array.
    public static func hash(_ bytes: [UInt8]) -> Hash32 {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The digest of a slice.
    public static func hash(_ bytes: ArraySlice<UInt8>) -> Hash32 {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The digest of memory.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Hash32 {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 50 + rate / 8) { scratch in
            guard let state = scratch.baseAddress else { return .zero }
            let block = state + 50
            for lane in 0..<25 { state[lane] = 0 }
            for lane in complemented { state[lane] = .max }
            var rest = bytes[...]
            while rest.count >= rate {
                let source = UnsafeRawBufferPointer(rebasing: rest.prefix(rate))
                if let base = source.baseAddress { absorb(base, into: state) }
                rest = rest.dropFirst(rate)
            }
            let tail = UnsafeMutableRawPointer(block)
            for lane in 0..<(rate / 8) { block[lane] = 0 }
            if let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress {
                tail.copyMemory(from: base, byteCount: rest.count)
            }
            tail.storeBytes(of: 1, toByteOffset: rest.count, as: UInt8.self)
            let last = tail.load(fromByteOffset: rate - 1, as: UInt8.self)
            tail.storeBytes(of: last | 0x80, toByteOffset: rate - 1, as: UInt8.self)
            absorb(UnsafeRawPointer(tail), into: state)
            return Hash32(
                word: UInt256(
                    state[3].byteSwapped, (~state[2]).byteSwapped, (~state[1]).byteSwapped,
                    state[0].byteSwapped))
        }
    }

    private typealias Lanes = UnsafeMutablePointer<UInt64>

    /// Mixes one block in.
    @inline(__always)
    private static func absorb(_ block: UnsafeRawPointer, into state: Lanes) {
        for lane in 0..<(rate / 8) {
            state[lane] ^= UInt64(
                littleEndian: block.loadUnaligned(fromByteOffset: lane * 8, as: UInt64.self))
        }
        permute(state, state + 25)
    }

    @inline(__always)
    private static func rotate(_ lane: UInt64, _ bits: UInt64) -> UInt64 {
        lane &<< bits | lane &>> (64 &- bits)
    }

    /// Lanes that are kept as their complements, which leaves χ five negations of the 25 it has as written
    /// (Keccak implementation overview, §2.2).
    private static let complemented = [1, 2, 8, 12, 17, 20]

    /// Keccak-f[1600] (FIPS 202, §3), two rounds at a time: from the state to other memory and back.
    private static func permute(_ state: Lanes, _ other: Lanes) {
        constants.withUnsafeBufferPointer { constants in
            var index = 0
            while index < 24 {
                round(state, other, constants[index])
                round(other, state, constants[index &+ 1])
                index &+= 2
            }
        }
    }

    /// One round; row by row, so that what is live fits into registers.
    @inline(__always)
    private static func round(_ a: Lanes, _ e: Lanes, _ constant: UInt64) {
        let c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20]
        let c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21]
        let c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22]
        let c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23]
        let c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24]
        let d0 = c4 ^ rotate(c1, 1)
        let d1 = c0 ^ rotate(c2, 1)
        let d2 = c1 ^ rotate(c3, 1)
        let d3 = c2 ^ rotate(c4, 1)
        let d4 = c3 ^ rotate(c0, 1)
        do {
            let b0 = a[0] ^ d0
            let b1 = rotate(a[6] ^ d1, 44)
            let b2 = rotate(a[12] ^ d2, 43)
            let b3 = rotate(a[18] ^ d3, 21)
            let b4 = rotate(a[24] ^ d4, 14)
            e[0] = b0 ^ (b1 | b2) ^ constant
            e[1] = b1 ^ (~b2 | b3)
            e[2] = b2 ^ (b3 & b4)
            e[3] = b3 ^ (b4 | b0)
            e[4] = b4 ^ (b0 & b1)
        }
        do {
            let b0 = rotate(a[3] ^ d3, 28)
            let b1 = rotate(a[9] ^ d4, 20)
            let b2 = rotate(a[10] ^ d0, 3)
            let b3 = rotate(a[16] ^ d1, 45)
            let b4 = rotate(a[22] ^ d2, 61)
            e[5] = b0 ^ (b1 | b2)
            e[6] = b1 ^ (b2 & b3)
            e[7] = b2 ^ (b3 | ~b4)
            e[8] = b3 ^ (b4 | b0)
            e[9] = b4 ^ (b0 & b1)
        }
        do {
            let b0 = rotate(a[1] ^ d1, 1)
            let b1 = rotate(a[7] ^ d2, 6)
            let b2 = rotate(a[13] ^ d3, 25)
            let b3 = rotate(a[19] ^ d4, 8)
            let b4 = rotate(a[20] ^ d0, 18)
            let n3 = ~b3
            e[10] = b0 ^ (b1 | b2)
            e[11] = b1 ^ (b2 & b3)
            e[12] = b2 ^ (n3 & b4)
            e[13] = n3 ^ (b4 | b0)
            e[14] = b4 ^ (b0 & b1)
        }
        do {
            let b0 = rotate(a[4] ^ d4, 27)
            let b1 = rotate(a[5] ^ d0, 36)
            let b2 = rotate(a[11] ^ d1, 10)
            let b3 = rotate(a[17] ^ d2, 15)
            let b4 = rotate(a[23] ^ d3, 56)
            let n3 = ~b3
            e[15] = b0 ^ (b1 & b2)
            e[16] = b1 ^ (b2 | b3)
            e[17] = b2 ^ (n3 | b4)
            e[18] = n3 ^ (b4 & b0)
            e[19] = b4 ^ (b0 | b1)
        }
        do {
            let b0 = rotate(a[2] ^ d2, 62)
            let b1 = rotate(a[8] ^ d3, 55)
            let b2 = rotate(a[14] ^ d4, 39)
            let b3 = rotate(a[15] ^ d0, 41)
            let b4 = rotate(a[21] ^ d1, 2)
            let n1 = ~b1
            e[20] = b0 ^ (n1 & b2)
            e[21] = n1 ^ (b2 | b3)
            e[22] = b2 ^ (b3 & b4)
            e[23] = b3 ^ (b4 | b0)
            e[24] = b4 ^ (b0 & b1)
        }
    }

    /// What the step ι adds in each round.
    private static let constants: [UInt64] = [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
        0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
        0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
        0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
        0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ]
}
