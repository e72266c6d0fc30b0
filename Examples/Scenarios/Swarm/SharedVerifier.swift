import Collections
import struct NIOConcurrencyHelpers.NIOLockedValueBox
import PeerKit

/// Verifies each signature once for all peers of the process.
///
/// The first peer that asks pays for the real verification; a thousand others get its answer. What a
/// simulation is to show does not depend on who computes it, what it costs does: see the scenarios'
/// README.
final class SharedVerifier: MessageVerifier {
    /// What decides whether a signature holds: all of it, so that no two questions share an answer.
    private struct Question: Hashable {
        var signer: PublicKey
        var signature: [UInt8]
        var content: [UInt8]
    }

    private static let capacity = 4096
    private let answers = NIOLockedValueBox<OrderedDictionary<Question, Bool>>([:])

    func isValid(_ signature: [UInt8], for content: [UInt8], by signer: PublicKey) -> Bool {
        let question = Question(signer: signer, signature: signature, content: content)
        if let known = answers.withLockedValue({ $0[question] }) { return known }
        let answer = signer.isValidSignature(signature, for: content)
        answers.withLockedValue { answers in
            answers[question] = answer
            if answers.count > Self.capacity { answers.removeFirst(Self.capacity / 4) }
        }
        return answer
    }
}
