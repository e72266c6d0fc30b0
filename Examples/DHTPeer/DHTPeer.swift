// A peer of libp2p's distributed hash table in one file.
//
//   DHTPeer [--listen /ip4/127.0.0.1/tcp/0] [--bootstrap ADDR]…        serve until SIGTERM
//   DHTPeer find-peer|put|get|provide|find-providers … --bootstrap ADDR  ask once (Client.swift)

import ArgumentParser
import Logging
import PeerKit
import ServiceLifecycle

@main
struct DHTPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A peer of libp2p's distributed hash table, and a client for it.",
        subcommands: [
            Serve.self, FindPeer.self, Closest.self, Put.self, Get.self, Provide.self,
            FindProviders.self,
        ],
        defaultSubcommand: Serve.self)

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Serve until SIGTERM (default).")
        @Option(help: "Where to listen.") var listen = "/ip4/127.0.0.1/tcp/0"
        @OptionGroup var network: Network

        func run() async throws {
            Runtime.tuneAllocatorForThroughput()
            let table = Kademlia(try network.settings())
            var settings = PeerNodeConfiguration()
            settings.listenAddresses = [try Multiaddr(listen)]
            let node = try await PeerNode(identity: .generate(), configuration: settings) { table }
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

/// Which network, and how to enter it.
struct Network: ParsableArguments {
    @Option(help: "A peer to begin with: /ip4/ADDRESS/tcp/PORT/p2p/ID. May be repeated.")
    var bootstrap: [String] = []
    @Option(name: .customLong("protocol"), help: "The name of the table's protocol.")
    var protocolID: ProtocolID = "/ipfs/kad/1.0.0"
    @Option(help: "Take any value of this namespace of keys. May be repeated.")
    var accept: [String] = []

    func settings() throws -> Kademlia.Configuration {
        var settings = Kademlia.Configuration()
        settings.protocolID = protocolID
        settings.bootstrapPeers = try bootstrap.map { try Multiaddr($0) }
        // One peer is enough where there is no more than one.
        for namespace in accept { settings.validators[namespace] = UncheckedValidator() }
        // A table of its own for every process.
        settings.persists = false
        return settings
    }
}
