import Ledger

extension VectorPack {
    static let rlp = VectorPack("rlp") { entry in
        let isInvalidFile = entry.file.lowercased().contains("invalid")
        guard let output = entry.test["out"]?.text, let encoded = Hexadecimal.bytes(output) else {
            // An odd number of digits is no bytes at all.
            if !isInvalidFile { throw VectorMismatch("no bytes to read") }
            return
        }
        let decoded = try? RLPValue(decoding: encoded)
        let input = entry.test["in"]
        if input == "INVALID" || isInvalidFile {
            if decoded != nil { throw VectorMismatch("took what is no RLP") }
            return
        }
        try same(decoded?.encoded, encoded, "encoding")
        // That one is 2²⁵⁶, which is no number here; its bytes have been compared.
        if input != "VALID", entry.name != "bigint", let input {
            try same(decoded, try value(input), "value")
        }
    }

    private static func value(_ input: JSONValue) throws -> RLPValue {
        switch input {
        case .array(let list): return .list(try list.map(value))
        case .string(let text):
            if text.hasPrefix("#"), let number = UInt256(decimal: text.dropFirst()) {
                return .string(Array(number.minimalBytes))
            }
            return .string(Array(text.utf8))
        case .number(let text):
            return .string(Array(try needed(UInt256(decimal: text), "number").minimalBytes))
        default: throw VectorMismatch("no RLP value: \(input.serialized)")
        }
    }

    static let trie = VectorPack("trie") { source, report in
        for entry in try source.entries() {
            guard let expected = entry.test["root"]?.text else {
                report.leaveOut("walks through a trie, which nothing here does")
                continue
            }
            report.check(entry.label) {
                var trie = MerklePatriciaTrie()
                let isSecure = entry.file.lowercased().contains("secure")
                for (key, value) in try pairs(entry.test["in"]) {
                    let bytes = VectorPack.bytes(key)
                    let name = isSecure ? Keccak256.hash(bytes).bytes : bytes
                    trie.set(name, value.map(VectorPack.bytes) ?? [])
                }
                try same(trie.root().description, expected, "root")
            }
        }
    }

    private static func pairs(_ input: JSONValue?) throws -> [(String, String?)] {
        if let list = input?.elements {
            return try list.map { item in
                let pair = try needed(item.elements, "pair")
                guard pair.count == 2 else { throw VectorMismatch("no pair") }
                return (try needed(pair[0].text, "key"), pair[1].text)
            }
        }
        return try needed(input?.object, "pairs").members.map { ($0.name, $0.value.text) }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        text.hasPrefix("0x") ? Hexadecimal.bytes(text) ?? [] : Array(text.utf8)
    }

    static let basic = VectorPack("basic") { source, report in
        let entries = try source.entries()
        for entry in entries {
            switch entry.file {
            case "blockgenesistest.json":
                report.leaveOut("headers of 2014, before the public chain")
            case "crypto.json":
                report.leaveOut("AES with keys of 256 bits, which key files do not have")
            case "genesishashestest.json":
                report.check(entry.label) { try mainGenesis(entry, among: entries) }
            case "hexencodetest.json": report.check(entry.label) { try hexPrefix(entry.test) }
            case "keyaddrtest.json": report.check(entry.label) { try account(entry.test) }
            case "txtest.json": report.check(entry.label) { try oldTransaction(entry.test) }
            default: report.leaveOut("of an unknown kind: \(entry.file)")
            }
        }
    }

    /// The public chain's first block: its encoding, its hash and the root that it names.
    private static func mainGenesis(
        _ entry: VectorSource.Entry, among entries: [VectorSource.Entry]
    ) throws {
        let whole = entries.first { $0.name == "genesis_rlp_hex" }?.test.text
        let encoded = try needed(Hexadecimal.bytes(whole ?? ""), "genesis_rlp_hex")
        let block = try Block(decoding: encoded)
        let expected = try needed(entry.test.text, "text")
        switch entry.name {
        case "genesis_rlp_hex":
            try same(Hexadecimal.digits(of: block.encoded), expected, "encoding")
        case "genesis_state_root":
            try same(block.header.stateRoot, Hash32("0x" + expected) ?? .zero, "root")
        case "genesis_hash": try same(block.hash, Hash32("0x" + expected) ?? .zero, "hash")
        default: throw VectorMismatch("of an unknown kind")
        }
    }

    private static func hexPrefix(_ test: JSONValue) throws {
        let nibbles = try needed(test["seq"]?.elements, "seq").map { item in
            UInt8(try needed(item.count, "nibble"))
        }
        let compact = NibblePath.compact(nibbles, isLeaf: test["term"] == true)
        try same(Hexadecimal.digits(of: compact), try test.text("out"), "path")
    }

    private static func account(_ test: JSONValue) throws {
        let key = try Secp256k1PrivateKey(bytes: try test.bytes("key"))
        try same(Hexadecimal.digits(of: key.address.bytes), try test.text("addr"), "address")
    }

    private static func oldTransaction(_ test: JSONValue) throws {
        // Its s is in the upper half, which nobody minded then (EIP-2).
        do {
            _ = try SignedTransaction(decoding: try test.bytes("signed"))
            throw VectorMismatch("took a signature with a high s")
        } catch TransactionDecodingError.signature {}
    }
}
