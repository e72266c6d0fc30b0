/// Hashes typed data (EIP-712, "Definition of hashStruct").
struct TypedDataEncoder {
    let types: [String: [TypedData.Member]]

    /// `hashStruct`: the hash of the type's hash and its members' words.
    ///
    /// - Parameter path: How the value is reached, for errors.
    func hash(
        _ value: JSONValue, as name: String, path: String, depth: Int
    ) throws(TypedDataError) -> Hash32 {
        guard depth <= TypedDataLimits.depth else { throw .limit("levels") }
        guard let members = types[name] else { throw .type(name) }
        guard let given = value.object?.members else {
            throw .value(path: path, expected: "an object of type \(name)")
        }
        // What is not signed must not look as if it were.
        if let extra = given.first(where: { one in !members.contains { $0.name == one.name } }) {
            throw .value(path: "\(path).\(extra.name)", expected: "no such member in \(name)")
        }
        var bytes = try typeHash(of: name).bytes
        for member in members {
            let path = "\(path).\(member.name)"
            guard let value = value[member.name] else {
                throw .value(path: path, expected: member.typeName)
            }
            bytes += try word(value, as: member.type, path: path, depth: depth + 1)
        }
        return Keccak256.hash(bytes)
    }

    /// `encodeData` of one member: 32 bytes.
    private func word(
        _ value: JSONValue, as type: TypedData.MemberType, path: String, depth: Int
    ) throws(TypedDataError) -> [UInt8] {
        guard depth <= TypedDataLimits.depth else { throw .limit("levels") }
        switch type {
        case .structure(let name):
            if value == .null { return Hash32.zero.bytes }
            return try hash(value, as: name, path: path, depth: depth).bytes
        case .array(let element, let count):
            guard let elements = value.elements, count == nil || elements.count == count else {
                throw .value(
                    path: path, expected: count.map { "an array of \($0)" } ?? "an array")
            }
            var bytes: [UInt8] = []
            for (index, item) in elements.enumerated() {
                bytes += try word(
                    item, as: element, path: "\(path)[\(index)]", depth: depth + 1)
            }
            return Keccak256.hash(bytes).bytes
        case .value(let type):
            do throws(ABIError) {
                let value = try ABIValue(value, as: type)
                switch value {
                case .bytes(let bytes) where type == .bytes: return Keccak256.hash(bytes).bytes
                case .string(let text): return Keccak256.hash(Array(text.utf8)).bytes
                default: return try ABIEncoder.encode(value, as: type)
                }
            } catch {
                throw .value(path: path, expected: "\(type)")
            }
        }
    }

    /// The hash of a type's text: `Mail(Person from,Person to,string contents)Person(…)`.
    func typeHash(of name: String) throws(TypedDataError) -> Hash32 {
        Keccak256.hash(Array(try typeText(of: name).utf8))
    }

    /// The type's text: itself, then all that it refers to, by name.
    func typeText(of name: String) throws(TypedDataError) -> String {
        var found: Set<String> = [name]
        var open = [name]
        while let next = open.popLast() {
            guard let members = types[next] else { throw .type(next) }
            for member in members {
                if let name = member.type.structure, found.insert(name).inserted {
                    open.append(name)
                }
            }
        }
        found.remove(name)
        // By bytes, which for names is the order of the specification.
        return ([name] + found.sorted()).map { name in
            let members = (types[name] ?? []).map { "\($0.typeName) \($0.name)" }
            return name + "(" + members.joined(separator: ",") + ")"
        }.joined()
    }
}
