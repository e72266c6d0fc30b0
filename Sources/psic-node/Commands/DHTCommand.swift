import ArgumentParser
import Ledger
import PeerKit

/// `psic-node dht …`.
struct DHTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dht", abstract: "Find and store things in the DHT through the running node.",
        discussion: """
            A KEY is NAME, a signed record of the node's own; PEERID/NAME, that of another; \
            /pk/PEERID, a public key; or 0x and the bytes of any key.
            """,
        subcommands: [
            DHTFindPeerCommand.self, DHTGetCommand.self, DHTPutCommand.self,
            DHTProvideCommand.self, DHTProvidersCommand.self, DHTTableCommand.self,
            DHTWalkCommand.self,
        ])

    /// What a look-up may take if nothing else is said: several rounds of time-outs.
    static let patience = Duration.seconds(60)
}

/// `psic-node dht find-peer PEERID`.
struct DHTFindPeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-peer", abstract: "Find out where a peer is.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The peer's ID.")
    var peer: String

    func run() async throws {
        let session = try Session(global)
        _ = try Target.peer(peer)
        let found = try await ControlClient(home: session.home).call(
            FindPeer(peer: peer), timeout: session.timeout(default: DHTCommand.patience))
        session.print(found) {
            found.addresses + [found.isReached ? "connected" : "not verified", found.lookup.line]
        }
    }
}

/// `psic-node dht get KEY`.
struct DHTGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print the best value under a key.",
        discussion: """
            Text is printed as it is, other bytes as 0x and hexadecimal digits; how the value was \
            found goes to standard error.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "NAME, PEERID/NAME, /pk/PEERID or 0x and bytes.")
    var key: String

    @Option(help: "Holders that must agree; 0: all that can be asked.")
    var quorum: Int?

    func run() async throws {
        let session = try Session(global)
        _ = try DHTKey(key)
        let found = try await ControlClient(home: session.home).call(
            GetValue(key: key, quorum: quorum),
            timeout: session.timeout(default: DHTCommand.patience))
        session.print(found) { [found.value.shown] }
        if session.format == .text {
            let number = found.sequence.map { ", number \($0)" } ?? ""
            Output.notice("\(found.agreeing) holders agree\(number); \(found.lookup.line)")
        }
    }
}

/// `psic-node dht put KEY [VALUE]`.
struct DHTPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Store a value under a key.",
        discussion: """
            Under a NAME the node signs the value, so that nobody else can change it, and stores \
            it again by itself. The node's own /pk/PEERID needs no value.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "NAME, the node's own /pk/PEERID, or 0x and bytes.")
    var key: String

    @Argument(help: "The value: text, or 0x and bytes.")
    var value: String?

    func run() async throws {
        let session = try Session(global)
        _ = try DHTKey(key)
        let bytes = value.map { Base64Bytes(Hexadecimal.prefixed($0) ?? Array($0.utf8)) }
        let stored = try await ControlClient(home: session.home).call(
            PutValue(key: key, value: bytes),
            timeout: session.timeout(default: DHTCommand.patience))
        session.print(stored) { stored.lines("stored with") }
    }
}

/// `psic-node dht provide CID`.
struct DHTProvideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provide", abstract: "Announce that the node has a content.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The content's CID.")
    var cid: String

    func run() async throws {
        let session = try Session(global)
        let told = try await ControlClient(home: session.home).call(
            ProvideContent(cid: cid), timeout: session.timeout(default: DHTCommand.patience))
        session.print(told) { told.lines("announced to") }
    }
}

/// `psic-node dht providers CID`.
struct DHTProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List who has a content.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The content's CID.")
    var cid: String

    @Option(help: "At most so many, 1 to 1000.")
    var limit = 20

    func run() async throws {
        let session = try Session(global)
        let found = try await ControlClient(home: session.home).call(
            FindProviders(cid: cid, limit: limit),
            timeout: session.timeout(default: DHTCommand.patience))
        session.print(found) { found.lines }
        guard !found.peers.isEmpty else {
            throw CommandError(.noPeers, "nobody is known to have \(cid)", isReported: true)
        }
    }
}

/// `psic-node dht table`.
struct DHTTableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Show the routing table.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let table = try await ControlClient(home: session.home).call(
            ShowTable(), timeout: session.timeout(default: .seconds(10)))
        session.print(table) { table.lines }
    }
}

/// `psic-node dht walk [TARGET]`.
struct DHTWalkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk", abstract: "List the peers nearest to a place in the DHT.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A peer ID, a CID, or 0x and bytes; without it, a random place.")
    var target: String?

    func run() async throws {
        let session = try Session(global)
        let found = try await ControlClient(home: session.home).call(
            WalkDHT(target: target), timeout: session.timeout(default: DHTCommand.patience))
        session.print(found) { found.lines }
    }
}

extension NearPeers {
    /// A line for each peer and each of its addresses, then how they were found.
    var lines: [String] {
        peers.flatMap { peer in [peer.peerID] + peer.addresses.map { "  \($0)" } } + [lookup.line]
    }
}

extension StoredValue {
    /// Who has it, and how they were found.
    fileprivate func lines(_ verb: String) -> [String] {
        ["\(key) \(verb) \(holders.count) peers"] + holders.map { "  \($0)" } + [lookup.line]
    }
}
