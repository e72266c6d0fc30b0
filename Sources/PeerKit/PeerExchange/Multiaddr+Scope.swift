extension Multiaddr {
    /// Whether somebody who comes from `asker` could have any use of the address: it is of no use
    /// to tell a peer on the internet of this machine's loopback, and it tells a stranger something.
    func makesSense(to asker: IPAddress?) -> Bool {
        guard tcpDialTarget != nil, let asker else { return false }
        // A DNS name means the same to everybody.
        guard let ipAddress else { return true }
        return AddressScope(ipAddress) >= AddressScope(asker)
    }
}
