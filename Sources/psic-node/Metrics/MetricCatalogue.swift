/// What each metric means; shown with it. Labels are told where they do not speak for themselves.
enum MetricCatalogue {
    /// The help text of a metric.
    static func help(for name: String) -> String {
        texts[name] ?? "Not described in this version."
    }

    /// By name.
    static let texts: [String: String] = [
        MetricRegistry.droppedName:
            "Series that were not kept, because of a bound or because their kind differed.",
        "process_cpu_seconds_total": "CPU time of the process, user and system.",
        "process_resident_memory_bytes": "Memory of the process that is in RAM.",
        "process_virtual_memory_bytes": "Address space of the process.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "File descriptors that may be open.",
        "process_threads": "Threads of the process.",
        "process_start_time_seconds": "When the process started, in seconds since 1970.",
        "psic_build_info": "Always 1; the version is a label.",
        "psic_uptime_seconds": "Time since the node began to listen.",
    ]
}
