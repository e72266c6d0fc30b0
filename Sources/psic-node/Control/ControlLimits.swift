/// Every bound of the control protocol, with its reason.
struct ControlLimits: Sendable, Equatable {
    /// Bytes of one request; the longest has a topic's message of 1 MiB in base64.
    var maximumRequestBytes = 2 << 20
    /// Bytes of one reply as the client accepts it: a thousand rounds of fifty peers are 3 MB.
    var maximumReplyBytes = 16 << 20
    /// Clients at once: a watcher or two, a testnet that polls, and people.
    var maximumClients = 64
    /// Requests of one client that are worked on at once.
    var maximumRequestsPerClient = 8
    /// Pings asked for in one request.
    var maximumPings = 1000
    /// Pause between two of them.
    var maximumPingInterval = Duration.seconds(60)
    /// Seconds that a ban may last; longer ones have no end.
    var maximumBanSeconds = 1e9
    /// Providers asked for in one request.
    var maximumProviders = 1000
    /// Holders that may be asked to agree; a value has twenty.
    var maximumQuorum = 20
    /// Peers in one overview: more than a screen has lines.
    var maximumOverviewPeers = 200
    /// Rounds of history in one reply.
    var maximumHistory = 1000
}
