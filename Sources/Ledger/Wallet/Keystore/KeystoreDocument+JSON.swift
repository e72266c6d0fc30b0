extension KeystoreDocument {
    /// Reads a key file. Parameters are checked here, before anybody types a passphrase.
    public init(json: some Collection<UInt8>) throws(KeystoreError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: json, limit: KeystoreLimits.fileBytes)
        } catch {
            throw .malformed("\(error)")
        }
        guard document["version"]?.count == 3 else { throw .malformed("its version is not 3") }
        // Early files of geth had a capital letter here.
        guard let crypto = document["crypto"] ?? document["Crypto"] else {
            throw .malformed("\"crypto\" is missing")
        }
        guard let cipher = crypto["cipher"]?.text else {
            throw .malformed("\"cipher\" is missing")
        }
        guard cipher == "aes-128-ctr" else { throw .unsupported("the cipher \"\(cipher)\"") }
        let parameters = crypto["kdfparams"] ?? .null
        self.init(
            id: Self.id(document["id"]), address: try Self.address(document["address"]),
            kdf: try Self.kdf(crypto["kdf"]?.text ?? "", parameters),
            salt: try Self.bytes(parameters["salt"], "salt", 0...KeystoreLimits.saltBytes),
            counter: try Self.bytes(crypto["cipherparams"]?["iv"], "iv", 16...16),
            ciphertext: try Self.bytes(crypto["ciphertext"], "ciphertext", 32...32),
            mac: try Self.bytes(crypto["mac"], "mac", 32...32))
    }

    private static func kdf(
        _ name: String, _ parameters: JSONValue
    ) throws(KeystoreError) -> KeystoreKDF {
        func number(_ name: String) throws(KeystoreError) -> UInt64 {
            guard let count = parameters[name]?.count else {
                throw .malformed("\"\(name)\" is missing")
            }
            return UInt64(count)
        }
        guard try number("dklen") >= 32 else { throw .malformed("\"dklen\" is below 32") }
        let kdf: KeystoreKDF
        switch name {
        case "scrypt":
            guard let r = UInt32(exactly: try number("r")), r < 1 << 24,
                let p = UInt32(exactly: try number("p"))
            else { throw .tooCostly("scrypt with an r or p of many digits") }
            kdf = .scrypt(n: try number("n"), r: r, p: p)
        case "pbkdf2":
            guard parameters["prf"]?.text == "hmac-sha256" else {
                throw .unsupported("PBKDF2 with another function than hmac-sha256")
            }
            kdf = .pbkdf2(rounds: try number("c"))
        default: throw .unsupported("the key derivation \"\(name)\"")
        }
        try kdf.check()
        return kdf
    }

    private static func bytes(
        _ json: JSONValue?, _ name: String, _ counts: ClosedRange<Int>
    ) throws(KeystoreError) -> [UInt8] {
        guard let text = json?.text, let bytes = Hexadecimal.bytes(text),
            counts.contains(bytes.count)
        else { throw .malformed("\"\(name)\" is missing or has a wrong length") }
        return bytes
    }

    /// With or without 0x, in any case; what is no address at all is an error.
    private static func address(_ json: JSONValue?) throws(KeystoreError) -> Address? {
        guard let text = json?.text, !text.isEmpty else { return nil }
        guard let address = Address(text.lowercased()) else {
            throw .malformed("\"address\" is none")
        }
        return address
    }

    /// The UUID; a file without one is still a key file.
    private static func id(_ json: JSONValue?) -> [UInt8] {
        let digits = (json?.text ?? "").filter { $0 != "-" }
        let bytes = Hexadecimal.bytes(digits) ?? []
        return bytes.count == 16 ? bytes : [UInt8](repeating: 0, count: 16)
    }

    /// The file's contents, in the order in which geth writes it.
    public var json: JSONValue {
        func hex(_ bytes: [UInt8]) -> JSONValue { .string(Hexadecimal.digits(of: bytes)) }
        func number(_ value: UInt64) -> JSONValue { .number("\(value)") }
        let name: String
        var parameters: [JSONObject.Member] = [.init("dklen", number(32))]
        switch kdf {
        case .scrypt(let n, let r, let p):
            name = "scrypt"
            parameters += [
                .init("n", number(n)), .init("p", number(UInt64(p))),
                .init("r", number(UInt64(r))),
            ]
        case .pbkdf2(let rounds):
            name = "pbkdf2"
            parameters += [.init("c", number(rounds)), .init("prf", .string("hmac-sha256"))]
        }
        parameters.append(.init("salt", hex(salt)))
        let crypto: JSONValue = .object([
            .init("cipher", .string("aes-128-ctr")), .init("ciphertext", hex(ciphertext)),
            .init("cipherparams", .object([.init("iv", hex(counter))])),
            .init("kdf", .string(name)), .init("kdfparams", .object(JSONObject(parameters))),
            .init("mac", hex(mac)),
        ])
        var members: [JSONObject.Member] = []
        if let address { members.append(.init("address", hex(address.bytes))) }
        members += [
            .init("crypto", crypto), .init("id", .string(uuid)), .init("version", number(3)),
        ]
        return .object(JSONObject(members))
    }

    /// ``id`` in its usual form.
    public var uuid: String {
        let digits = Array(Hexadecimal.digits(of: id))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }
}
