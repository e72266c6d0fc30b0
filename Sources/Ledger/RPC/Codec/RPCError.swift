/// An error as JSON-RPC answers it: code, text, and data where there are any.
///
/// Codes and texts are geth's, as wallets and libraries tell errors apart by them.
package struct RPCError: Error, Sendable, Equatable {
    package var code: Int
    package var message: String
    package var data: JSONValue?

    package init(_ code: Int, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// A body that is no JSON.
    package static let parse = RPCError(-32700, "parse error")
    /// No request.
    package static func invalidRequest(_ message: String = "invalid request") -> RPCError {
        RPCError(-32600, message)
    }
    /// A name that means nothing here.
    package static func noMethod(_ name: String) -> RPCError {
        RPCError(-32601, "the method \(name) does not exist/is not available")
    }
    /// Parameters that the method does not take.
    package static func parameters(_ message: String) -> RPCError { RPCError(-32602, message) }
    /// Anything that goes wrong while the method works.
    package static func failed(_ message: String) -> RPCError { RPCError(-32000, message) }
    /// State or a block that the node does not have.
    package static let headerNotFound = RPCError.failed("header not found")
    /// More than the node is willing to do.
    package static func limit(_ message: String) -> RPCError { RPCError(-32005, message) }
    /// Took too long.
    package static let timedOut = RPCError(-32002, "request timed out")
    /// An answer longer than allowed.
    package static let answerTooLarge = RPCError(-32003, "response too large")

    /// The member `error` of an answer.
    var value: JSONValue {
        var object = JSONObject()
        object.append("code", .integer(code))
        object.append("message", .string(message))
        if let data { object.append("data", data) }
        return .object(object)
    }
}
