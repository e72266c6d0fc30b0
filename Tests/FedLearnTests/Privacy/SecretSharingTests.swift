import Testing

@testable import FedLearn

@Suite("Secret sharing") struct SecretSharingTests {
    private struct File: Decodable {
        struct Share: Decodable {
            let x: Int
            let y: String
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                x = try container.decode(Int.self)
                y = try container.decode(String.self)
            }
        }
        struct Case: Decodable {
            let threshold: Int
            let n: Int
            let secret: String
            let coefficientsC1Up: [String]
            let shares: [Share]
            let subsetPositions: [Int]
            let belowThresholdGives: String?
        }
        let gfP61: [Case]
        let gf256: [Case]
        let gf2128: [Case]
    }

    private func check<Field: SharingField>(
        _ cases: [File.Case], parse: (String) throws -> [Field]
    ) throws {
        #expect(cases.count == 4)
        for item in cases {
            let secret = try parse(item.secret)
            let coefficients = try item.coefficientsC1Up.map(parse)
            let shares = Shamir.shares(of: secret, coefficients: coefficients, count: item.n)
            for (share, expected) in zip(shares, item.shares) {
                #expect(share.member + 1 == expected.x)
                #expect(try share.values == parse(expected.y))
            }
            let subset = item.subsetPositions.map { shares[$0] }
            #expect(try Shamir.combine(subset, threshold: item.threshold) == secret)
            #expect(try Shamir.combine(shares, threshold: item.threshold) == secret)
            if let wrong = item.belowThresholdGives {
                let few = Array(subset.prefix(item.threshold - 1))
                #expect(try Shamir.combine(few, threshold: item.threshold - 1) == parse(wrong))
            }
        }
    }

    @Test("GF(2^61 − 1) agrees with the golden shares")
    func mersenne() throws {
        let file: File = try Vectors.golden("secagg/shamir.json")
        try check(file.gfP61) { [Mersenne61(try #require(UInt64($0)))] }
    }

    @Test("GF(2^8) agrees with the golden shares")
    func bytes() throws {
        let file: File = try Vectors.golden("secagg/shamir.json")
        try check(file.gf256) { Vectors.hex($0).map { BinaryField8($0) } }
    }

    @Test("GF(2^128) agrees with the golden shares")
    func blocks() throws {
        let file: File = try Vectors.golden("secagg/shamir.json")
        try check(file.gf2128) { [try #require(BinaryField128(bytes: Vectors.hex($0)))] }
    }

    @Test("arithmetic modulo 2^61 − 1 agrees with 128-bit remainders")
    func mersenneArithmetic() {
        var generator = SeededGenerator(seed: 4)
        let p = UInt128(Mersenne61.modulus)
        let edges: [UInt64] = [0, 1, Mersenne61.modulus - 1, Mersenne61.modulus, .max]
        let numbers = edges + (0..<200).map { _ in generator.next() }
        for a in numbers {
            for b in edges + [generator.next()] {
                let (x, y) = (Mersenne61(a), Mersenne61(b))
                let (u, v) = (UInt128(a) % p, UInt128(b) % p)
                #expect(UInt128(x.value) == u)
                #expect(UInt128((x + y).value) == (u + v) % p)
                #expect(UInt128((x - y).value) == (u + p - v) % p)
                #expect(UInt128((x * y).value) == u * v % p)
            }
            if Mersenne61(a) != .zero { #expect(Mersenne61(a) * Mersenne61(a).inverse == .one) }
        }
        for value: Int64 in [0, 1, -1, Int64.max >> 3, -(Int64.max >> 3)] {
            #expect(Mersenne61(signed: value).signed == value)
        }
    }

    @Test("every byte but zero has its inverse")
    func byteInverses() {
        for value in UInt8(1)...255 {
            let element = BinaryField8(value)
            #expect(element * element.inverse == .one)
        }
        // FIPS 197, §4.2.
        #expect(BinaryField8(0x57) * BinaryField8(0x83) == BinaryField8(0xc1))
    }

    @Test("a surplus share shows a wrong one; repeated, missing and unequal ones are refused")
    func refuses() throws {
        var generator = SecureGenerator(key: [UInt8](repeating: 6, count: 32))
        let shares = try Shamir.split(
            [Mersenne61(42), Mersenne61(7)], threshold: 3, count: 6, using: &generator)
        var tampered = shares
        tampered[5] = Shamir.Share(member: 5, values: [.one, .one])
        for bad in [
            tampered, Array(shares.prefix(2)), shares.prefix(3) + [shares[0]],
            shares.prefix(3) + [Shamir.Share(member: 4, values: [.one])],
            shares.prefix(3) + [Shamir.Share(member: -1, values: [.one, .one])], [],
        ] {
            #expect(throws: PrivacyError.self) { _ = try Shamir.combine(bad, threshold: 3) }
        }
        for (threshold, count) in [(0, 3), (4, 3), (2, 256)] {
            #expect(throws: PrivacyError.self) {
                _ = try Shamir.split(
                    [BinaryField8.one], threshold: threshold, count: count, using: &generator)
            }
        }
    }

    @Test("wrong shares are corrected and named up to half the surplus", arguments: 0...4)
    func corrects(errors: Int) throws {
        var generator = SecureGenerator(key: [UInt8](repeating: UInt8(errors), count: 32))
        let secret = (0..<50).map { Mersenne61(UInt64($0) * 1_000_003) }
        var shares = try Shamir.split(secret, threshold: 4, count: 12, using: &generator)
        let liars = [1, 4, 7, 11].prefix(errors)
        for liar in liars {
            var values = shares[liar].values
            values[liar] = values[liar] + .one
            shares[liar] = Shamir.Share(member: liar, values: values)
        }
        let challenge = Mersenne61.random(using: &generator)
        let result = try Shamir.combineCorrecting(shares, threshold: 4, challenge: challenge)
        #expect(result.secret == secret)
        #expect(result.wrong == Array(liars))
    }

    @Test("more wrong shares than can be told apart are never silently taken for right")
    func refusesTooManyErrors() throws {
        var generator = SecureGenerator(key: [UInt8](repeating: 8, count: 32))
        let shares = try Shamir.split([Mersenne61(5)], threshold: 3, count: 7, using: &generator)
            .map { share in
                share.member < 3
                    ? Shamir.Share(
                        member: share.member, values: [Mersenne61.random(using: &generator)])
                    : share
            }
        let challenge = Mersenne61.random(using: &generator)
        #expect(throws: PrivacyError.self) {
            _ = try Shamir.combineCorrecting(shares, threshold: 3, challenge: challenge)
        }
        // A share of another length is wrong, whatever it holds.
        var uneven = try Shamir.split([Mersenne61(5)], threshold: 3, count: 7, using: &generator)
        uneven[2] = Shamir.Share(member: 2, values: [.one, .one])
        let result = try Shamir.combineCorrecting(uneven, threshold: 3, challenge: challenge)
        #expect(result.secret == [Mersenne61(5)] && result.wrong == [2])
    }

    @Test("sums of shares are shares of sums, products have twice the degree")
    func isLinear() throws {
        var generator = SecureGenerator(key: [UInt8](repeating: 2, count: 32))
        let a = try Shamir.split([Mersenne61(11)], threshold: 3, count: 7, using: &generator)
        let b = try Shamir.split([Mersenne61(5)], threshold: 3, count: 7, using: &generator)
        let sums = zip(a, b).map {
            Shamir.Share(member: $0.member, values: [$0.values[0] + $1.values[0]])
        }
        let products = zip(a, b).map {
            Shamir.Share(member: $0.member, values: [$0.values[0] * $1.values[0]])
        }
        #expect(try Shamir.combine(sums, threshold: 3) == [Mersenne61(16)])
        #expect(try Shamir.combine(products, threshold: 5) == [Mersenne61(55)])
        #expect(throws: PrivacyError.self) { _ = try Shamir.combine(products, threshold: 4) }
    }
}
