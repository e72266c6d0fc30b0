import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension SocketAddress {
    /// The system's form of `endpoint`.
    init(_ endpoint: IPEndpoint) throws {
        try self.init(
            packedIPAddress: ByteBuffer(bytes: endpoint.address.bytes), port: Int(endpoint.port))
    }
}

extension IPEndpoint {
    /// Reads a socket's address; IPv4 addresses mapped into IPv6 become IPv4.
    init(_ address: SocketAddress?) throws(NetworkError) {
        let bytes: [UInt8]
        let port: Int
        switch address {
        case .v4(let v4):
            bytes = withUnsafeBytes(of: v4.address.sin_addr) { Array($0) }
            port = Int(UInt16(bigEndian: v4.address.sin_port))
        case .v6(let v6):
            bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
            port = Int(UInt16(bigEndian: v6.address.sin6_port))
        case .unixDomainSocket, nil:
            throw .closed
        }
        guard let ip = IPAddress(bytes: bytes) else { throw .closed }
        self.init(address: ip.unmapped, port: UInt16(truncatingIfNeeded: port))
    }
}

extension NetworkError {
    /// The failure of a bind.
    static func binding(_ endpoint: IPEndpoint, _ error: any Error) -> NetworkError {
        if let error = error as? NetworkError { return error }
        guard let error = error as? IOError else { return .system("\(error)") }
        if error.errnoCode == EADDRINUSE { return .addressInUse(endpoint) }
        return .cannotBind(endpoint, reason: error.reason)
    }

    /// The failure of a connect or a send.
    static func connecting(_ endpoint: IPEndpoint, _ error: any Error) -> NetworkError {
        switch error {
        case let error as NetworkError: return error
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return .refused(endpoint)
            case ECONNRESET, EPIPE: return .reset
            case ETIMEDOUT: return .timedOut(endpoint)
            default: return .unreachable(endpoint, reason: error.reason)
            }
        case ChannelError.connectTimeout: return .timedOut(endpoint)
        case is ChannelError, is CancellationError: return .closed
        default: return .system("\(error)")
        }
    }
}

extension IOError {
    /// The system's word for the error, without NIO's wrapping.
    var reason: String { strerror(errnoCode).map { String(cString: $0) } ?? "error \(errnoCode)" }
}
