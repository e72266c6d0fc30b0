import PeerKit

/// Whom a command is about: a multiaddr or a peer ID.
enum Target: Equatable, Sendable {
    case address(Multiaddr)
    case peer(PeerID)

    /// Reads what begins with `/` as a multiaddr, all else as a peer ID.
    init(_ text: String) throws(CommandError) {
        if text.hasPrefix("/") {
            do throws(MultiaddrError) {
                self = .address(try Multiaddr(text))
            } catch {
                throw CommandError(
                    .usage, "\"\(text)\" is not a multiaddr: \(error)",
                    hint: "for example /ip4/127.0.0.1/tcp/4901")
            }
            return
        }
        do throws(PeerIDError) {
            self = .peer(try PeerID(text))
        } catch {
            throw CommandError(
                .usage, "\"\(text)\" is neither a multiaddr nor a peer ID: \(error)",
                hint: "a multiaddr looks like /ip4/127.0.0.1/tcp/4901, a peer ID like 12D3Koo…")
        }
    }

    /// Reads a peer ID, where an address will not do; of `/…/p2p/ID` its ID.
    static func peer(_ text: String) throws(CommandError) -> PeerID {
        switch try Target(text) {
        case .peer(let peer): return peer
        case .address(let address):
            guard let peer = address.peerID else {
                throw CommandError(
                    .usage, "\"\(text)\" is an address that names no peer; expected a peer ID")
            }
            return peer
        }
    }
}
