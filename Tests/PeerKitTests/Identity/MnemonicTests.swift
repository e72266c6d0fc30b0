import Testing

@testable import PeerKit

@Suite("Mnemonics (BIP-39)") struct MnemonicTests {
    @Test("the specification's vectors", arguments: MnemonicVectors.all.indices)
    func vectors(index: Int) throws {
        let vector = MnemonicVectors.all[index]
        let mnemonic = try Mnemonic(entropy: Base16.decode(vector.entropy))
        #expect(mnemonic.phrase == vector.phrase)
        #expect(Base16.encode(mnemonic.seed(passphrase: "TREZOR")) == vector.seed)
        #expect(try Mnemonic(phrase: vector.phrase).phrase == vector.phrase)
    }

    @Test func thereAreVectors() { #expect(MnemonicVectors.all.count == 10) }

    @Test func theListIsTheSpecifications() {
        let words = MnemonicWords.all
        #expect(words.count == 2048)
        #expect(words == words.sorted())
        #expect(Set(words.map { $0.prefix(4) }).count == 2048)
        for (index, word) in words.enumerated() { #expect(MnemonicWords.index(of: word) == index) }
        for other in ["", "aaa", "abando", "zooo", "zzz"] {
            #expect(MnemonicWords.index(of: other) == nil)
        }
    }

    @Test func isReadAsPeopleTypeIt() throws {
        let phrase =
            "  Abandon abandon\tabandon ABANDON abandon abandon abandon abandon abandon\n"
            + "abandon abandon about "
        #expect(try Mnemonic(phrase: phrase).words.last == "about")
    }

    @Test func whatIsWrongIsNamedButNeverTheWord() throws {
        let good = MnemonicVectors.all[0].phrase
        #expect(throws: MnemonicError.wordCount(11)) {
            try Mnemonic(phrase: good.split(separator: " ").dropLast().joined(separator: " "))
        }
        #expect(throws: MnemonicError.wordCount(0)) { try Mnemonic(phrase: "") }
        #expect(throws: MnemonicError.wrongChecksum) {
            try Mnemonic(phrase: good.replacing("about", with: "abandon"))
        }
        let misspelt = good.replacing("about", with: "abuot")
        #expect(throws: MnemonicError.unknownWord(position: 12)) { try Mnemonic(phrase: misspelt) }
        #expect(!MnemonicError.unknownWord(position: 12).description.contains("abuot"))
        for count in [0, 15, 17, 33, 160] {
            #expect(throws: MnemonicError.entropyLength(count)) {
                try Mnemonic(entropy: [UInt8](repeating: 1, count: count))
            }
        }
        #expect(try !"\(Mnemonic(phrase: good))".contains("abandon"))
    }

    @Test("any single word changed is noticed, but for the few that fit", arguments: 1...3)
    func changedWords(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "mnemonic")
        let words = try Mnemonic.generate(wordCount: 24, using: &generator).words
        var unnoticed = 0
        for position in words.indices {
            for _ in 0..<40 {
                var changed = words
                changed[position] = MnemonicWords.all[.random(in: 0..<2048, using: &generator)]
                guard changed != words else { continue }
                let isAccepted = (try? Mnemonic(phrase: changed.joined(separator: " "))) != nil
                if isAccepted { unnoticed += 1 }
            }
        }
        // Eight bits of checksum let one in 256 pass: 3.75 of 960 on average.
        #expect(unnoticed < 15)
    }

    @Test func newOnesHaveTheLengthAskedFor() throws {
        var generator = SimulationGenerator(seed: 1, label: "new")
        for count in Mnemonic.wordCounts {
            let mnemonic = try Mnemonic.generate(wordCount: count, using: &generator)
            #expect(mnemonic.words.count == count)
            #expect(try Mnemonic(phrase: mnemonic.phrase).phrase == mnemonic.phrase)
        }
        #expect(throws: MnemonicError.wordCount(13)) {
            try Mnemonic.generate(wordCount: 13, using: &generator)
        }
    }
}

@Suite("Hierarchical Ed25519 keys (SLIP-0010)") struct HierarchicalKeyTests {
    struct Vector: Sendable {
        var path: String
        var chainCode: String
        var key: String
        /// With the leading zero byte that the specification prints.
        var publicKey: String
    }

    static let firstSeed = "000102030405060708090a0b0c0d0e0f"
    static let secondSeed =
        "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
        + "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542"

    /// "Test vector 1 for ed25519".
    static let first = [
        Vector(
            path: "m",
            chainCode: "90046a93de5380a72b5e45010748567d5ea02bbf6522f979e05c0d8d8ca9fffb",
            key: "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
            publicKey: "00a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed"),
        Vector(
            path: "m/0'",
            chainCode: "8b59aa11380b624e81507a27fedda59fea6d0b779a778918a2fd3590e16e9c69",
            key: "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3",
            publicKey: "008c8a13df77a28f3445213a0f432fde644acaa215fc72dcdf300d5efaa85d350c"),
        Vector(
            path: "m/0'/1'",
            chainCode: "a320425f77d1b5c2505a6b1b27382b37368ee640e3557c315416801243552f14",
            key: "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2",
            publicKey: "001932a5270f335bed617d5b935c80aedb1a35bd9fc1e31acafd5372c30f5c1187"),
        Vector(
            path: "m/0'/1'/2'",
            chainCode: "2e69929e00b5ab250f49c3fb1c12f252de4fed2c1db88387094a0f8c4c9ccd6c",
            key: "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9",
            publicKey: "00ae98736566d30ed0e9d2f4486a64bc95740d89c7db33f52121f8ea8f76ff0fc1"),
        Vector(
            path: "m/0'/1'/2'/2'",
            chainCode: "8f6d87f93d750e0efccda017d662a1b31a266e4a6f5993b15f5c1f07f74dd5cc",
            key: "30d1dc7e5fc04c31219ab25a27ae00b50f6fd66622f6e9c913253d6511d1e662",
            publicKey: "008abae2d66361c879b900d204ad2cc4984fa2aa344dd7ddc46007329ac76c429c"),
        Vector(
            path: "m/0'/1'/2'/2'/1000000000'",
            chainCode: "68789923a0cac2cd5a29172a475fe9e0fb14cd6adb5ad98a3fa70333e7afa230",
            key: "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
            publicKey: "003c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a"),
    ]

    /// "Test vector 2 for ed25519".
    static let second = [
        Vector(
            path: "m",
            chainCode: "ef70a74db9c3a5af931b5fe73ed8e1a53464133654fd55e7a66f8570b8e33c3b",
            key: "171cb88b1b3c1db25add599712e36245d75bc65a1a5c9e18d76f9f2b1eab4012",
            publicKey: "008fe9693f8fa62a4305a140b9764c5ee01e455963744fe18204b4fb948249308a"),
        Vector(
            path: "m/0'",
            chainCode: "0b78a3226f915c082bf118f83618a618ab6dec793752624cbeb622acb562862d",
            key: "1559eb2bbec5790b0c65d8693e4d0875b1747f4970ae8b650486ed7470845635",
            publicKey: "0086fab68dcb57aa196c77c5f264f215a112c22a912c10d123b0d03c3c28ef1037"),
        Vector(
            path: "m/0'/2147483647'",
            chainCode: "138f0b2551bcafeca6ff2aa88ba8ed0ed8de070841f0c4ef0165df8181eaad7f",
            key: "ea4f5bfe8694d8bb74b7b59404632fd5968b774ed545e810de9c32a4fb4192f4",
            publicKey: "005ba3b9ac6e90e83effcd25ac4e58a1365a9e35a3d3ae5eb07b9e4d90bcf7506d"),
        Vector(
            path: "m/0'/2147483647'/1'",
            chainCode: "73bd9fff1cfbde33a1b846c27085f711c0fe2d66fd32e139d3ebc28e5a4a6b90",
            key: "3757c7577170179c7868353ada796c839135b3d30554bbb74a4b1e4a5a58505c",
            publicKey: "002e66aa57069c86cc18249aecf5cb5a9cebbfd6fadeab056254763874a9352b45"),
        Vector(
            path: "m/0'/2147483647'/1'/2147483646'",
            chainCode: "0902fe8a29f9140480a00ef244bd183e8a13288e4412d8389d140aac1794825a",
            key: "5837736c89570de861ebc173b1086da4f505d4adb387c6a1b1342d5e4ac9ec72",
            publicKey: "00e33c0f7d81d843c572275f287498e8d408654fdf0d1e065b84e2e6f157aab09b"),
        Vector(
            path: "m/0'/2147483647'/1'/2147483646'/2'",
            chainCode: "5d70af781f3a37b829f0d060924d5e960bdc02e85423494afc0b1a41bbe196d4",
            key: "551d333177df541ad876a60ea71f00447931c0a9da16f227c11ea080d7391b8d",
            publicKey: "0047150c75db263559a70d5778bf36abbab30fb061ad69f69ece61a72b0cfa4fc0"),
    ]

    @Test("the specification's vectors", arguments: [(firstSeed, first), (secondSeed, second)])
    func vectors(seed: String, vectors: [Vector]) throws {
        let master = HierarchicalKey(seed: try Base16.decode(seed))
        for vector in vectors {
            let key = master.derived(at: try DerivationPath(vector.path))
            #expect(Base16.encode(key.chainCode) == vector.chainCode)
            #expect(Base16.encode(key.seed) == vector.key)
            #expect("00" + Base16.encode(key.privateKey.publicKey.data) == vector.publicKey)
        }
    }

    @Test func pathsAreReadStrictly() throws {
        #expect(
            DerivationPath.identity(account: 3, rotation: 2).description
                == "m/44'/1886611811'/3'/0'/2'")
        for text in ["m", "m/0'", "m/44'/1886611811'/3'/0'/2'", "m/2147483647'"] {
            #expect(try DerivationPath(text).description == text)
        }
        for text in ["", "44'", "m/", "m//0'", "m/2147483648'", "m/-1'", "m/x'", "m/+1'", "M/0'"] {
            #expect(throws: DerivationPathError.malformed) { try DerivationPath(text) }
        }
        #expect(throws: DerivationPathError.notHardened(position: 2)) {
            try DerivationPath("m/44'/0")
        }
        let long = "m" + String(repeating: "/0'", count: 160)
        #expect(throws: DerivationPathError.tooLong) { try DerivationPath(long) }
    }

    /// Made with Python's hashlib, hmac and cryptography.
    @Test("the identity of a mnemonic is pinned: paper must work for ever")
    func pinnedIdentity() throws {
        let seed = try Mnemonic(phrase: MnemonicVectors.all[0].phrase).seed()
        let key = HierarchicalKey(seed: seed).derived(at: .identity()).privateKey
        #expect(
            key.publicKey.peerID.description == Self.pinned)
    }

    static let pinned = "12D3KooWQWurB2fcHp9QyAmc2E37b6hh5EHMnMLMN2pbc539Aj4j"
}
