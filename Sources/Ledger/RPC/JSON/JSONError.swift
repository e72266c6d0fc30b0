/// Why bytes are no JSON that is taken here.
package enum JSONError: Error, Hashable, Sendable {
    /// The text ends too early.
    case truncated
    /// Something else than what the grammar allows.
    case unexpected(at: Int)
    /// A string that is not UTF-8, or an escape that names no character.
    case malformedString(at: Int)
    /// Arrays and objects inside each other, deeper than allowed.
    case tooDeep
    /// More values than allowed.
    case tooManyValues
    /// Something behind the value.
    case trailing(at: Int)
}
