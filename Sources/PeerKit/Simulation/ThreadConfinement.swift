import struct NIOConcurrencyHelpers.NIOLockedValueBox
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The thread that a simulation belongs to, and the record of everybody else who touched it.
///
/// A simulation has no locks: all of it is confined to the one thread that drives it. This class
/// and ``Confined`` are the proof that the compiler cannot give.
final class ThreadOwner: Sendable {
    private let thread: Atomic<UInt>
    private let hasViolations = Atomic<Bool>(false)
    /// Written by foreign threads, so locked; bounded, as one runaway task could fill it.
    private let violations = NIOLockedValueBox<[SimulationFailure.Violation]>([])
    private static let maximumViolations = 16

    /// The calling thread becomes the owner.
    init() { thread = Atomic(currentThread()) }

    /// Whether the caller runs on the owner's thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == currentThread() }

    /// Makes the calling thread the owner. Only while nobody drives the simulation.
    func claim() { thread.store(currentThread(), ordering: .relaxed) }

    /// Whether a rule was broken since the simulation was made.
    var isViolated: Bool { hasViolations.load(ordering: .relaxed) }

    /// What was broken, in the order noticed.
    var recorded: [SimulationFailure.Violation] { violations.withLockedValue { $0 } }

    /// Records a broken rule; the run fails at its next step.
    func report(_ violation: SimulationFailure.Violation) {
        if trapsOnViolation { preconditionFailure("simulation: \(violation)") }
        violations.withLockedValue { list in
            if list.count < Self.maximumViolations { list.append(violation) }
        }
        hasViolations.store(true, ordering: .releasing)
    }

    /// Waits in real time for a violation that another thread is about to report. Only a run that
    /// has failed already comes here.
    func awaitViolation(for duration: Duration) {
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        var remaining = duration.wholeNanoseconds / 1_000_000
        while remaining > 0, !isViolated {
            nanosleep(&pause, nil)
            remaining -= 1
        }
    }
}

/// Set `PSIC_SIMULATION_TRAP=1` to stop the process where a rule is broken: the backtrace shows who.
private let trapsOnViolation = environmentValue("PSIC_SIMULATION_TRAP") != nil

/// The calling thread, as a number that no other living thread has.
@inline(__always) private func currentThread() -> UInt {
    #if canImport(Darwin)
    return UInt(bitPattern: pthread_self())
    #elseif canImport(Musl)
    return UInt(bitPattern: pthread_self())
    #else
    return UInt(pthread_self())
    #endif
}

/// The value of an environment variable.
func environmentValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// A reference to an object that one thread may use and any thread may hold.
///
/// `@unchecked Sendable` is sound because the object can only be reached through ``own(_:)`` and
/// ``object``, and both answer on the owner's thread alone; elsewhere the first yields `nil` and
/// reports an escape, the second traps. What other threads can do, copy and drop the reference,
/// touches its atomic count only. The owner changes hands only while nothing runs
/// (``ThreadOwner/claim()``), and the handing over of the simulation itself orders the memory.
struct Confined<Object: AnyObject>: @unchecked Sendable {
    let owner: ThreadOwner
    private let confined: Object

    init(_ object: Object, to owner: ThreadOwner) {
        self.owner = owner
        self.confined = object
    }

    /// The object on the owner's thread; `nil` elsewhere, which is reported as an escape.
    func own(_ operation: @autoclosure () -> String) -> Object? {
        if owner.isCurrent { return confined }
        owner.report(.escape(operation()))
        return nil
    }

    /// The object; must be called on the owner's thread.
    var object: Object {
        precondition(
            owner.isCurrent,
            """
            a simulation was used from another thread than the one that drives it; do everything \
            with it inside the body given to Simulation.run
            """)
        return confined
    }

    /// The object, for a `deinit` that holds the last reference.
    var last: Object { confined }
}
