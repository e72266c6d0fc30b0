import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Loads a JSON-RPC port over keep-alive connections, one request at a time on each: one thread and
/// `poll`, so that the client takes little of what is measured.
struct HTTPLoad {
    let port: UInt16

    /// What a run found.
    struct Result: Codable {
        var connections = 0
        var requestsPerSecond = 0.0
        var p50Microseconds = 0.0
        var p99Microseconds = 0.0
        var p999Microseconds = 0.0
        var requests = 0
        /// CPU time of this client, as a part of the time: what it took from the server where cores
        /// are few.
        var clientCPU = 0.0
    }

    private struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    private struct Client {
        let descriptor: Int32
        var received: [UInt8] = []
        var sentAt = 0.0
    }

    /// Asks for a while; `bodies` in turn.
    func run(_ bodies: [String], connections: Int, seconds: Double) throws -> Result {
        let requests = bodies.map { body in
            Array(
                """
                POST / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n\
                Content-Length: \(body.utf8.count)\r\n\r\n\(body)
                """.utf8)
        }
        var clients = try (0..<connections).map { _ in Client(descriptor: try connect()) }
        defer { for client in clients { close(client.descriptor) } }
        var next = 0
        func send(_ index: Int) throws {
            let request = requests[next % requests.count]
            next += 1
            clients[index].sentAt = wallTime()
            let count = write(clients[index].descriptor, request, request.count)
            guard count == request.count else { throw Failed(description: "a short write") }
        }
        var latencies: [Double] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let (start, cpu) = (wallTime(), processTime())
        // Half a second to warm up, whose answers do not count.
        let (from, end) = (start + 0.5, start + 0.5 + seconds)
        var cpuFrom = cpu
        for index in clients.indices { try send(index) }
        var polled = clients.map {
            pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
        }
        var hasBegun = false
        while true {
            guard poll(&polled, nfds_t(polled.count), 5000) > 0 else {
                throw Failed(description: "no answer in five seconds")
            }
            let now = wallTime()
            if !hasBegun, now >= from { (hasBegun, cpuFrom) = (true, processTime()) }
            if now >= end { break }
            for index in polled.indices where polled[index].revents != 0 {
                let count = read(polled[index].fd, &buffer, buffer.count)
                guard count > 0 else { throw Failed(description: "the server has hung up") }
                clients[index].received += buffer[..<count]
                guard try isWhole(clients[index].received) else { continue }
                clients[index].received.removeAll(keepingCapacity: true)
                if clients[index].sentAt >= from {
                    latencies.append(wallTime() - clients[index].sentAt)
                }
                try send(index)
            }
        }
        latencies.sort()
        func percentile(_ part: Double) -> Double {
            latencies.isEmpty
                ? 0 : latencies[min(latencies.count - 1, Int(Double(latencies.count) * part))] * 1e6
        }
        return Result(
            connections: connections,
            requestsPerSecond: Double(latencies.count) / seconds,
            p50Microseconds: percentile(0.5), p99Microseconds: percentile(0.99),
            p999Microseconds: percentile(0.999), requests: latencies.count,
            clientCPU: (processTime() - cpuFrom) / seconds)
    }

    /// Asks once; answers the body.
    func ask(_ body: String) throws -> [String: Any] {
        let descriptor = try connect()
        defer { close(descriptor) }
        let bytes = Array(
            """
            POST / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failed(description: "a short write")
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while try !isWhole(received) {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw Failed(description: "the server has hung up") }
            received += buffer[..<count]
        }
        guard let end = Self.headEnd(of: received),
            let answer = try JSONSerialization.jsonObject(with: Data(received[end...]))
                as? [String: Any]
        else { throw Failed(description: "no JSON: \(String(decoding: received, as: UTF8.self))") }
        return answer
    }

    private static func headEnd(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...bytes.count - 4
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13
            && bytes[index + 3] == 10
        {
            return index + 4
        }
        return nil
    }

    /// Whether an answer is all there; throws for one that is none, or is an error.
    private func isWhole(_ bytes: [UInt8]) throws -> Bool {
        guard let end = Self.headEnd(of: bytes) else { return false }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        guard head.hasPrefix("http/1.1 200"), let at = head.range(of: "content-length: ") else {
            throw Failed(description: head)
        }
        guard let length = Int(head[at.upperBound...].prefix { $0.isNumber }) else {
            throw Failed(description: head)
        }
        guard bytes.count >= end + length else { return false }
        let body = String(decoding: bytes[end...], as: UTF8.self)
        guard body.contains("\"result\"") else { throw Failed(description: body) }
        return true
    }

    private func connect() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failed(description: "cannot connect to port \(port)") }
        var one: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}
