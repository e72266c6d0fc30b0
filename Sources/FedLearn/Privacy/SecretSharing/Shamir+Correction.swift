extension Shamir {
    /// The value at zero of a polynomial of degree below `threshold`, although some of the shares are
    /// wrong, and whose they are.
    ///
    /// Up to (*shares* − `threshold`) / 2 wrong shares are found (Berlekamp and Welch 1986). Shares of
    /// several elements are first folded into one with `challenge`, which the liars must not know when
    /// they send: a wrong share stays wrong but for one chance in |field| / *elements*.
    ///
    /// - Throws: ``PrivacyError/unusableShares(_:)`` when more are wrong than can be found, or there are
    ///   too few.
    public static func combineCorrecting<Field: SharingField>(
        _ shares: [Share<Field>], threshold: Int, challenge: Field
    ) throws(PrivacyError) -> (secret: [Field], wrong: [Int]) {
        guard shares.count >= max(threshold, 1),
            Set(shares.map(\.member)).count == shares.count,
            shares.allSatisfy({
                $0.member >= 0 && $0.member < PrivacyLimits.maximumCommitteeMembers
            })
        else {
            throw .unusableShares("\(shares.count) shares where \(threshold) are needed")
        }
        // The commonest length is the right one; others are wrong whatever they hold.
        let length = commonestLength(shares)
        let fitting = shares.filter { $0.values.count == length }
        var wrong = shares.filter { $0.values.count != length }.map(\.member)
        let folded = fitting.map { share in
            share.values.reversed().reduce(Field.zero) { $0 * challenge + $1 }
        }
        let points = fitting.map { Field.point($0.member) }
        guard let polynomial = decode(points, folded, degreeBound: threshold) else {
            throw .unusableShares("more wrong shares than can be told from the right ones")
        }
        var right: [Share<Field>] = []
        for (index, share) in fitting.enumerated() {
            if evaluate(polynomial, at: points[index]) == folded[index] {
                right.append(share)
            } else {
                wrong.append(share.member)
            }
        }
        guard right.count >= threshold,
            2 * wrong.count <= shares.count - threshold
        else { throw .unusableShares("\(wrong.count) of \(shares.count) shares are wrong") }
        return (interpolate(Array(right.prefix(threshold)), at: .zero), wrong.sorted())
    }

    private static func commonestLength<Field: SharingField>(_ shares: [Share<Field>]) -> Int {
        let lengths = shares.map(\.values.count)
        return lengths.max { a, b in
            let (left, right) = (lengths.count { $0 == a }, lengths.count { $0 == b })
            return left == right ? a > b : left < right
        } ?? 0
    }

    private static func evaluate<Field: SharingField>(_ polynomial: [Field], at x: Field) -> Field {
        polynomial.reversed().reduce(.zero) { $0 * x + $1 }
    }

    /// The coefficients of the polynomial of degree below `degreeBound` that agrees with all but the
    /// correctable number of the values; `nil` if there is none.
    private static func decode<Field: SharingField>(
        _ points: [Field], _ values: [Field], degreeBound: Int
    ) -> [Field]? {
        guard points.count >= degreeBound else { return nil }
        for errors in stride(from: (points.count - degreeBound) / 2, through: 0, by: -1) {
            // Q(x_i) = y_i E(x_i) with E monic of degree `errors`, Q of degree < bound + errors.
            let width = degreeBound + 2 * errors
            var rows: [[Field]] = []
            for (x, y) in zip(points, values) {
                var row: [Field] = []
                var power = Field.one
                var powers: [Field] = []
                for _ in 0..<degreeBound + errors {
                    powers.append(power)
                    row.append(power)
                    power = power * x
                }
                power = .one
                for _ in 0..<errors {
                    row.append(.zero - y * power)
                    power = power * x
                }
                row.append(y * power)
                rows.append(row)
            }
            guard let solution = solve(&rows, width: width) else { continue }
            let q = Array(solution[..<(degreeBound + errors)])
            let e = Array(solution[(degreeBound + errors)...]) + [Field.one]
            if let quotient = divide(q, by: e) { return quotient }
        }
        return nil
    }

    /// A solution of the linear system whose last column is the right-hand side, free unknowns zero.
    private static func solve<Field: SharingField>(
        _ rows: inout [[Field]], width: Int
    ) -> [Field]? {
        var pivots: [Int] = []
        var rank = 0
        for column in 0..<width where rank < rows.count {
            guard
                let pivot = rows.indices.dropFirst(rank).first(where: {
                    rows[$0][column] != .zero
                })
            else { continue }
            rows.swapAt(rank, pivot)
            let inverse = rows[rank][column].inverse
            for index in column...width { rows[rank][index] = rows[rank][index] * inverse }
            for row in rows.indices where row != rank && rows[row][column] != .zero {
                let factor = rows[row][column]
                for index in column...width {
                    rows[row][index] = rows[row][index] - factor * rows[rank][index]
                }
            }
            pivots.append(column)
            rank += 1
        }
        guard rows.dropFirst(rank).allSatisfy({ $0[width] == .zero }) else { return nil }
        var solution = [Field](repeating: .zero, count: width)
        for (row, column) in pivots.enumerated() { solution[column] = rows[row][width] }
        return solution
    }

    /// The quotient by a monic polynomial; `nil` if something remains.
    private static func divide<Field: SharingField>(
        _ polynomial: [Field], by divisor: [Field]
    ) -> [Field]? {
        var rest = polynomial
        let degree = divisor.count - 1
        guard rest.count > degree else { return rest.allSatisfy { $0 == .zero } ? [] : nil }
        var quotient = [Field](repeating: .zero, count: rest.count - degree)
        for index in quotient.indices.reversed() {
            let factor = rest[index + degree]
            quotient[index] = factor
            for offset in divisor.indices {
                rest[index + offset] = rest[index + offset] - factor * divisor[offset]
            }
        }
        return rest.prefix(degree).allSatisfy { $0 == .zero } ? quotient : nil
    }
}
