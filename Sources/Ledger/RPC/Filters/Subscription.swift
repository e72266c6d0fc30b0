/// What a connection wants to be told of (`eth_subscribe`).
enum Subscription: Sendable {
    case newHeads
    case logs(LogFilter)
    /// - Parameter full: Whether transactions are told whole.
    case pendingTransactions(full: Bool)
    /// Nothing ever comes of it: the node is never behind itself.
    case syncing
}
