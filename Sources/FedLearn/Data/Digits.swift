/// The handwritten digits that come with the package: 1,797 grey images of 8 × 8.
///
/// Source and licence: `ATTRIBUTION.md` beside this file.
public enum Digits {
    /// SHA-256 of the CSV file as published in the data's attribution.
    public static let fileHash = "d7ff1341011182b7af3733b201a919cea2ffe00f25ff23ba48c5e791daffb498"

    /// The training and test parts of the fixed split: 1,433 and 364 examples.
    ///
    /// - Throws: ``DatasetError``, which would mean a broken build: the text is compiled in.
    public static func load() throws(DatasetError) -> (training: Dataset, test: Dataset) {
        let all = try loadAll()
        let split = all.fixedSplit()
        return (all.selecting(rows: split.training), all.selecting(rows: split.test))
    }

    /// All examples in file order.
    ///
    /// - Throws: ``DatasetError``, as ``load()``.
    public static func loadAll() throws(DatasetError) -> Dataset {
        try DigitsParser.parse(fileBytes)
    }

    /// The CSV file, byte for byte.
    static var fileBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: digitsFile.utf8Start, count: digitsFile.utf8CodeUnitCount)
    }
}
