import Foundation
import Testing

@testable import PeerKit

@Suite("Normal form NFKD") struct CompatibilityDecompositionTests {
    private func scalars(_ text: String) -> [UInt32] {
        CompatibilityDecomposition.nfkd(text).unicodeScalars.map(\.value)
    }

    @Test("characters come apart, marks are put in order")
    func examples() {
        #expect(scalars("für") == [0x66, 0x75, 0x308, 0x72])
        #expect(scalars("ﬁ①㌀") == [0x66, 0x69, 0x31, 0x30a2, 0x30cf, 0x309a, 0x30fc, 0x30c8])
        #expect(scalars("각가") == [0x1100, 0x1161, 0x11a8, 0x1100, 0x1161])
        #expect(scalars("が\u{3000}") == [0x304b, 0x3099, 0x20])
        // A dot below goes before a dot above, in whatever order they were typed.
        #expect(scalars("q\u{307}\u{323}") == [0x71, 0x323, 0x307])
        #expect(scalars("ṩ") == [0x73, 0x323, 0x307])
        #expect(scalars("\u{f900}") == [0x8c48])
        #expect(scalars("plain") == Array("plain".unicodeScalars.map(\.value)))
    }

    @Test("every character, and marks at random, as ICU has them")
    func everyCharacter() {
        var differences: [UInt32] = []
        for code in UInt32(0x80)...0x10ffff {
            guard let scalar = Unicode.Scalar(code),
                scalar.properties.age.map({ $0.major <= 14 }) == true
            else { continue }
            // A class of marks before and behind shows whether the order is right as well.
            let text = "a\u{301}" + String(scalar) + "\u{323}"
            let expected = text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
            if scalars(text) != expected { differences.append(code) }
        }
        #expect(differences.isEmpty, "\(differences.prefix(20).map { String($0, radix: 16) })")
    }

    @Test("the table is whole")
    func table() {
        let entries = CompatibilityDecomposition.table.description.split(
            whereSeparator: \.isWhitespace)
        #expect(entries.count == CompatibilityDecomposition.entryCount)
    }
}

@Suite("Guarded memory") struct GuardedBytesTests {
    @Test("holds what was written, and shows nothing")
    func contents() {
        let secret = GuardedBytes([1, 2, 3])
        #expect(secret.copy == [1, 2, 3] && secret.count == 3 && secret.isGuarded)
        #expect(secret.withUnsafePointer { $0[2] } == 3)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret)" == "(secret)" && !dumped.contains("storage"))
        #expect(GuardedBytes([]).copy.isEmpty)
    }

    #if os(Linux)
    @Test("its pages are read-only, locked as far as the limit goes, and gone afterwards")
    func pages() throws {
        var secret: GuardedBytes? = GuardedBytes([UInt8](repeating: 7, count: 32))
        let address = try #require(secret?.withUnsafePointer { UInt(bitPattern: $0) })
        #expect(try Self.mapping(of: address)?.hasPrefix("r--") == true)
        secret = nil
        #expect(try Self.mapping(of: address) == nil)
    }

    /// The rights of the mapping that an address is in, as the kernel tells.
    private static func mapping(of address: UInt) throws -> Substring? {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2, (ends[0]..<ends[1]).contains(address) { return fields[1] }
        }
        return nil
    }
    #endif
}
