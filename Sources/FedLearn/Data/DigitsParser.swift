/// Why a text is not a digits file.
public enum DatasetError: Error, Equatable, Sendable {
    /// The first line is not `p0,p1,…,p63,label`.
    case unexpectedHeader
    /// A line (counted from 1) with another number of fields.
    case wrongFieldCount(line: Int, found: Int, expected: Int)
    /// A field (counted from 1) that is not a plain decimal number of at most three digits.
    case malformedNumber(line: Int, field: Int)
    /// A number outside its range.
    case outOfRange(line: Int, field: Int, value: Int, maximum: Int)
    /// The last line does not end with a line feed: the file is cut off.
    case missingFinalLineFeed
    /// There is no example.
    case empty
    /// More examples than the reader accepts.
    case tooManyExamples(limit: Int)
}

/// Strict reader of the digits file: a header, then lines of 64 grey values 0...16 and a label 0...9.
///
/// Nothing is skipped or repaired: no blanks, signs, quotes, carriage returns or empty lines.
public enum DigitsParser {
    static let featureCount = 64
    static let maximumPixel = 16
    static let classCount = 10
    /// Enough for the whole UCI data set (5,620 images) ten times over.
    static let maximumExamples = 65_536

    /// Reads the file's bytes; grey values become `p / 16` in 0...1.
    ///
    /// - Throws: ``DatasetError`` for the first defect.
    /// - Complexity: O(*bytes*).
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(DatasetError) -> Dataset {
        let lineFeed = UInt8(ascii: "\n")
        guard let headerEnd = bytes.firstIndex(of: lineFeed),
            bytes[..<headerEnd].elementsEqual(header)
        else { throw .unexpectedHeader }
        var features: [Float] = []
        var labels: [Int] = []
        var fields: [Int] = []
        var position = headerEnd + 1
        var line = 2
        while position < bytes.count {
            guard labels.count < maximumExamples else {
                throw .tooManyExamples(limit: maximumExamples)
            }
            fields.removeAll(keepingCapacity: true)
            position = try parseLine(bytes, from: position, line: line, into: &fields)
            for pixel in fields.dropLast() {
                features.append(Float(pixel) / Float(maximumPixel))
            }
            labels.append(fields[featureCount])
            line += 1
        }
        guard !labels.isEmpty else { throw .empty }
        return Dataset(
            features: Matrix(
                rowCount: labels.count, columnCount: featureCount, elements: features),
            labels: labels, classCount: classCount)
    }

    private static let header = Array(
        ((0..<featureCount).map { "p\($0)" } + ["label"]).joined(separator: ",").utf8)

    /// Appends the line's checked fields and returns the position after its line feed.
    private static func parseLine(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, line: Int, into fields: inout [Int]
    ) throws(DatasetError) -> Int {
        let expected = featureCount + 1
        var value = 0
        var digits = 0
        var field = 1
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard digits <= 3 else { throw .malformedNumber(line: line, field: field) }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: ","), UInt8(ascii: "\n"):
                guard digits > 0 else { throw .malformedNumber(line: line, field: field) }
                let maximum = field == expected ? classCount - 1 : maximumPixel
                guard field <= expected else {
                    throw .wrongFieldCount(line: line, found: field, expected: expected)
                }
                guard value <= maximum else {
                    throw .outOfRange(line: line, field: field, value: value, maximum: maximum)
                }
                fields.append(value)
                if byte == UInt8(ascii: "\n") {
                    guard field == expected else {
                        throw .wrongFieldCount(line: line, found: field, expected: expected)
                    }
                    return position
                }
                value = 0
                digits = 0
                field += 1
            default: throw .malformedNumber(line: line, field: field)
            }
        }
        throw .missingFinalLineFeed
    }
}
