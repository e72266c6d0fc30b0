import ArgumentParser
import Ledger

/// What an amount is counted in.
enum WalletUnit: String, CaseIterable, ExpressibleByArgument {
    /// The smallest.
    case wei
    /// 10⁹ wei.
    case gwei
    /// 10¹⁸ wei.
    case psic

    /// Digits behind the point.
    var decimals: Int {
        switch self {
        case .wei: 0
        case .gwei: 9
        case .psic: 18
        }
    }

    private var scale: UInt256 {
        (0..<decimals).reduce(UInt256.one) { scale, _ in scale &* 10 }
    }

    /// The wei of a decimal number, exactly.
    func wei(_ text: String) throws(CommandError) -> UInt256 {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        guard parts.count <= 2, parts.count == 1 || !fraction.isEmpty,
            let whole = UInt256(decimal: parts[0])
        else {
            throw CommandError(
                .usage, "\"\(text)\" is no amount", hint: "a decimal number such as 1.25")
        }
        guard fraction.utf8.count <= decimals else {
            throw CommandError(
                .usage, "\"\(text)\" has more than \(decimals) digits behind the point")
        }
        let digits = fraction + String(repeating: "0", count: decimals - fraction.utf8.count)
        guard let rest = UInt256(decimal: digits.isEmpty ? "0" : digits) else {
            throw CommandError(.usage, "\"\(text)\" is no amount")
        }
        guard let scaled = whole.multipliedExactly(by: scale),
            let sum = scaled.addedExactly(rest)
        else { throw CommandError(.usage, "\"\(text)\" is more than any account can hold") }
        return sum
    }

    /// Wei as a decimal number without zeros at its end.
    func text(_ wei: UInt256) -> String {
        let (whole, rest) = wei.dividedBy(scale)
        guard !rest.isZero else { return whole.description }
        let digits = rest.description
        var fraction = String(repeating: "0", count: decimals - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
