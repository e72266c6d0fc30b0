import Testing

@testable import PeerKit

@Suite("Values and who may write them") struct RecordValidatorTests {
    private func sealed(
        _ data: String, _ sequence: UInt64, by author: UInt64 = 1, name: String = "name"
    ) async throws -> (key: [UInt8], value: [UInt8]) {
        try await SignedRecord.seal(
            Array(data.utf8), name: Array(name.utf8), sequence: sequence,
            with: try Ed25519PrivateKey.numbered(author))
    }

    @Test("/pk/ holds the key of the peer it names and no other")
    func publicKeys() throws {
        let validators = RecordValidators()
        let (a, b) = (try PeerIdentity.numbered(1), try PeerIdentity.numbered(2))
        let key = PublicKeyValidator.key(of: a.peerID)
        try validators.validate(key: key, value: a.publicKey.protobuf)
        #expect(throws: RecordError.wrongAuthor) {
            try validators.validate(key: key, value: b.publicKey.protobuf)
        }
        #expect(throws: RecordError.malformedValue) {
            try validators.validate(key: key, value: [1, 2, 3])
        }
        #expect(throws: RecordError.malformedKey) {
            try validators.validate(
                key: Array("/pk/text".utf8), value: a.publicKey.protobuf)
        }
    }

    @Test("a namespace without a validator is refused")
    func unknownNamespaces() {
        let validators = RecordValidators()
        for (key, name) in [("/ipns/x", "ipns"), ("text", ""), ("/", ""), ("/a", "")] {
            #expect(throws: RecordError.unknownNamespace(name)) {
                try validators.validate(key: Array(key.utf8), value: [])
            }
        }
    }

    @Test("a signed record holds under its own key only, signed by its author only")
    func signedRecords() async throws {
        let validators = RecordValidators()
        let (key, value) = try await sealed("data", 3)
        try validators.validate(key: key, value: value)
        let record = try SignedRecord.open(value, for: key)
        #expect(record.sequence == 3 && record.data == Array("data".utf8))
        #expect(record.key == key)
        let foreign = try await sealed("data", 3, by: 2)
        #expect(throws: RecordError.wrongAuthor) {
            try validators.validate(key: key, value: foreign.value)
        }
        let other = try await sealed("data", 3, name: "other")
        #expect(throws: RecordError.wrongKey) {
            try validators.validate(key: key, value: other.value)
        }
        var damaged = value
        damaged[damaged.count - 1] ^= 1
        #expect(throws: RecordError.self) { try validators.validate(key: key, value: damaged) }
        #expect(throws: RecordError.self) {
            try validators.validate(key: Array(key.dropLast(5)), value: value)
        }
        for length in 0..<key.count { _ = try? SignedRecord.parts(of: Array(key.prefix(length))) }
    }

    @Test(
        "of two signed records the higher number counts; two with one number convict their author")
    func relations() async throws {
        let validators = RecordValidators()
        let (key, first) = try await sealed("first", 1)
        let second = try await sealed("second", 2).value
        #expect(validators.relation(key: key, of: second, to: first) == .newer)
        #expect(validators.relation(key: key, of: first, to: second) == .older)
        #expect(validators.relation(key: key, of: first, to: first) == .same)
        let twin = try await sealed("twin", 1).value
        let author = try PeerIdentity.numbered(1).peerID
        #expect(
            validators.relation(key: key, of: twin, to: first)
                == .equivocation(by: author, prefersFirst: true))
        #expect(
            validators.relation(key: key, of: first, to: twin)
                == .equivocation(by: author, prefersFirst: false))
        #expect(
            SignedRecordValidator().select(key: key, among: [first, second, first]) == second)
    }

    @Test("the store keeps the newest, whatever is offered when")
    func offers() async throws {
        var holdings = Holdings(
            local: KademliaKey(hashing: [0]), limits: .init(), validators: .init())
        let clock = ArchiveClock(now: .zero, unixNanoseconds: 0)
        let (key, first) = try await sealed("first", 1)
        let second = try await sealed("second", 2).value
        let twin = try await sealed("a twin", 2).value
        func offer(_ value: [UInt8]) -> Holdings.Verdict {
            holdings.offer(value, for: key, lifetime: .seconds(10), clock)
        }
        #expect(offer(first) == .stored)
        #expect(offer(first) == .held)
        #expect(offer(second) == .stored)
        #expect(offer(first) == .superseded(by: second))
        let author = try PeerIdentity.numbered(1).peerID
        #expect(offer(twin) == .equivocation(by: author, held: second))
        #expect(holdings.records.entry(for: key, at: .zero)?.value == second)
        #expect(offer([1]) == .invalid(.malformedValue))
    }

    @Test("a quorum counts holders of the best value only, and knows who is behind")
    func quorum() async throws {
        let peers = KademliaTestPeers.make(10).map(\.id)
        let (key, first) = try await sealed("first", 1)
        let second = try await sealed("second", 2).value
        var tally = QuorumMachine(key: key, validators: .init())
        func record(_ value: [UInt8]) -> KademliaMessage.Record { .init(key: key, value: value) }
        #expect(tally.receive(nil, from: peers[0]) == .nothing)
        #expect(tally.receive(record(first), from: peers[1]) == .better)
        #expect(tally.receive(record(first), from: peers[2]) == .agrees)
        #expect(tally.agreeing == 2)
        #expect(tally.receive(record(second), from: peers[3]) == .better)
        #expect(tally.agreeing == 1)
        #expect(tally.receive(record(first), from: peers[4]) == .stale)
        // One peer counts once.
        #expect(tally.receive(record(second), from: peers[3]) == .nothing)
        #expect(tally.agreeing == 1)
        #expect(tally.receive(record([1, 2]), from: peers[5]) == .invalid(.malformedValue))
        #expect(
            tally.receive(.init(key: [1], value: second), from: peers[6]) == .invalid(.wrongKey))
        #expect(Array(tally.outdated) == [peers[0], peers[1], peers[2], peers[4]])
    }
}
