/// The types that typed data declare (EIP-712, "Definition of typed structured data").
enum TypedDataTypes {
    /// The members of one declared type.
    static func members(of type: JSONObject.Member) throws(TypedDataError) -> [TypedData.Member] {
        guard isName(type.name), ABIType(elementary: type.name) == nil,
            let entries = type.value.elements
        else { throw .type(type.name) }
        guard entries.count <= TypedDataLimits.members else {
            throw .limit("members of \(type.name)")
        }
        var members: [TypedData.Member] = []
        for entry in entries {
            guard let name = entry["name"]?.text, isName(name),
                let typeName = entry["type"]?.text,
                !members.contains(where: { $0.name == name })
            else { throw .type(type.name) }
            members.append(
                TypedData.Member(name: name, typeName: typeName, type: try read(typeName)))
        }
        return members
    }

    /// A name of Solidity's: no name can look like punctuation of the encoded type.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
        }
    }

    private static func read(_ text: String) throws(TypedDataError) -> TypedData.MemberType {
        let name = text.prefix { $0 != "[" }
        var type: TypedData.MemberType
        // The short forms are no types of EIP-712: they would hash to something else.
        if let value = ABIType(elementary: name), name != "uint", name != "int",
            name != "function"
        {
            type = .value(value)
        } else {
            guard isName(String(name)), name != "uint", name != "int" else { throw .type(text) }
            type = .structure(String(name))
        }
        var rest = text.dropFirst(name.count)
        var depth = 0
        while !rest.isEmpty {
            guard rest.first == "[", let end = rest.firstIndex(of: "]"),
                depth < TypedDataLimits.depth
            else { throw .type(text) }
            let digits = rest[rest.index(after: rest.startIndex)..<end]
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .type(text) }
            if digits.isEmpty {
                type = .array(type, count: nil)
            } else {
                guard let count = Int(digits), !digits.hasPrefix("0") else { throw .type(text) }
                type = .array(type, count: count)
            }
            rest = rest[rest.index(after: end)...]
            depth += 1
        }
        return type
    }

    /// Checks that a member's structure is declared.
    static func check(
        _ member: TypedData.Member, in types: [String: [TypedData.Member]]
    ) throws(TypedDataError) {
        if let name = member.type.structure, types[name] == nil { throw .type(member.typeName) }
    }

    /// The members that EIP-712 defines for a domain, as far as this one has them.
    static func domain(with names: [String]) -> [TypedData.Member] {
        let all: [(String, ABIType)] = [
            ("name", .string), ("version", .string), ("chainId", .uint(256)),
            ("verifyingContract", .address), ("salt", .fixedBytes(32)),
        ]
        return all.filter { names.contains($0.0) }.map {
            TypedData.Member(name: $0.0, typeName: "\($0.1)", type: .value($0.1))
        }
    }
}

extension TypedData.MemberType {
    /// The structure that it is, or is an array of.
    var structure: String? {
        switch self {
        case .value: nil
        case .structure(let name): name
        case .array(let element, _): element.structure
        }
    }
}
