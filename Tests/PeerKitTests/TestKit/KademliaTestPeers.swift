@testable import PeerKit

/// Peers that exist by name only, for machines.
enum KademliaTestPeers {
    /// `count` peers, the same for the same numbers in every run.
    static func make(_ count: Int, from first: Int = 0) -> [KademliaPeer] {
        (first..<(first + count)).compactMap { number in
            let digest = Multihash.sha256(of: Array("peer \(number)".utf8)).bytes
            return (try? PeerID(bytes: digest)).map {
                KademliaPeer(id: $0, addresses: [address(UInt16(truncatingIfNeeded: 1 + number))])
            }
        }
    }

    static func address(_ port: UInt16, host: IPv4Address = IPv4Address(10, 0, 0, 1)) -> Multiaddr {
        Multiaddr(ip: IPEndpoint(address: .v4(host), port: port), transport: .tcp)
    }
}
