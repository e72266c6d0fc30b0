import ArgumentParser
import PeerKit

/// `psic-node peer book`.
struct PeerBookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "book", abstract: "Show the address book.",
        discussion: """
            SIGNED: the peer itself has signed its addresses. REACHED and FAILED count connections \
            and dials.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let book = try await ControlClient(home: session.home).call(
            ShowAddressBook(), timeout: session.timeout(default: .seconds(10)))
        session.print(book) {
            var table = TextTable([
                .init("PEER"), .init("SIGNED"), .init("REACHED", .right), .init("FAILED", .right),
            ])
            for entry in book.entries {
                table.add([
                    entry.peerID, entry.isCertified ? "yes" : "no", "\(entry.successes)",
                    "\(entry.failures)",
                ])
            }
            return table.lines
        }
    }
}
