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

    /// Characters that come apart into several marks, which Foundation leaves in the wrong order before
    /// a further mark; these are the answers of Python's unicodedata.
    static let exceptions: [UInt32: [UInt32]] = [
        0x385: [0x61, 0x301, 0x20, 0x323, 0x308, 0x301],
        0xf73: [0x61, 0xf71, 0xf72, 0x323, 0x301],
        0xf75: [0x61, 0xf71, 0xf74, 0x323, 0x301],
        0xf81: [0x61, 0xf71, 0xf80, 0x323, 0x301],
        0x1fc1: [0x61, 0x301, 0x20, 0x323, 0x308, 0x342],
        0x1fcd: [0x61, 0x301, 0x20, 0x323, 0x313, 0x300],
        0x1fce: [0x61, 0x301, 0x20, 0x323, 0x313, 0x301],
        0x1fcf: [0x61, 0x301, 0x20, 0x323, 0x313, 0x342],
        0x1fdd: [0x61, 0x301, 0x20, 0x323, 0x314, 0x300],
        0x1fde: [0x61, 0x301, 0x20, 0x323, 0x314, 0x301],
        0x1fdf: [0x61, 0x301, 0x20, 0x323, 0x314, 0x342],
        0x1fed: [0x61, 0x301, 0x20, 0x323, 0x308, 0x300],
        0x1fee: [0x61, 0x301, 0x20, 0x323, 0x308, 0x301],
        0x1ffd: [0x61, 0x301, 0x20, 0x323, 0x301],
        0xff9e: [0x61, 0x3099, 0x323, 0x301],
        0xff9f: [0x61, 0x309a, 0x323, 0x301],
    ]

    @Test("every character, between marks, as Foundation has it, or Python where that errs")
    func everyCharacter() {
        var differences: [UInt32] = []
        for code in UInt32(0x80)...0x10ffff {
            guard let scalar = Unicode.Scalar(code),
                scalar.properties.generalCategory != .privateUse,
                scalar.properties.age.map({ $0.major <= 14 }) == true
            else { continue }
            // A class of marks before and behind shows whether the order is right as well.
            let text = "a\u{301}" + String(scalar) + "\u{323}"
            let expected =
                Self.exceptions[code]
                ?? text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
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
    @Test("its pages are read-only, those around it out of reach")
    func pages() throws {
        let secret = GuardedBytes([UInt8](repeating: 7, count: 32))
        let address = secret.withUnsafePointer { UInt(bitPattern: $0) }
        #expect(try Self.mapping(of: address)?.hasPrefix("r--") == true)
        // libsodium puts the end of the bytes at the end of the page.
        #expect(try Self.mapping(of: address + 32)?.hasPrefix("---") == true)
    }

    /// The rights of the mapping that an address is in, as the kernel tells.
    private static func mapping(of address: UInt) throws -> Substring? {
        // To its end: the kernel says that such files are empty.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
        let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2, (ends[0]..<ends[1]).contains(address) { return fields[1] }
        }
        return nil
    }
    #endif
}
