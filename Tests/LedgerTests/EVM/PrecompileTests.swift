import Testing

@testable import Ledger

@Suite("Precompiles") struct PrecompileTests {
    private func run(_ number: UInt64, _ input: String) -> String? {
        let outcome = Precompile.run(number, hex(input), gas: 10_000_000)
        return outcome.halt.isSuccess ? Hexadecimal.digits(of: outcome.output) : nil
    }

    @Test("ECRECOVER finds the signer, and nothing for what has none") func recovery() throws {
        let key = try Secp256k1PrivateKey(bytes: [UInt8](repeating: 1, count: 32))
        let hash = Keccak256.hash([1, 2, 3]).bytes
        let signature = try key.recoverableSignature(forHash: hash)
        let v = UInt256(UInt64(signature.recoveryID) + 27).bytes
        let input = hash + v + signature.compact
        let outcome = Precompile.run(1, input, gas: 3000)
        #expect(outcome.output == Address(key.publicKey).word.bytes)
        #expect(outcome.gasLeft == 0)
        var wrong = input
        wrong[63] = 29
        #expect(Precompile.run(1, wrong, gas: 3000).output.isEmpty)
        #expect(Precompile.run(1, wrong, gas: 3000).halt.isSuccess)
        #expect(Precompile.run(1, input, gas: 2999).halt == .outOfGas)
    }

    @Test("hashes are the published ones") func hashes() {
        #expect(
            run(2, "616263")
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            run(3, "616263") == "000000000000000000000000"
                + "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")
        #expect(
            run(3, "") == "000000000000000000000000" + "9c1185a5c5e9fc54612808977ee8f548b2258d31")
    }

    @Test("MODEXP is right for odd, even and absent moduli") func modularExponentiation() {
        func run(_ b: UInt256, _ e: UInt256, _ m: UInt256) -> UInt256? {
            let lengths = UInt256(32).bytes + UInt256(32).bytes + UInt256(32).bytes
            let outcome = Precompile.run(5, lengths + b.bytes + e.bytes + m.bytes, gas: .max)
            return UInt256(bigEndian: outcome.output)
        }
        #expect(run(3, 5, 100) == 43)
        #expect(run(3, 5, 101) == 41)
        #expect(run(3, 0, 1) == 0)
        #expect(run(0, 0, 7) == 1)
        #expect(run(2, 3, 0) == 0)
        for (a, m) in zip(UInt256Tests.numbers(20, seed: 3), UInt256Tests.numbers(20, seed: 4)) {
            #expect(run(a, 2, m) == a.multiplied(by: a, modulo: m))
        }
    }

    @Test("MODEXP refuses lengths that no gas could pay for") func hugeLengths() {
        let input = [UInt8](repeating: 0xff, count: 96)
        #expect(!Precompile.run(5, input, gas: .max).halt.isSuccess)
    }

    @Test("BLAKE2F gives the vectors of EIP-152") func blake() {
        let state =
            "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b"
            + "6bbd41fbabd9831f79217e1319cde05b"
        let message = "616263" + String(repeating: "0", count: 250)
        let tail = "0300000000000000" + "0000000000000000"
        #expect(
            run(9, "0000000c" + state + message + tail + "01")
                == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
        #expect(run(9, "0000000c" + state + message + tail + "02") == nil)
        #expect(run(9, "0000000c" + state + message + tail) == nil)
    }

    @Test("BN254 adds, multiplies and pairs") func bn254() {
        let one = UInt256(1).bytes + UInt256(2).bytes
        let generator = Hexadecimal.digits(of: one)
        let double = run(6, generator + generator)
        #expect(double == run(7, generator + Hexadecimal.digits(of: UInt256(2).bytes)))
        #expect(
            double
                == "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
                + "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4")
        #expect(run(6, Hexadecimal.digits(of: UInt256(1).bytes + UInt256(1).bytes)) == nil)
        #expect(run(8, "").map { UInt256(hexadecimal: $0) } == .some(1))
        #expect(run(8, "00") == nil)
    }

    @Test("a pairing times its inverse is 1, and alone it is not") func pairing() {
        // The generators of EIP-197; the second point of the first group is the first's negative.
        let twisted =
            "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
            + "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
            + "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
            + "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
        let p =
            UInt256(
                bigEndian: hex(
                    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47")) ?? 0
        let plus = Hexadecimal.digits(of: UInt256(1).bytes + UInt256(2).bytes)
        let minus = Hexadecimal.digits(of: UInt256(1).bytes + (p &- 2).bytes)
        #expect(
            run(8, plus + twisted + minus + twisted).map { UInt256(hexadecimal: $0) } == .some(1))
        #expect(run(8, plus + twisted).map { UInt256(hexadecimal: $0) } == .some(0))
    }

    @Test("the pairing of BLS12-381 is bilinear") func blsPairing() {
        let g = PointEvaluation.generator
        let h = PointEvaluation.twistedGenerator
        let left = JacobianPoint(g).multiplied(by: [5]).affine
        let right = JacobianPoint(h).multiplied(by: [5]).affine
        #expect(Pairing<BLS12381>.isProductOne([(left, h), (g.negated, right)]))
        #expect(!Pairing<BLS12381>.isProductOne([(left, h), (g, right)]))
    }
}
