import CTensor
import Crypto
import PeerKit
import Testing

@testable import FedLearn

@Suite("Secure sum") struct SecureSumTests {
    private struct File: Decodable {
        struct Pair: Decodable {
            let i: Int
            let j: Int
            let x25519Shared: String
            let maskKey: String
            let firstMaskWords: [UInt32]
        }
        let n: Int
        let d: Int
        let round: Int
        let clip: Float
        let x: [[Float]]
        let fixedPointU32: [[UInt32]]
        let x25519Private: [String]
        let x25519Public: [String]
        let selfMaskKeys: [String]
        let pairs: [Pair]
        let maskedU32: [[UInt32]]
        let dropped: Int
        let sumU32Survivors: [UInt32]
        let meanSurvivors: [Float]
    }

    private let beacon = ContentHash(hashing: [1, 2, 3])

    private func group(
        _ count: Int, byzantine: Int = 0, wordCount: Int = 37
    ) throws -> SecureGroup {
        try SecureGroup(
            round: 9, members: Array(0..<count).map { 3 * $0 + 1 }, byzantine: byzantine,
            wordCount: wordCount, beacon: beacon)
    }

    private func vectors(_ group: SecureGroup) -> [Int: [Int32]] {
        var generator = SeededGenerator(seed: 5)
        return Dictionary(
            uniqueKeysWithValues: group.members.map { member in
                (
                    member,
                    (0..<group.wordCount).map { _ -> Int32 in
                        Int32(generator.next() >> 40) - 8_388_608
                    }
                )
            })
    }

    private func sum(_ vectors: [Int: [Int32]], of members: [Int], count: Int) -> [Int32] {
        (0..<count).map { index in members.reduce(0) { $0 &+ (vectors[$1]?[index] ?? 0) } }
    }

    @Test("keys, masks and masked vectors agree with the golden ones, and so does the sum")
    func golden() throws {
        let file: File = try Vectors.golden("secagg/masked_sum.json")
        let grid = try FixedPointGrid(fractionBits: 20, bound: file.clip)
        let keys = file.x25519Private.map { MaskKeyPair(secret: Vectors.hex($0)) }
        #expect(keys.map(\.publicKey) == file.x25519Public.map(Vectors.hex))
        var pairKeys: [[Int]: SymmetricKey] = [:]
        for pair in file.pairs {
            let key = try #require(keys[pair.i].pairMaskKey(with: keys[pair.j].publicKey))
            #expect(key == keys[pair.j].pairMaskKey(with: keys[pair.i].publicKey))
            #expect(key == SymmetricKey(data: Vectors.hex(pair.maskKey)))
            var words = [UInt32](repeating: 0, count: 4)
            MaskStream.apply(.add, key: key, round: file.round, to: &words)
            #expect(words == pair.firstMaskWords)
            pairKeys[[pair.i, pair.j]] = key
        }
        var masked: [[UInt32]] = []
        for i in 0..<file.n {
            let steps = try grid.quantise(file.x[i])
            #expect(steps.map { UInt32(bitPattern: $0) } == file.fixedPointU32[i])
            var words = steps.map { UInt32(bitPattern: $0) }
            for j in 0..<file.n where j != i {
                let key = try #require(pairKeys[[min(i, j), max(i, j)]])
                MaskStream.apply(j > i ? .add : .subtract, key: key, round: file.round, to: &words)
            }
            let seed = SymmetricKey(data: Vectors.hex(file.selfMaskKeys[i]))
            MaskStream.apply(.add, key: seed, round: file.round, to: &words)
            #expect(words == file.maskedU32[i])
            masked.append(words)
        }
        var total = [UInt32](repeating: 0, count: file.d)
        let survivors = (0..<file.n).filter { $0 != file.dropped }
        for i in survivors {
            for index in total.indices { total[index] &+= masked[i][index] }
            let seed = SymmetricKey(data: Vectors.hex(file.selfMaskKeys[i]))
            MaskStream.apply(.subtract, key: seed, round: file.round, to: &total)
            let key = try #require(pairKeys[[min(i, file.dropped), max(i, file.dropped)]])
            MaskStream.apply(
                file.dropped > i ? .subtract : .add, key: key, round: file.round, to: &total)
        }
        #expect(total == file.sumU32Survivors)
        let mean = SecureSum(
            survivors: survivors, values: total.map { Int32(bitPattern: $0) }
        ).mean(on: grid)
        for (value, expected) in zip(mean, file.meanSurvivors) {
            #expect(isClose(Double(value), Double(expected), relative: 1e-6))
        }
    }

    @Test("masks are libsodium's key stream, of any length and in every form")
    func masksAreTheKeyStream() {
        let key = SymmetricKey(data: (0..<32).map { UInt8($0 * 7) })
        let round = 0x0102_0304_0506
        let nonce: [UInt8] = [0, 0, 0, 0, 6, 5, 4, 3, 2, 1, 0, 0]
        var bytes = [UInt8](repeating: 0, count: 4 * 9_001)
        bytes.withUnsafeMutableBytes { target in
            key.withUnsafeBytes {
                Sodium.chacha20KeyStream(into: target, key: $0, nonce: nonce)
            }
        }
        let stream = (0..<9_001).map { index in
            (0..<4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32(bytes[4 * index + $1]) }
        }
        let start = (0..<9_001).map { UInt32(truncatingIfNeeded: $0 &* 0x9E37_79B9) }
        let counts = Array(0...65) + [127, 128, 129, 255, 256, 257, 511, 513, 9_001]
        for level in 0...ctensor_best_form().rawValue {
            let form = ctensor_form(rawValue: level)
            for count in counts {
                var words = Array(start[..<count])
                MaskStream.apply(.add, key: key, round: round, to: &words, form: form)
                #expect(words == zip(start, stream).prefix(count).map { $0 &+ $1 })
                MaskStream.apply(.subtract, key: key, round: round, to: &words, form: form)
                #expect(words == Array(start[..<count]))
            }
        }
    }

    @Test("the sum is exact when all stay", arguments: [3, 5, 16])
    func everybodyStays(count: Int) throws {
        let group = try group(count)
        let vectors = vectors(group)
        var network = try SecureSumNetwork(group: group, vectors: vectors)
        network.run()
        let result = try #require(network.collector.sum)
        #expect(result.survivors == group.members)
        #expect(result.values == sum(vectors, of: group.members, count: group.wordCount))
        #expect(network.failures.isEmpty && network.reports.isEmpty)
        #expect(network.finished == Set(group.members))
        #expect(network.now == .zero, "nobody waited")
    }

    @Test(
        "the sum of the survivors is exact whenever a member drops out",
        arguments: [
            SecureSumMessage.Kind.keys, .shares, .masked, .confirm, .unmask,
        ])
    func dropsOut(after kind: SecureSumMessage.Kind) throws {
        let group = try group(7)
        let vectors = vectors(group)
        var network = try SecureSumNetwork(group: group, vectors: vectors)
        let lost: Set = [4, 16]
        // The dropped ones are silent from this kind of message on.
        network.interfere = { message, sender, _ in
            guard let sender, lost.contains(sender), message.kind.rawValue >= kind.rawValue else {
                return message
            }
            return nil
        }
        network.run()
        let result = try #require(network.collector.sum)
        let stayed = group.members.filter { !lost.contains($0) }
        let inSum =
            kind.rawValue <= SecureSumMessage.Kind.masked.rawValue ? stayed : group.members
        #expect(result.survivors == inSum)
        #expect(result.values == sum(vectors, of: inSum, count: group.wordCount))
    }

    @Test("one drop-out too many ends without a sum and without a share revealed")
    func tooManyDropOut() throws {
        let group = try group(7)
        #expect(group.threshold == 4 && group.tolerableDropouts == 3)
        var network = try SecureSumNetwork(group: group, vectors: vectors(group))
        nonisolated(unsafe) var revealed = 0
        network.interfere = { message, sender, _ in
            if case .unmask = message { revealed += 1 }
            if case .masked = message, (sender ?? 0) < 12 { return nil }
            return message
        }
        network.run()
        #expect(network.collector.sum == nil && revealed == 0)
        #expect(network.failures[nil] == .tooFewMembers(have: 3, need: 4))
        #expect(network.failures.count == 8)
    }

    @Test("a collector that tells members different survivors learns nothing")
    func lyingCollector() throws {
        // Half are told that one member dropped out, half that another one did: the shares of both
        // secrets of both would be in the collector's hands.
        let group = try group(6, byzantine: 1)
        var network = try SecureSumNetwork(group: group, vectors: vectors(group))
        nonisolated(unsafe) var revealed = 0
        network.interfere = { message, sender, receiver in
            if case .unmask = message { revealed += 1 }
            if case .survivors(let list) = message, sender == nil, let receiver {
                let hidden = receiver < 9 ? list.last : list.first
                return .survivors(list.filter { $0 != hidden || $0 == receiver })
            }
            return message
        }
        network.run()
        #expect(network.collector.sum == nil && revealed == 0)
        #expect(network.failures.values.contains(.notConfirmed))
    }

    @Test("a collector that invents a member is refused before anything is masked")
    func inventedMember() throws {
        let group = try group(4)
        var network = try SecureSumNetwork(group: group, vectors: vectors(group))
        nonisolated(unsafe) var masked = 0
        network.interfere = { message, sender, receiver in
            if case .masked = message { masked += 1 }
            if case .roster = message, sender == nil { return .roster([1, 4, 5, 7]) }
            return message
        }
        network.run()
        #expect(masked == 0)
        #expect(group.members.allSatisfy { network.failures[$0] == .dishonestCollector })
    }

    @Test("wrong shares are put aside and their holder named")
    func wrongShare() throws {
        let group = try group(7)
        let vectors = vectors(group)
        var network = try SecureSumNetwork(group: group, vectors: vectors)
        network.interfere = { message, sender, _ in
            // Of seven only five answer, so the wrong shares are needed to find four right ones.
            if case .unmask = message, let sender, sender > 13 { return nil }
            if case .unmask(let shares) = message, sender == 4 {
                return .unmask(
                    shares.map {
                        RevealedShare(
                            owner: $0.owner, secret: $0.secret,
                            bytes: $0.bytes.map { $0 ^ 0x5a })
                    })
            }
            return message
        }
        network.run()
        let result = try #require(network.collector.sum)
        #expect(result.values == sum(vectors, of: group.members, count: group.wordCount))
        #expect(network.reports == [.report(member: 4, .wrongShare)])
    }

    @Test("a member whose secret cannot be put together is named, and there is no sum")
    func wrongSecret() throws {
        let group = try group(5)
        var network = try SecureSumNetwork(group: group, vectors: vectors(group))
        network.interfere = { message, sender, _ in
            // Member 7 commits to another seed than it shares.
            if case .keys(let advert) = message, sender == 7 {
                return .keys(
                    KeyAdvert(
                        envelopeKey: advert.envelopeKey, maskKey: advert.maskKey,
                        seedCommitment: ContentHash(hashing: [])))
            }
            return message
        }
        network.run()
        #expect(network.collector.sum == nil)
        // Its own view of the transcript is another one, so it also fails to confirm.
        #expect(network.failures[nil] == .lostSecret(of: 7))
        #expect(network.reports.contains(.report(member: 7, .wrongSecret)))
    }

    @Test("sealed shares are opened by their receiver alone, in their direction and group alone")
    func envelopes() throws {
        let keys = (1...3).map { MaskKeyPair(secret: [UInt8](repeating: UInt8($0), count: 32)) }
        let id = ContentHash(hashing: [9])
        let shares: ([UInt8], [UInt8]) = (
            [UInt8](repeating: 4, count: 32), [UInt8](repeating: 5, count: 32)
        )
        let sealed = try #require(
            ShareEnvelope.seal(
                maskShare: shares.0, seedShare: shares.1, from: 0, to: 1, keys: keys[0],
                remote: keys[1].publicKey, group: id))
        #expect(sealed.count == SealedShare.byteCount)
        let opened = try #require(
            ShareEnvelope.open(
                sealed, from: 0, to: 1, keys: keys[1], remote: keys[0].publicKey, group: id))
        #expect(opened.maskShare == shares.0 && opened.seedShare == shares.1)
        var damaged = sealed
        damaged[3] ^= 1
        let other = ContentHash(hashing: [8])
        let attempts = [
            ShareEnvelope.open(
                damaged, from: 0, to: 1, keys: keys[1], remote: keys[0].publicKey, group: id),
            ShareEnvelope.open(
                sealed, from: 1, to: 0, keys: keys[1], remote: keys[0].publicKey, group: id),
            ShareEnvelope.open(
                sealed, from: 0, to: 1, keys: keys[2], remote: keys[0].publicKey, group: id),
            ShareEnvelope.open(
                sealed, from: 0, to: 1, keys: keys[1], remote: keys[0].publicKey, group: other),
        ]
        #expect(attempts.allSatisfy { $0 == nil })
        // A public key of small order would make the secret known to all.
        #expect(keys[0].pairMaskKey(with: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(keys[0].pairMaskKey(with: [1, 2, 3]) == nil)
    }

    @Test("messages out of turn, from strangers and contradictions are reported, not believed")
    func hostileMessages() throws {
        let group = try group(3)
        var generator = SecureGenerator(key: [UInt8](repeating: 1, count: 32))
        var member = try SecureSumMemberMachine(
            group: group, member: 1, vector: [Int32](repeating: 0, count: 37), using: &generator)
        _ = member.start(at: .zero)
        func advert(_ byte: UInt8) -> KeyAdvert {
            KeyAdvert(
                envelopeKey: [UInt8](repeating: byte, count: 32),
                maskKey: [UInt8](repeating: byte, count: 32),
                seedCommitment: ContentHash(hashing: [byte]))
        }
        var said = member.receive(.keys(advert(1)), from: 99)
        #expect(said == [])
        said = member.receive(.keys(advert(1)), from: 4)
        #expect(said == [])
        said = member.receive(.keys(advert(2)), from: 4)
        #expect(said == [.report(member: 4, .contradiction)])
        said = member.receive(.masked([1]), from: 4)
        #expect(said == [.report(member: 4, .unexpectedMessage)])
        var collector = SecureSumCollectorMachine(group: group)
        _ = collector.start(at: .zero)
        said = collector.receive(.masked([1]), from: 4, at: .zero)
        #expect(said == [])
        said = collector.receive(.survivors([1]), from: 4, at: .zero)
        #expect(said == [.report(member: 4, .unexpectedMessage)])
        said = collector.receive(.keys(advert(1)), from: 4, at: .zero)
        #expect(said == [])
        said = collector.receive(.keys(advert(3)), from: 4, at: .zero)
        #expect(said == [.report(member: 4, .contradiction)])
    }

    @Test("groups that cannot keep a secret are refused")
    func groupLimits() throws {
        #expect(throws: PrivacyError.self) { _ = try group(2) }
        #expect(throws: PrivacyError.self) { _ = try group(10 * PrivacyLimits.maximumGroupMembers) }
        #expect(throws: PrivacyError.self) { _ = try group(5, byzantine: 5) }
        #expect(throws: PrivacyError.self) {
            _ = try group(3, wordCount: 10 * PrivacyLimits.maximumWords)
        }
        // Two lists of so many members always have an honest one in common.
        for count in 3...20 {
            for liars in 0..<count {
                guard let group = try? group(count, byzantine: liars) else { continue }
                #expect(2 * group.threshold - count > liars)
                #expect(group.threshold > liars)
            }
        }
    }
}
