/// Shamir's secret sharing: any `threshold` shares give the secret, fewer give nothing.
///
/// Source: Shamir 1979, "How to share a secret". A secret is the value at zero of a random polynomial
/// of degree `threshold` − 1, a share its value at the member's point. Secrets of several elements are
/// shared element by element.
///
/// Shares of several secrets at the same points can be added and scaled: the results are shares of the
/// sums. A product of two shares is a share of degree 2 (`threshold` − 1).
public enum Shamir {
    /// One member's share of a secret.
    public struct Share<Field: SharingField>: Hashable, Sendable {
        /// Whose: the index that gave the point.
        public let member: Int
        /// The polynomials' values there, one per element of the secret.
        public let values: [Field]

        /// Creates a share.
        public init(member: Int, values: [Field]) {
            self.member = member
            self.values = values
        }
    }

    /// Shares a secret among members 0..<`count`.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` unless 1 <= `threshold` <= `count` <= the field's points.
    /// - Complexity: O(*elements* · *count* · *threshold*).
    public static func split<Field: SharingField>(
        _ secret: [Field], threshold: Int, count: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(PrivacyError) -> [Share<Field>] {
        guard threshold >= 1, threshold <= count, count <= Field.pointCount else {
            throw .invalid("\(threshold) of \(count) shares, at most \(Field.pointCount)")
        }
        var coefficients: [[Field]] = []
        for _ in 1..<max(threshold, 1) {
            coefficients.append(secret.map { _ in Field.random(using: &generator) })
        }
        return shares(of: secret, coefficients: coefficients, count: count)
    }

    /// The shares that given coefficients make, those of the lowest power first.
    static func shares<Field: SharingField>(
        of secret: [Field], coefficients: [[Field]], count: Int
    ) -> [Share<Field>] {
        (0..<count).map { member in
            let x = Field.point(member)
            var values = coefficients.last ?? [Field](repeating: .zero, count: secret.count)
            for row in coefficients.dropLast().reversed() {
                for index in values.indices { values[index] = values[index] * x + row[index] }
            }
            for index in values.indices { values[index] = values[index] * x + secret[index] }
            return Share(member: member, values: values)
        }
    }

    /// The secret of `threshold` or more shares; further ones are used to check the first.
    ///
    /// - Throws: ``PrivacyError/unusableShares(_:)`` for too few, two of one member, unequal lengths,
    ///   or shares that do not lie on one polynomial. With exactly `threshold` shares a wrong one
    ///   cannot be noticed.
    public static func combine<Field: SharingField>(
        _ shares: [Share<Field>], threshold: Int
    ) throws(PrivacyError) -> [Field] {
        guard shares.count >= max(threshold, 1) else {
            throw .unusableShares("\(shares.count) shares where \(threshold) are needed")
        }
        guard Set(shares.map(\.member)).count == shares.count,
            shares.allSatisfy({ $0.member >= 0 && $0.member < Field.pointCount })
        else { throw .unusableShares("two shares of one member, or of an impossible one") }
        guard shares.allSatisfy({ $0.values.count == shares[0].values.count }) else {
            throw .unusableShares("shares of unequal length")
        }
        let used = Array(shares.prefix(threshold))
        for extra in shares.dropFirst(threshold) {
            let expected = interpolate(used, at: Field.point(extra.member))
            guard expected == extra.values else {
                throw .unusableShares("the shares do not lie on one polynomial")
            }
        }
        return interpolate(used, at: .zero)
    }

    /// The polynomials' values at `target`.
    ///
    /// - Precondition: the shares' members differ and their lengths are equal.
    static func interpolate<Field: SharingField>(
        _ shares: [Share<Field>], at target: Field
    ) -> [Field] {
        let factors = Field.interpolationFactors(
            points: shares.map { Field.point($0.member) }, at: target)
        var result = [Field](repeating: .zero, count: shares.first?.values.count ?? 0)
        for (share, factor) in zip(shares, factors) {
            for index in result.indices {
                result[index] = result[index] + factor * share.values[index]
            }
        }
        return result
    }
}

extension Shamir.Share where Field == BinaryField8 {
    /// The share as bytes, one per byte of the secret.
    public var bytes: [UInt8] { values.map(\.value) }

    /// A share from its bytes.
    public init(member: Int, bytes: some Sequence<UInt8>) {
        self.init(member: member, values: bytes.map { BinaryField8($0) })
    }
}
