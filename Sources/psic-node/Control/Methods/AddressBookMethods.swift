import PeerKit

/// `peer.book`: the address book.
struct ShowAddressBook: ControlMethod, Equatable {
    static let name = "peer.book"
    typealias Answer = AddressBookView
}

/// The answer to `peer.book`.
struct AddressBookView: Codable, Equatable, Sendable {
    var entries: [AddressBookListing]
}

/// What the node remembers of its peers.
struct AddressBookMethods: ControlArea {
    let addressBook: AddressBook?

    func register(in registry: inout ControlRegistry) {
        registry.answer(ShowAddressBook.self) { _ in
            guard let addressBook else {
                throw CommandError(
                    .failure, "the node runs without an address book",
                    hint: "run it without --no-address-book")
            }
            return AddressBookView(entries: await addressBook.entries())
        }
    }
}
