import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// Where a service lives that is made before its node is: at home on the node's runtime from
/// `attach` on. Nothing calls the service before.
final class KademliaHome: Sendable {
    /// The lock guards the reference.
    private let box = NIOLockedValueBox<(any RuntimeExecutor)?>(nil)

    /// The executor; the live runtime's before there is another.
    var executor: any RuntimeExecutor {
        box.withLockedValue { $0 } ?? Runtime.live.executors.home
    }

    func move(to executor: any RuntimeExecutor) { box.withLockedValue { $0 = executor } }
}
