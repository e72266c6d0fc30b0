import ArgumentParser
import PeerKit

/// `psic-node id`.
struct IDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "id", abstract: "Print the peer ID of the home's identity.")

    /// The answer.
    struct Report: Codable, Equatable {
        var peerID: String
        var cid: String
        var home: String

        init(_ peerID: PeerID, home: NodeHome) {
            self.peerID = peerID.description
            cid = peerID.cidText
            self.home = home.path
        }
    }

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let session = try Session(global)
        let report = Report(try session.identity().peerID, home: session.home)
        session.print(report) { [report.peerID] }
    }
}
