import Testing

@testable import FedLearn

@Suite("Drawing groups") struct GroupDrawTests {
    private func beacon(_ byte: UInt8) -> ContentHash { ContentHash(hashing: [byte]) }

    @Test("every member is in one group, every group is large enough", arguments: [9, 10, 30, 64])
    func partition(count: Int) throws {
        let groups = try GroupDraw.groups(
            memberCount: count, size: 3, byzantine: 1, beacon: beacon(1))
        #expect(groups.flatMap { $0 }.sorted() == Array(0..<count))
        #expect(groups.allSatisfy { $0.count >= 3 && $0 == $0.sorted() })
        #expect(groups.count == count / 3)
    }

    @Test(
        "equal beacons give equal groups, others others, and each pair meets as often as it should")
    func isRandom() throws {
        let first = try GroupDraw.groups(memberCount: 30, size: 3, byzantine: 3, beacon: beacon(1))
        let again = try GroupDraw.groups(memberCount: 30, size: 3, byzantine: 3, beacon: beacon(1))
        #expect(first == again)
        var together = 0
        let draws = 2000
        for draw in 0..<draws {
            let beacon = ContentHash(hashing: [UInt8(draw & 255), UInt8(draw >> 8)])
            let groups = try GroupDraw.groups(
                memberCount: 30, size: 3, byzantine: 3, beacon: beacon)
            if groups.contains(where: { $0.contains(0) && $0.contains(1) }) { together += 1 }
        }
        // 2 of the other 29 share a group with a member: 138 of 2,000, deviation 11.
        #expect(abs(together - 138) < 55)
    }

    @Test("more liars than a majority of groups bears are refused")
    func refuses() {
        #expect(throws: PrivacyError.self) {
            _ = try GroupDraw.groups(memberCount: 30, size: 3, byzantine: 5, beacon: beacon(1))
        }
        #expect(throws: PrivacyError.self) {
            _ = try GroupDraw.groups(memberCount: 30, size: 2, byzantine: 0, beacon: beacon(1))
        }
        #expect(throws: PrivacyError.self) {
            _ = try GroupDraw.groups(memberCount: 640, size: 3, byzantine: 0, beacon: beacon(1))
        }
    }
}
