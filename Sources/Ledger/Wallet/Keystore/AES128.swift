/// AES with keys of 128 bits (FIPS 197), as much of it as Web3 Secret Storage needs: counter mode.
///
/// Written without tables and branches on secrets, so that neither caches nor timing show the key: the
/// S-box is computed as FIPS 197 defines it. That is slow, some microseconds a block, and a key file
/// has two blocks.
package enum AES128 {
    /// Encrypts or decrypts in counter mode (NIST SP 800-38A, §6.5).
    ///
    /// - Parameters:
    ///   - key: 16 bytes.
    ///   - counter: 16 bytes, a big-endian number that grows by 1 each block, and wraps.
    package static func counterMode(_ bytes: [UInt8], key: [UInt8], counter: [UInt8]) -> [UInt8] {
        precondition(key.count == 16 && counter.count == 16, "AES-128 with other lengths than 16")
        let schedule = schedule(of: key)
        var counter = counter
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let stream = encrypt(counter, schedule)
            out += zip(bytes[start..<min(start + 16, bytes.count)], stream).map { $0 ^ $1 }
            for index in counter.indices.reversed() {
                counter[index] &+= 1
                if counter[index] != 0 { break }
            }
        }
        return out
    }

    /// One block (FIPS 197, §5.1).
    package static func encrypt(_ block: [UInt8], key: [UInt8]) -> [UInt8] {
        encrypt(block, schedule(of: key))
    }

    private static func encrypt(_ block: [UInt8], _ schedule: [UInt8]) -> [UInt8] {
        var state = added(block, schedule[..<16])
        for round in 1...10 {
            state = state.map(substitute)
            // ShiftRows: row r of the columns moves r places to the left.
            state = (0..<16).map { state[($0 + 4 * ($0 % 4)) % 16] }
            if round < 10 { state = mixed(state) }
            state = added(state, schedule[(16 * round)..<(16 * round + 16)])
        }
        return state
    }

    private static func added(_ state: [UInt8], _ key: ArraySlice<UInt8>) -> [UInt8] {
        zip(state, key).map { $0 ^ $1 }
    }

    /// MixColumns.
    private static func mixed(_ state: [UInt8]) -> [UInt8] {
        (0..<16).map { index in
            let column = index & ~3
            func cell(_ row: Int) -> UInt8 { state[column + (index + row) % 4] }
            return multiply(cell(0), 2) ^ multiply(cell(1), 3) ^ cell(2) ^ cell(3)
        }
    }

    /// KeyExpansion (FIPS 197, §5.2): 11 round keys.
    private static func schedule(of key: [UInt8]) -> [UInt8] {
        var words = key
        var constant: UInt8 = 1
        while words.count < 176 {
            var last = Array(words.suffix(4))
            if words.count.isMultiple(of: 16) {
                last = [last[1], last[2], last[3], last[0]].map(substitute)
                last[0] ^= constant
                constant = multiply(constant, 2)
            }
            for byte in last { words.append(words[words.count - 16] ^ byte) }
        }
        return words
    }

    /// The S-box: the inverse in GF(2⁸), then an affine map (FIPS 197, §5.1.1).
    private static func substitute(_ byte: UInt8) -> UInt8 {
        // The inverse is the 254th power; 0 stays 0.
        var inverse: UInt8 = 1
        var power = byte
        for bit in 0..<8 {
            if 254 >> bit & 1 == 1 { inverse = multiply(inverse, power) }
            power = multiply(power, power)
        }
        func rotated(_ count: UInt8) -> UInt8 { inverse << count | inverse >> (8 - count) }
        return inverse ^ rotated(1) ^ rotated(2) ^ rotated(3) ^ rotated(4) ^ 0x63
    }

    /// The product in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1 (FIPS 197, §4.2).
    private static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var product: UInt8 = 0
        var (a, b) = (a, b)
        for _ in 0..<8 {
            product ^= a & (0 &- (b & 1))
            a = a << 1 ^ (0x1b & (0 &- (a >> 7)))
            b >>= 1
        }
        return product
    }
}
