/// Checks that messages are from whom they say.
///
/// Called off the router's own executor, from several at once. A simulation of many nodes may hand
/// in one that remembers its answers, as all its nodes check the same messages.
public protocol MessageVerifier: Sendable {
    /// What is wrong with a message; `nil` when it holds.
    func fault(of message: PubSubMessage, under policy: SigningPolicy) -> MessageFault?
}

/// Checks the signature of each message.
public struct SignatureVerifier: MessageVerifier {
    /// A verifier without memory.
    public init() {}

    /// What is wrong with a message; `nil` when it holds.
    public func fault(of message: PubSubMessage, under policy: SigningPolicy) -> MessageFault? {
        do throws(MessageFault) {
            try MessageSigning.verify(message, policy: policy)
            return nil
        } catch {
            return error
        }
    }
}
