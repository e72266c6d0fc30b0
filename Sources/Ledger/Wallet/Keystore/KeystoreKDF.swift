import Crypto
import PeerKit

/// How a key file makes a key from a passphrase (Web3 Secret Storage 3, `kdf` and `kdfparams`).
public enum KeystoreKDF: Hashable, Sendable {
    /// scrypt (RFC 7914).
    case scrypt(n: UInt64, r: UInt32, p: UInt32)
    /// PBKDF2 with HMAC-SHA256 (RFC 8018).
    case pbkdf2(rounds: UInt64)

    /// geth's usual setting: 256 MiB and about a second.
    public static let standard = KeystoreKDF.scrypt(n: 1 << 18, r: 8, p: 1)
    /// geth's `--lightkdf`: 4 MiB and some 50 ms. For tests and throw-away keys.
    public static let light = KeystoreKDF.scrypt(n: 1 << 12, r: 8, p: 6)

    /// Refuses parameters that are none, or beyond ``KeystoreLimits``.
    func check() throws(KeystoreError) {
        switch self {
        case .scrypt(let n, let r, let p):
            guard n > 1, n & (n - 1) == 0, r > 0, p > 0 else {
                throw .malformed("scrypt with n = \(n), r = \(r), p = \(p)")
            }
            let (memory, isHuge) = n.multipliedReportingOverflow(by: 128 * UInt64(r))
            let (work, isEndless) = n.multipliedReportingOverflow(by: UInt64(r) * UInt64(p))
            guard !isHuge, memory <= KeystoreLimits.scryptBytes else {
                throw .tooCostly("scrypt with n = \(n), r = \(r), in memory")
            }
            guard !isEndless, work <= KeystoreLimits.scryptWork else {
                throw .tooCostly("scrypt with n = \(n), r = \(r), p = \(p), in time")
            }
        case .pbkdf2(let rounds):
            guard rounds > 0 else { throw .malformed("PBKDF2 with no rounds") }
            guard rounds <= KeystoreLimits.pbkdf2Rounds else {
                throw .tooCostly("\(rounds) rounds of PBKDF2")
            }
        }
    }

    /// 32 bytes. A longer key, as `dklen` may ask for, begins with the same bytes in both functions,
    /// and the format uses no more.
    func key(passphrase: [UInt8], salt: [UInt8]) throws(KeystoreError) -> [UInt8] {
        try check()
        switch self {
        case .scrypt(let n, let r, let p):
            guard
                let key = Sodium.scryptKey(
                    passphrase: passphrase, salt: salt, blocks: n, blockSize: r, parallelism: p,
                    byteCount: 32)
            else { throw .outOfMemory }
            return key
        case .pbkdf2(let rounds):
            return PBKDF2.block(
                SHA256.self, password: passphrase, salt: salt, rounds: Int(rounds))
        }
    }
}
