import NIOCore
import PeerKit
import Testing

/// The code of README.md, compiled with each build so that it stays true. The end-to-end tests run
/// the same calls.
enum Readme {
    static func peerKitInYourProgram() async throws {
        let node = try await PeerNode(identity: .generate()) {
            LANDiscovery()
        }
        await node.handle("/greet/1.0.0") { stream in
            try await stream.write(Array("hello, \(stream.remotePeer)".utf8))
        }

        let events = node.events()
        try await node.start()
        for await case .identified(let peer, let info) in events
        where info.protocols.contains("/greet/1.0.0") {
            let stream = try await node.newStream(to: peer, protocol: "/greet/1.0.0")
            let greeting = try await stream.readToEnd(limit: 1024)
            print(String(buffer: greeting))
            break
        }
        await node.stop()
    }

    static func tableAndTopics(peer: PeerID) async throws {
        let table = Kademlia()
        let gossip = GossipSub()
        let node = try await PeerNode(identity: .generate()) {
            LANDiscovery()
            table
            gossip
        }
        try await node.start()
        let found = try await table.findPeer(peer)
        print(found.addresses)
        let news = try await gossip.subscribe("news")
        for await message in news {
            print(message.data.count, "bytes of", message.from ?? message.receivedFrom)
        }
    }
}
