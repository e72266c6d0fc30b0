import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A listening TCP socket, made before the node is composed, so that a port that is taken ends the
/// command before anything has begun.
struct HTTPSocket: Sendable {
    /// Who serves it owns it.
    let descriptor: Int32
    /// `http://127.0.0.1:9490`, with the port that it has got.
    let address: String
    /// Whether nobody but this machine can connect.
    let isLoopback: Bool

    /// Listens.
    ///
    /// - Parameter flags: What the user may change where that fails.
    init(
        listeningOn endpoint: NodeSettings.HTTPEndpoint,
        flags: String = "--http-port, --instance N, or --no-http"
    ) throws(CommandError) {
        let host = endpoint.address.description
        let what = "cannot listen on \(host), port \(endpoint.port), for HTTP"
        do throws(SystemFailure) {
            descriptor = try Self.open(host, endpoint.port, what)
            let port = try Self.port(of: descriptor, what)
            let name = host.contains(":") ? "[\(host)]" : host
            address = "http://\(name):\(port)"
        } catch {
            throw CommandError(
                .cannotBind, "\(error)",
                hint: "choose another port: \(flags)")
        }
        isLoopback = endpoint.address.isLoopback
    }

    private static func open(
        _ host: String, _ port: UInt16, _ what: String
    ) throws(SystemFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let list else {
            throw SystemFailure(operation: what, code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(list) }
        let info = list.pointee
        let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
        guard descriptor >= 0 else { throw .last(what) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0,
            systemListen(descriptor) == 0
        else {
            let failure = SystemFailure.last(what)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// The port that a socket has got.
    private static func port(
        of descriptor: Int32, _ what: String
    ) throws(SystemFailure) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isKnown else { throw .last(what) }
        // In IPv4 and IPv6 alike the port follows the family.
        return withUnsafeBytes(of: storage) { bytes in
            UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
    }

    private static func systemListen(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.listen(descriptor, 64)
        #else
        Darwin.listen(descriptor, 64)
        #endif
    }
}
