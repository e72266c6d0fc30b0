// An agent of your own in one file: it serves /echo/1.0.0 to any libp2p peer.
//
//   EchoPeer [--listen /ip4/127.0.0.1/tcp/0]     serve until SIGTERM
//   EchoPeer dial ADDR --bytes N                 be the client (Client.swift)

import ArgumentParser
import Logging
import PeerKit
import ServiceLifecycle

/// Sends back whatever comes, until the other side has finished.
struct Echo: PeerService {
    static let protocolID: ProtocolID = "/echo/1.0.0"
    let name = "echo"

    func attach(to node: PeerNode) async throws {
        await node.handle(Self.protocolID) { stream in
            while let bytes = try await stream.read() { try await stream.write(bytes) }
        }
    }
}

@main
struct EchoPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A peer that serves /echo/1.0.0, and a client for it.",
        subcommands: [Serve.self, Dial.self, Identify.self, Ping.self],
        defaultSubcommand: Serve.self)

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Serve until SIGTERM (default).")
        @Option(help: "Where to listen.") var listen = "/ip4/127.0.0.1/tcp/0"

        func run() async throws {
            Runtime.tuneAllocatorForThroughput()
            var settings = PeerNodeConfiguration()
            settings.listenAddresses = [try Multiaddr(listen)]
            let node = try await PeerNode(identity: .generate(), configuration: settings) { Echo() }
            let events = node.events()
            let announcer = Task {
                for await case .listening(let address) in events { printNow("\(address)") }
            }
            let group = ServiceGroup(
                services: [node], gracefulShutdownSignals: [.sigterm, .sigint], logger: node.log)
            try await group.run()
            await announcer.value
        }
    }
}
