import Logging
import PeerKit
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs a node until a signal, the end of standard input, or its own failure.
struct Supervisor: Sendable {
    /// How long a node may take to stop.
    static let stopTimeout = Duration.seconds(10)

    let log: Logger
    /// Whether the end of standard input ends the node: its parent has gone.
    let endsWithInput: Bool

    /// Returns when the node has stopped in order; throws when it failed.
    func run(_ node: any Service) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: node, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            ], logger: log)
        configuration.maximumGracefulShutdownDuration = Self.stopTimeout
        let group = ServiceGroup(configuration: configuration)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var isStopping = false
                for await signal in signals {
                    if isStopping { leaveAtOnce(128 + signal.rawValue) }
                    isStopping = true
                    await group.triggerGracefulShutdown()
                }
                try await Self.untilCancelled()
            }
            if endsWithInput {
                tasks.addTask {
                    await StandardInput.ended()
                    await group.triggerGracefulShutdown()
                    try await Self.untilCancelled()
                }
            }
            defer { tasks.cancelAll() }
            // Only the node's end ends the command: it comes first, the others wait for it.
            try await tasks.next()
        }
    }

    private static func untilCancelled() async throws {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

/// What comes in, of which only the end matters.
enum StandardInput {
    /// Waits for the end of standard input, or for cancellation.
    static func ended() async {
        while !hasEnded() {
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }

    private static func hasEnded() -> Bool {
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 0) > 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        return count == 0
    }
}
