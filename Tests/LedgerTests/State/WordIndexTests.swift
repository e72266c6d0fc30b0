import Testing

@testable import Ledger

@Suite("Index of words") struct WordIndexTests {
    @Test("every word is found at its place, and no other") func finds() {
        var words: [UInt256] = []
        var index = WordIndex()
        #expect(index.place(of: 0) { words[$0] } == nil)
        // Neighbours, words that differ in one limb only, and words that differ in high bits only.
        let all =
            (0..<3000).map { UInt256(UInt64($0)) } + (1..<500).map { UInt256(0, UInt64($0), 0, 0) }
            + (1..<500).map { UInt256(0, 0, 0, UInt64($0) << 54) }
        for (place, word) in all.enumerated() {
            #expect(index.place(of: word) { words[$0] } == nil)
            index.append(word) { words[$0] }
            words.append(word)
            #expect(index.place(of: word) { words[$0] } == place)
        }
        for (place, word) in all.enumerated() {
            #expect(index.place(of: word) { words[$0] } == place)
        }
        #expect(index.place(of: .max) { words[$0] } == nil)
    }
}
