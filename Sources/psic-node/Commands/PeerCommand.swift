import ArgumentParser
import PeerKit

/// `psic-node peer …`.
struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Look at and connect the peers of the running node.",
        subcommands: [
            PeerListCommand.self, PeerConnectCommand.self, PeerDisconnectCommand.self,
            PeerBanCommand.self, PeerPardonCommand.self, PeerBansCommand.self,
            PeerScoreCommand.self, PeerBookCommand.self,
        ])
}

/// `psic-node peer list`.
struct PeerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the peers that the running node knows.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "More columns than fit on 80 characters.")
    var wide = false

    func run() async throws {
        let session = try Session(global)
        let list = try await ControlClient(home: session.home).call(
            ListPeers(), timeout: session.timeout(default: .seconds(10)))
        session.print(list) { Self.table(list.peers, isWide: wide).lines }
    }

    static func table(_ peers: [PeerEntry], isWide: Bool) -> TextTable {
        let narrow: [TextTable.Column] = [.init("PEER"), .init("STATE"), .init("RTT", .right)]
        let rest: [TextTable.Column] = [
            .init("SENT", .right), .init("RECEIVED", .right), .init("STANDING", .right),
            .init("AGENT"), .init("ADDRESS"),
        ]
        var table = TextTable(isWide ? narrow + rest : narrow)
        for peer in peers {
            table.add([
                peer.peerID, peer.isConnected ? "connected" : "known",
                peer.roundTripMilliseconds.map { Figures.fixed($0, digits: 2) + " ms" } ?? "-",
                Figures.bytes(peer.bytesSent), Figures.bytes(peer.bytesReceived),
                peer.standing.map { Figures.fixed($0, digits: 1) } ?? "-", peer.agent ?? "-",
                peer.addresses.first ?? "-",
            ])
        }
        return table
    }
}

/// `psic-node peer connect TARGET`.
struct PeerConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Connect the running node to a peer.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A multiaddr, or the ID of a peer that the node knows.")
    var target: String

    func run() async throws {
        let session = try Session(global)
        // Refused here, before a node is asked.
        _ = try Target(target)
        let peer = try await ControlClient(home: session.home).call(
            ConnectPeer(target: target), timeout: session.timeout(default: .seconds(30)))
        session.print(peer) { ["connected to \(peer.peerID)"] }
    }
}

/// `psic-node peer disconnect PEERID`.
struct PeerDisconnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect", abstract: "Close every connection with a peer.",
        discussion: "Nothing keeps the two from connecting again: see peer ban.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The peer's ID.")
    var peer: String

    func run() async throws {
        let session = try Session(global)
        _ = try Target.peer(peer)
        let done = try await ControlClient(home: session.home).call(
            DisconnectPeer(peer: peer), timeout: session.timeout(default: .seconds(10)))
        session.print(done) { ["closed \(done.connections) connections with \(done.peerID)"] }
    }
}
