import Collections
import struct NIOConcurrencyHelpers.NIOLockedValueBox
import PeerKit

/// Checks each message once for all peers of the process.
///
/// The first peer that asks pays for the real check; a thousand others get its answer. What a
/// simulation is to show does not depend on who computes it; what it costs does, and the README says
/// so.
final class SharedVerifier: MessageVerifier {
    /// What decides over a message: all of it, so that no two questions share an answer.
    private struct Question: Hashable {
        var message: PubSubMessage
        var policy: SigningPolicy

        // A signature differs between any two messages that are not equal; the whole would be costly.
        func hash(into hasher: inout Hasher) { hasher.combine(message.signature) }
    }

    private static let capacity = 1024
    private let verifier = SignatureVerifier()
    /// The lock is for the compiler: a simulation has one thread.
    private let answers = NIOLockedValueBox<OrderedDictionary<Question, MessageFault?>>([:])

    func fault(of message: PubSubMessage, under policy: SigningPolicy) -> MessageFault? {
        let question = Question(message: message, policy: policy)
        if let known = answers.withLockedValue({ $0[question] }) { return known }
        let answer = verifier.fault(of: message, under: policy)
        answers.withLockedValue { answers in
            answers.updateValue(answer, forKey: question)
            if answers.count > Self.capacity { answers.removeFirst(Self.capacity / 4) }
        }
        return answer
    }
}
