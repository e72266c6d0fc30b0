import Testing

@testable import Ledger

@Suite("Keccak-256") struct Keccak256Tests {
    @Test(
        "digests are the published ones",
        arguments: [
            ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
            (
                "The quick brown fox jumps over the lazy dog",
                "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15"
            ),
        ])
    func published(_ text: String, _ digest: String) {
        #expect(Hexadecimal.digits(of: Keccak256.hash(Array(text.utf8)).bytes) == digest)
    }

    @Test("lengths around a block differ in their digests and do not depend on alignment")
    func blocks() {
        var seen: Set<Hash32> = []
        for count in 130...280 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let digest = Keccak256.hash(bytes)
            #expect(seen.insert(digest).inserted)
            #expect(Keccak256.hash(([9] + bytes)[1...]) == digest)
        }
    }
}
