import Foundation
import Testing

@testable import FedLearn

@Suite("Digits") struct DigitsTests {
    @Test("the compiled-in text is the published file")
    func fileHash() {
        let hash = ContentHash(hashing: UnsafeRawBufferPointer(Digits.fileBytes))
        #expect(hash.description == Digits.fileHash)
    }

    @Test("the computed split equals the published one")
    func fixedSplit() throws {
        struct Published: Decodable {
            let rowCount: Int
            let testCount: Int
            let trainingCount: Int
            let testRows: [Int]

            enum CodingKeys: String, CodingKey {
                case rowCount = "n_rows"
                case testCount = "n_test"
                case trainingCount = "n_train"
                case testRows = "test_rows"
            }
        }
        let published = try JSONDecoder().decode(
            Published.self, from: Foundation.Data(Vectors.bytes("digits_split.json")))
        let all = try Digits.loadAll()
        let split = all.fixedSplit()
        #expect(all.count == published.rowCount)
        #expect(split.test == published.testRows)
        #expect(split.training.count == published.trainingCount)
        #expect(Set(split.training + split.test).count == published.rowCount)
        let parts = try Digits.load()
        #expect(parts.test.count == published.testCount)
        #expect(parts.training.count == published.trainingCount)
    }

    @Test func featuresAreScaledToOne() throws {
        let all = try Digits.loadAll()
        #expect(all.features.columnCount == 64)
        #expect(all.features.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(all.features.elements.contains(1))
        let expected: [Float] = [0, 0, 0.3125, 0.8125]  // 0, 0, 5, 13 of 16
        #expect(Array(all.features.row(0).prefix(4)) == expected)
    }
}

@Suite("Digits parser") struct DigitsParserTests {
    private static let header =
        ((0..<64).map { "p\($0)" } + ["label"]).joined(separator: ",") + "\n"
    private static let line = [String](repeating: "16", count: 64).joined(separator: ",") + ",9\n"

    private func parse(_ text: String) throws(DatasetError) -> Dataset {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(DatasetError) in try DigitsParser.parse(buffer) }
        }
        return try result.get()
    }

    @Test func readsLines() throws {
        let data = try parse(Self.header + Self.line + Self.line)
        #expect(data.count == 2)
        #expect(data.labels == [9, 9])
        #expect(data.features.elements.allSatisfy { $0 == 1 })
    }

    /// A defective text after the header, and what is said of it.
    struct Defect: Sendable {
        let body: String
        let error: DatasetError

        init(_ body: String, _ error: DatasetError) {
            self.body = body
            self.error = error
        }
    }

    private static func line(startingWith start: String) -> String { start + line.dropFirst(2) }
    private static func line(endingWith end: String) -> String { line.dropLast(2) + end }

    static let defects: [Defect] = [
        Defect("", .empty),
        Defect(String(line.dropLast()), .missingFinalLineFeed),
        Defect("1,2,3\n", .wrongFieldCount(line: 2, found: 3, expected: 65)),
        Defect(line + "\n", .malformedNumber(line: 3, field: 1)),
        Defect(line(endingWith: "9,1\n"), .wrongFieldCount(line: 2, found: 66, expected: 65)),
        Defect(
            line(startingWith: "17"), .outOfRange(line: 2, field: 1, value: 17, maximum: 16)),
        Defect(line(startingWith: "-1"), .malformedNumber(line: 2, field: 1)),
        Defect(line(startingWith: " 1"), .malformedNumber(line: 2, field: 1)),
        Defect(line(startingWith: "9999"), .malformedNumber(line: 2, field: 1)),
        Defect(
            line(endingWith: "10\n"), .outOfRange(line: 2, field: 65, value: 10, maximum: 9)),
        Defect(line(endingWith: "9\r\n"), .malformedNumber(line: 2, field: 65)),
    ]

    @Test("each defect is named with its place", arguments: defects)
    func namesDefects(defect: Defect) {
        let error = #expect(throws: DatasetError.self) { _ = try parse(Self.header + defect.body) }
        #expect(error == defect.error)
    }

    @Test("another header is refused", arguments: ["", "p0,label\n"])
    func refusesAnotherHeader(text: String) {
        #expect(throws: DatasetError.unexpectedHeader) { _ = try parse(text) }
    }
}
