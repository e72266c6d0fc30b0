#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Whether a file can still grow.
enum FreeSpace {
    /// Less room than this is none: more than what a database writes in one call.
    static let least: UInt64 = 1 << 20

    /// Whether the file system, or the process's limit of a file's size, has next to no room left
    /// for an open file. What cannot be found out counts as room.
    static func isUsedUp(for descriptor: Int32) -> Bool {
        var system = statvfs()
        if fstatvfs(descriptor, &system) == 0,
            UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
                .partialValue < least
        {
            return true
        }
        var limit = rlimit()
        var file = stat()
        #if canImport(Darwin)
        let resource = RLIMIT_FSIZE
        #else
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        #endif
        guard getrlimit(resource, &limit) == 0, fstat(descriptor, &file) == 0 else { return false }
        let size = UInt64(max(0, file.st_size))
        return UInt64(limit.rlim_cur) < size.addingReportingOverflow(least).partialValue
    }
}
