import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension MulticastMembership {
    /// Lets a bound socket hear the group, and send to it through the interface only.
    func join(_ channel: any Channel) async throws {
        guard let member = channel as? any MulticastChannel,
            let options = channel as? any SocketOptionProvider
        else { throw NetworkError.system("this socket cannot join multicast groups") }
        let own = try SocketAddress(IPEndpoint(address: interface, port: 0))
        let device = try System.enumerateDevices().first { device in
            (device.address.flatMap { try? IPEndpoint($0).address }) == interface
        }
        guard let device, case .v4(let address) = own else {
            throw NetworkError.system("no IPv4 interface has the address \(interface)")
        }
        try await options.setIPMulticastIF(address.address.sin_addr).get()
        try await options.setIPMulticastLoop(1).get()
        // RFC 6762, §11: so that a receiver can tell that it comes from the link.
        try await options.setIPMulticastTTL(255).get()
        try await member.joinGroup(
            SocketAddress(IPEndpoint(address: group, port: 0)), device: device
        ).get()
    }
}
