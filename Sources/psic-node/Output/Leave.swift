#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Ends the process in order.
func leave(_ code: Int32) -> Never { exit(code) }

/// Ends the process at once: no handlers, nothing is flushed.
func leaveAtOnce(_ code: Int32) -> Never { _exit(code) }
