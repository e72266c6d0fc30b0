import Crypto

/// PBKDF2 (RFC 8018, §5.2) with HMAC.
package enum PBKDF2 {
    /// The first block, as long as the hash's output: all that BIP-39 and Web3 Secret Storage need.
    ///
    /// - Parameter rounds: At least 1.
    package static func block<Hash: HashFunction>(
        _: Hash.Type, password: [UInt8], salt: [UInt8], rounds: Int
    ) -> [UInt8] {
        // Keyed once: a copy of the state spares two of the four hash blocks of each round.
        let keyed = HMAC<Hash>(key: SymmetricKey(data: password))
        var first = keyed
        first.update(data: salt + [0, 0, 0, 1])
        var last = Array(first.finalize())
        var result = last
        for _ in 1..<max(rounds, 1) {
            var next = keyed
            next.update(data: last)
            last = Array(next.finalize())
            for index in result.indices { result[index] ^= last[index] }
        }
        Sodium.wipe(&last)
        return result
    }
}
