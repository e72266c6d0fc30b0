#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What this process has used of the machine so far.
struct ProcessUse: Sendable {
    /// Real seconds since some moment.
    var wallSeconds: Double
    /// Seconds of computation, on all threads.
    var cpuSeconds: Double
    /// Memory in use, in bytes.
    var residentBytes: UInt64
    /// The most memory in use at any time since the start or ``forgetPeak()``, in bytes.
    var peakBytes: UInt64

    /// The use up to now.
    static var now: ProcessUse {
        let status = readStatus()
        return ProcessUse(
            wallSeconds: seconds(CLOCK_MONOTONIC), cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID),
            residentBytes: status["VmRSS"] ?? 0, peakBytes: status["VmHWM"] ?? highWaterMark)
    }

    /// Lets the peak begin anew; where the system cannot, peaks are those of the whole process.
    static func forgetPeak() {
        #if os(Linux)
        let file = open("/proc/self/clear_refs", O_WRONLY)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = write(file, "5", 1)
        #endif
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The peak as every system tells it.
    private static var highWaterMark: UInt64 {
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return UInt64(max(0, usage.ru_maxrss))
        #else
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return UInt64(max(0, usage.ru_maxrss)) * 1024
        #endif
    }

    /// The lines of `/proc/self/status` that name an amount of memory, in bytes.
    private static func readStatus() -> [String: UInt64] {
        guard let file = fopen("/proc/self/status", "r") else { return [:] }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 8192)
        let count = fread(&text, 1, text.count, file)
        var found: [String: UInt64] = [:]
        for line in String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == ":" || $0 == "\t" || $0 == " " })
            guard fields.count == 3, fields[2] == "kB", let kibibytes = UInt64(fields[1]) else {
                continue
            }
            found[String(fields[0])] = kibibytes * 1024
        }
        return found
    }
}
