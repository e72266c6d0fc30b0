/// An object's members, in the order in which they were written.
public struct JSONObject: Hashable, Sendable {
    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// Both.
        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// In their order.
    public private(set) var members: [Member]

    /// - Parameter members: In their order, no name twice.
    public init(_ members: [Member] = []) { self.members = members }

    /// The value of a name.
    ///
    /// - Complexity: O(*n*) in the number of members, which is small where names are known.
    public subscript(name: String) -> JSONValue? { members.first { $0.name == name }?.value }

    /// Adds a member behind the others. The caller sees to it that the name is new.
    public mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name, value))
    }
}

extension JSONObject: ExpressibleByArrayLiteral {
    /// Members in their order, no name twice.
    public init(arrayLiteral members: Member...) { self.init(members) }
}
