#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes the listening Unix socket, readable and writable by its owner only.
enum ControlSocket {
    /// Listens on `path`. A socket that a node left there when it was killed is replaced: the
    /// caller holds the home's lock, so nobody listens on it.
    ///
    /// - Returns: The descriptor, which the caller owns.
    static func listen(on path: ControlSocketPath) throws(CommandError) -> Int32 {
        try path.prepare()
        do throws(SystemFailure) {
            return try open(path.path)
        } catch {
            throw CommandError(.cannotBind, "\(error)")
        }
    }

    private static func open(_ path: String) throws(SystemFailure) -> Int32 {
        switch try FileSystem.kind(of: path) {
        case .other: unlink(path)
        case .absent: break
        case .file, .directory:
            throw SystemFailure(operation: "\(path) is in the way of the socket", code: EEXIST)
        }
        let descriptor = makeSocket()
        guard descriptor >= 0 else { throw .last("cannot make a socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // On Linux the file that `bind` makes takes the mode of the socket, so there is no moment
        // in which others could connect; elsewhere `chmod` follows at once.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fchmod(descriptor, 0o600)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0
            }
        }
        guard isBound, chmod(path, 0o600) == 0, Self.listen(descriptor) else {
            let failure = SystemFailure.last("cannot listen on \(path)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func listen(_ descriptor: Int32) -> Bool {
        #if canImport(Glibc)
        Glibc.listen(descriptor, 64) == 0
        #else
        Darwin.listen(descriptor, 64) == 0
        #endif
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
        socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
    }
}
