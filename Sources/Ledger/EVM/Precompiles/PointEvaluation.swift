import Crypto

/// 0x0a: that a polynomial behind a KZG commitment has a value at a point (EIP-4844).
enum PointEvaluation {
    /// The second point of the public set-up of 2023, `[τ] G2`, compressed.
    private static let setup = BLSCompressed.secondGroup(
        Hexadecimal.bytes(
            "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d"
                + "2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e2"
                + "3926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2") ?? [])

    static let generator = AffinePoint<BLSBase>(
        x: BLSIsogenies.number(
            "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                + "6c55e83ff97a1aeffb3af00adb22c6bb"),
        y: BLSIsogenies.number(
            "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3ed"
                + "d03cc744a2888ae40caa232946c5e7e1"))

    static let twistedGenerator = AffinePoint<Quadratic<BLS12381>>(
        x: Quadratic(
            c0: BLSIsogenies.number(
                "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d177"
                    + "0bac0326a805bbefd48056c8c121bdb8"),
            c1: BLSIsogenies.number(
                "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049"
                    + "334cf11213945d57e5ac7d055d042b7e")),
        y: Quadratic(
            c0: BLSIsogenies.number(
                "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c"
                    + "923ac9cc3baca289e193548608b82801"),
            c1: BLSIsogenies.number(
                "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab"
                    + "3f370d275cec1da1aaa9075ff05f79be")))

    private static let order = UInt256(
        BLS12381.order[0], BLS12381.order[1], BLS12381.order[2], BLS12381.order[3])

    /// 4096 and the order, as 32 bytes each.
    private static let answer = UInt256(4096).bytes + order.bytes

    /// `nil` for a wrong form and for a proof that does not hold.
    static func run(_ input: [UInt8]) -> [UInt8]? {
        guard input.count == 192 else { return nil }
        let commitment = Array(input[96..<144])
        var hash = Array(SHA256.hash(data: commitment))
        hash[0] = 1
        guard Array(input[..<32]) == hash, let z = UInt256(bigEndian: input[32..<64]), z < order,
            let y = UInt256(bigEndian: input[64..<96]), y < order,
            let c = BLSCompressed.firstGroup(commitment),
            let proof = BLSCompressed.firstGroup(Array(input[144..<192])), let setup
        else { return nil }
        // e(C − [y] G1, −G2) · e(proof, [τ − z] G2) = 1, which is the same as the following and spares a
        // multiplication in the second group: e(C − [y] G1 + [z] proof, −G2) · e(proof, [τ] G2) = 1
        var terms = [(point: generator.negated, scalar: y)]
        if let proof = proof.value { terms.append((proof, z)) }
        let left = JacobianPoint(c.value) + ScalarSum.of(terms)
        let holds = Pairing<BLS12381>.isProductOne([
            (left.affine, twistedGenerator.negated), (proof.value, setup.value),
        ])
        return holds ? answer : nil
    }
}

/// The compressed form of points, x and flags (IETF draft "pairing-friendly curves", appendix C).
enum BLSCompressed {
    /// A point of the first group in 48 bytes; `nil` for anything else.
    static func firstGroup(_ bytes: [UInt8]) -> BLSDecoded<BLSBase>? {
        guard bytes.count == 48, let flags = Flags(bytes) else { return nil }
        if flags.isInfinity { return BLSDecoded(value: nil) }
        guard let x = BLSBase(bigEndian: flags.rest[...]),
            let y = (x.squared * x + BLS12381.b).squareRoot
        else { return nil }
        let root = isLarge(y) == flags.isLarge ? y : y.negated
        let point = BLSDecoded(value: AffinePoint(x: x, y: root))
        return BLSFirstGroup.isInGroup(point) ? point : nil
    }

    /// A point of the second group in 96 bytes; `nil` for anything else.
    static func secondGroup(_ bytes: [UInt8]) -> BLSDecoded<Quadratic<BLS12381>>? {
        guard bytes.count == 96, let flags = Flags(bytes) else { return nil }
        if flags.isInfinity { return BLSDecoded(value: nil) }
        guard let imaginary = BLSBase(bigEndian: flags.rest[..<48]),
            let real = BLSBase(bigEndian: flags.rest[48...])
        else { return nil }
        let x = Quadratic<BLS12381>(c0: real, c1: imaginary)
        guard let y = (x.squared * x + BLS12381.twistB).squareRoot else { return nil }
        let isYLarge = y.c1.isZero ? isLarge(y.c0) : isLarge(y.c1)
        let point = BLSDecoded(
            value: AffinePoint(x: x, y: isYLarge == flags.isLarge ? y : y.negated))
        return BLSSecondGroup.isInGroup(point) ? point : nil
    }

    private struct Flags {
        let isInfinity: Bool
        let isLarge: Bool
        let rest: [UInt8]

        init?(_ bytes: [UInt8]) {
            guard bytes[0] & 0x80 != 0 else { return nil }
            isInfinity = bytes[0] & 0x40 != 0
            isLarge = bytes[0] & 0x20 != 0
            rest = [bytes[0] & 0x1f] + bytes.dropFirst()
            if isInfinity, isLarge || rest.contains(where: { $0 != 0 }) { return nil }
        }
    }

    /// Whether a number is above its negative.
    private static func isLarge(_ y: BLSBase) -> Bool {
        y.negated.limbs.reversed().lexicographicallyPrecedes(y.limbs.reversed())
    }
}
