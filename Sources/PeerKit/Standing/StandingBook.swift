import Metrics
import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The standing machine of a node, as every executor can ask it.
///
/// A fault is reported and a connection is judged where it happens, without waiting for the node's
/// own executor; what follows from it is handed to `perform`, which must not block.
final class StandingBook: Sendable {
    private let runtime: Runtime
    /// The lock guards one transition of the machine, which calls nobody.
    private let machine: NIOLockedValueBox<StandingMachine>
    /// Set once, before the first report. The lock guards the copy.
    private let perform = NIOLockedValueBox<(@Sendable ([StandingMachine.Action]) -> Void)?>(nil)
    private let faults: [PeerFault.Kind: Counter]

    init(
        runtime: Runtime, policy: StandingPolicy, limits: StandingLimits,
        metrics: any MetricsFactory
    ) {
        self.runtime = runtime
        machine = NIOLockedValueBox(
            StandingMachine(
                policy: policy, limits: limits, now: runtime.clock.now,
                unixMilliseconds: runtime.clock.unixNanoseconds / 1_000_000))
        faults = Dictionary(
            uniqueKeysWithValues: PeerFault.Kind.allCases.map { kind in
                let counter = Counter(
                    label: "psic_peer_faults_total", dimensions: [("kind", kind.rawValue)],
                    factory: metrics)
                return (kind, counter)
            })
    }

    /// Sets what is called with what follows from a fault, and with nothing at the first change
    /// since the book was last written.
    func onAction(_ body: @escaping @Sendable ([StandingMachine.Action]) -> Void) {
        perform.withLockedValue { $0 = body }
    }

    /// Counts a fault.
    func report(_ fault: PeerFault, by peer: PeerID) {
        faults[fault.kind]?.increment()
        let now = runtime.clock.now
        let (actions, isFirst) = machine.withLockedValue { machine in
            let hadUnwritten = machine.hasUnwritten
            return (machine.report(fault, by: peer, at: now), !hadUnwritten)
        }
        // A flood of faults costs the node's executor nothing but what follows from it.
        guard !actions.isEmpty || isFirst else { return }
        perform.withLockedValue { $0 }?(actions)
    }

    /// Asks or changes the machine.
    func use<T>(_ body: (inout StandingMachine, Instant) -> T) -> T {
        let now = runtime.clock.now
        return machine.withLockedValue { body(&$0, now) }
    }
}
