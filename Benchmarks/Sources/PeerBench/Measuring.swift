import Foundation
import PeerKit

/// Seconds of a monotonic clock.
func wallSeconds() -> Double { seconds(of: CLOCK_MONOTONIC) }

/// CPU seconds, user and system, that this process has used.
func cpuSeconds() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

private func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// CPU seconds that another process has used, in steps of 10 ms; `nil` if it cannot be read.
///
/// The peer may be anybody's, so it is the kernel that is asked.
func cpuSeconds(ofProcess pid: Int32) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        // The name, the second field, may hold blanks and brackets.
        let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
        return nil
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// What a stretch of work took.
struct Cost {
    /// Wall clock.
    var seconds: Double
    /// CPU of this process.
    var cpu: Double
    /// CPU of the process at the other end, if its number is known.
    var peerCPU: Double?
}

/// Runs `body` and says what it took here and in the process `peer`.
func measure(peer: Int32?, _ body: () async throws -> Void) async throws -> Cost {
    let peerBefore = peer.flatMap(cpuSeconds(ofProcess:))
    let before = (wallSeconds(), cpuSeconds())
    try await body()
    let after = (wallSeconds(), cpuSeconds())
    let peerAfter = peer.flatMap(cpuSeconds(ofProcess:))
    return Cost(
        seconds: after.0 - before.0, cpu: after.1 - before.1,
        peerCPU: peerAfter.flatMap { end in peerBefore.map { end - $0 } })
}

/// Prints one JSON object on a line, at once, also into a pipe.
func report(_ facts: [String: any Encodable]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let fields = try facts.sorted { $0.key < $1.key }.map { key, value in
        "\"\(key)\":" + String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    print("{" + fields.joined(separator: ",") + "}")
    fflush(nil)
}

extension [Double] {
    /// The value below which the share `quantile` of a sorted list lies.
    func sortedValue(at quantile: Double) -> Double {
        isEmpty ? .nan : self[Swift.min(count - 1, Int(Double(count) * quantile))]
    }
}
