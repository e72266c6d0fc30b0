import Testing

@testable import Ledger

@Suite("secp256k1 public keys and signatures") struct Secp256k1PublicKeyTests {
    static let hash = hex("a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e")
    static let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")

    let key: Secp256k1PrivateKey
    let signature: Secp256k1RecoverableSignature

    init() throws {
        key = try Secp256k1PrivateKey(bytes: Array(1...32))
        signature = try key.recoverableSignature(forHash: Self.hash)
    }

    @Test("both encodings give the key back")
    func roundTrip() throws {
        let compressed = try Secp256k1PublicKey(bytes: key.publicKey.compressed)
        let uncompressed = try Secp256k1PublicKey(bytes: key.publicKey.uncompressed)
        #expect(compressed == key.publicKey && uncompressed == key.publicKey)
        #expect(Set([compressed, uncompressed, key.publicKey]).count == 1)
        #expect("\(compressed)".count == 66)
    }

    @Test("refuses hybrid, truncated, extended and empty encodings")
    func format() {
        let whole = key.publicKey.uncompressed
        let hybrid = [6 + whole[64] % 2] + whole.dropFirst()
        let bad = [
            hybrid, [], Array(whole.dropLast()), whole + [0],
            [4] + key.publicKey.compressed.dropFirst(),
            [2] + whole.dropFirst(), key.publicKey.compressed + [0],
        ]
        for bytes in bad {
            #expect(throws: Secp256k1Error.publicKeyFormat(length: bytes.count)) {
                try Secp256k1PublicKey(bytes: bytes)
            }
        }
    }

    @Test("refuses what is no point of the curve")
    func offCurve() {
        var shifted = key.publicKey.uncompressed
        shifted[64] ^= 1
        let field = hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")
        // x = 5 has no y on the curve; x = p is no field element.
        let five: [UInt8] = [2] + Array(repeating: 0, count: 31) + [5]
        for bytes in [shifted, five, [3] + field, [4] + Array(repeating: 0, count: 64)] {
            #expect(throws: Secp256k1Error.pointNotOnCurve) {
                try Secp256k1PublicKey(bytes: bytes)
            }
        }
    }

    @Test("any changed bit makes a signature invalid")
    func changedBits() {
        #expect(key.publicKey.isValidSignature(signature.compact, forHash: Self.hash))
        for bit in stride(from: 0, to: 512, by: 7) {
            var changed = signature.compact
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.publicKey.isValidSignature(changed, forHash: Self.hash))
        }
        var otherHash = Self.hash
        otherHash[31] ^= 1
        #expect(!key.publicKey.isValidSignature(signature.compact, forHash: otherHash))
    }

    @Test("lengths other than 64 and 32 bytes are invalid, not trouble")
    func lengths() {
        let compact = signature.compact
        #expect(!key.publicKey.isValidSignature([], forHash: Self.hash))
        #expect(!key.publicKey.isValidSignature(compact + [0], forHash: Self.hash))
        #expect(!key.publicKey.isValidSignature(compact, forHash: []))
        #expect(!key.publicKey.isValidSignature(compact, forHash: Self.hash + [0]))
        #expect(throws: Secp256k1Error.hashLength(31)) {
            try Secp256k1PublicKey.recover(from: signature, forHash: Array(Self.hash.dropLast()))
        }
    }

    @Test("the high-s twin recovers the same key but does not verify (EIP-2)")
    func highS() throws {
        let twin = try Secp256k1RecoverableSignature(
            compact: signature.r + Self.difference(Self.order, signature.s),
            recoveryID: signature.recoveryID ^ 1)
        #expect(signature.hasLowS)
        #expect(!twin.hasLowS)
        #expect(!key.publicKey.isValidSignature(twin.compact, forHash: Self.hash))
        let recovered = try Secp256k1PublicKey.recover(from: twin, forHash: Self.hash)
        #expect(recovered == key.publicKey)
    }

    @Test("another recovery identifier gives another key or none")
    func otherRecoveryID() throws {
        let flipped = try Secp256k1RecoverableSignature(
            compact: signature.compact, recoveryID: signature.recoveryID ^ 1)
        let recovered = try Secp256k1PublicKey.recover(from: flipped, forHash: Self.hash)
        #expect(recovered != key.publicKey)
        // r + order is beyond the field, so there is no such point.
        let beyond = try Secp256k1RecoverableSignature(
            compact: signature.compact, recoveryID: signature.recoveryID | 2)
        #expect(throws: Secp256k1Error.notRecoverable) {
            try Secp256k1PublicKey.recover(from: beyond, forHash: Self.hash)
        }
    }

    @Test("refuses r or s of zero, of the order, and beyond; and identifiers above 3")
    func signatureForm() {
        let zero = [UInt8](repeating: 0, count: 32)
        let most = [UInt8](repeating: 0xFF, count: 32)
        for part in [zero, Self.order, most] {
            for compact in [part + signature.s, signature.r + part] {
                #expect(throws: Secp256k1Error.signatureOutOfRange) {
                    try Secp256k1RecoverableSignature(compact: compact, recoveryID: 0)
                }
                #expect(!key.publicKey.isValidSignature(compact, forHash: Self.hash))
            }
        }
        for identifier in [UInt8(4), 27, 255] {
            #expect(throws: Secp256k1Error.recoveryID(identifier)) {
                try Secp256k1RecoverableSignature(
                    compact: signature.compact, recoveryID: identifier)
            }
        }
        #expect(throws: Secp256k1Error.signatureLength(65)) {
            try Secp256k1RecoverableSignature(compact: signature.compact + [0], recoveryID: 0)
        }
    }

    /// `lhs - rhs` for big-endian integers of 32 bytes, `lhs` being the larger.
    private static func difference(_ lhs: [UInt8], _ rhs: [UInt8]) -> [UInt8] {
        var result = lhs
        var borrow = 0
        for index in lhs.indices.reversed() {
            let digit = Int(lhs[index]) - Int(rhs[index]) - borrow
            borrow = digit < 0 ? 1 : 0
            result[index] = UInt8(digit + borrow * 256)
        }
        return result
    }
}
