/// Unicode's normal form NFKD (Unicode Standard Annex #15), in which BIP-39 hashes words and
/// passphrases, so that the same characters give the same key on every keyboard.
package enum CompatibilityDecomposition {
    /// The text with every character taken apart and marks in canonical order.
    package static func nfkd(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars { append(scalar, to: &scalars) }
        order(&scalars)
        return String(String.UnicodeScalarView(scalars))
    }

    /// Takes a character apart.
    private static func append(_ scalar: Unicode.Scalar, to scalars: inout [Unicode.Scalar]) {
        if let parts = parts[scalar] {
            scalars += parts
        } else if !appendHangul(scalar.value, to: &scalars) {
            scalars.append(scalar)
        }
    }

    /// Takes a Hangul syllable apart into its two or three letters (Unicode Standard, §3.12).
    private static func appendHangul(_ code: UInt32, to scalars: inout [Unicode.Scalar]) -> Bool {
        let first: UInt32 = 0xac00
        guard code >= first, code < first + 19 * 21 * 28 else { return false }
        let index = code - first
        let letters = [0x1100 + index / (21 * 28), 0x1161 + index % (21 * 28) / 28]
        let last = index % 28
        for letter in letters + (last == 0 ? [] : [0x11a7 + last]) {
            if let scalar = Unicode.Scalar(letter) { scalars.append(scalar) }
        }
        return true
    }

    /// Puts marks that follow a letter in the order of their classes, those of one class as they
    /// came (Unicode Standard, §3.11, "Canonical Ordering Algorithm").
    private static func order(_ scalars: inout [Unicode.Scalar]) {
        var start = 0
        while start < scalars.count {
            guard scalars[start].markClass != 0 else {
                start += 1
                continue
            }
            var end = start
            while end < scalars.count, scalars[end].markClass != 0 { end += 1 }
            // Swift's sort is stable only in fact, so the place decides among equals.
            let marks = scalars[start..<end].enumerated().sorted {
                ($0.element.markClass, $0.offset) < ($1.element.markClass, $1.offset)
            }
            scalars.replaceSubrange(start..<end, with: marks.map(\.element))
            start = end
        }
    }

    /// What each character consists of, read from the table on first use.
    private static let parts: [Unicode.Scalar: [Unicode.Scalar]] = {
        var parts: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        parts.reserveCapacity(entryCount)
        var code: UInt32 = 0
        for entry in table.description.split(whereSeparator: \.isWhitespace) {
            let sides = entry.split(separator: "=")
            guard sides.count == 2, let distance = UInt32(sides[0], radix: 16) else { continue }
            code += distance
            guard let scalar = Unicode.Scalar(code) else { continue }
            parts[scalar] = sides[1].split(separator: ".").compactMap {
                UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
            }
        }
        return parts
    }()
}

extension Unicode.Scalar {
    fileprivate var markClass: UInt8 { properties.canonicalCombiningClass.rawValue }
}
