#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the process takes from the machine; what cannot be found out is absent.
struct ProcessUsage: Codable, Equatable, Sendable {
    /// User and system time, in seconds.
    var cpuSeconds: Double
    /// Bytes in RAM.
    var residentBytes: UInt64?
    /// Bytes of address space.
    var virtualBytes: UInt64?
    var threads: Int?
    var openDescriptors: Int?
    var maximumDescriptors: Int?

    /// As it is now.
    static var now: ProcessUsage {
        var usage = rusage()
        getrusage(Self.ownUsage, &usage)
        var result = ProcessUsage(cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
        var limit = rlimit()
        if getrlimit(Self.descriptors, &limit) == 0 {
            result.maximumDescriptors = Int(clamping: limit.rlim_cur)
        }
        #if os(Linux)
        if let bytes = try? FileSystem.read("/proc/self/status", limit: 65_536) {
            result.readStatus(String(decoding: bytes, as: UTF8.self))
        }
        result.openDescriptors = entries("/proc/self/fd")
        #endif
        return result
    }

    /// Bytes in RAM of a process, of which those that it shares with others are counted in part
    /// (`Pss` in proc_pid_smaps_rollup(5)); `nil` where the system does not tell.
    static func proportionalBytes(of processID: Int32) -> UInt64? {
        let path = "/proc/\(processID)/smaps_rollup"
        guard let bytes = try? FileSystem.read(path, limit: 65_536) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count >= 2, parts[0] == "Pss:", let number = UInt64(parts[1]) {
                return number * 1024
            }
        }
        return nil
    }

    /// Takes the figures out of `/proc/PID/status` (proc(5)).
    mutating func readStatus(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard parts.count >= 2, let number = UInt64(parts[1]) else { continue }
            switch parts[0] {
            case "VmRSS:": residentBytes = number * 1024
            case "VmSize:": virtualBytes = number * 1024
            case "Threads:": threads = Int(clamping: number)
            default: continue
            }
        }
    }

    // Enumerations in one C library, numbers in the other.
    #if canImport(Glibc)
    private static let ownUsage = __rusage_who_t(RUSAGE_SELF.rawValue)
    private static let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let ownUsage = RUSAGE_SELF
    private static let descriptors = RLIMIT_NOFILE
    #endif

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }

    /// Entries of a directory, without the one that the look itself takes.
    private static func entries(_ path: String) -> Int? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return max(0, count - 3)
    }
}

extension ProcessUsage {
    /// As metrics, under the names that Prometheus's own clients use.
    func families(startedUnixSeconds: Double) -> [MetricFamily] {
        func gauge(_ name: String, _ value: (some BinaryInteger)?) -> MetricFamily? {
            value.map {
                MetricFamily(name, .gauge, help: MetricCatalogue.help(for: name), Double($0))
            }
        }
        let start = "process_start_time_seconds"
        let cpu = "process_cpu_seconds_total"
        let list = [
            MetricFamily(cpu, .counter, help: MetricCatalogue.help(for: cpu), cpuSeconds),
            gauge("process_resident_memory_bytes", residentBytes),
            gauge("process_virtual_memory_bytes", virtualBytes),
            gauge("process_open_fds", openDescriptors),
            gauge("process_max_fds", maximumDescriptors),
            gauge("process_threads", threads),
            MetricFamily(
                start, .gauge, help: MetricCatalogue.help(for: start), startedUnixSeconds),
        ]
        return list.compactMap(\.self)
    }
}
