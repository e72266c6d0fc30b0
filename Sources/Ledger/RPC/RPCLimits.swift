import PeerKit

/// Every bound of the JSON-RPC server, with its reason.
public struct RPCLimits: Sendable, Equatable {
    /// Connections at once, over HTTP and WebSocket: browsers open 6 each, libraries a pool of 10.
    public var maximumConnections = 256
    /// Bytes of a request's headers: browsers with cookies stay below 8 KiB.
    public var maximumHeaderBytes = 16_384
    /// Bytes of a body; geth's limit, and a batch of a hundred deployments.
    public var maximumBodyBytes = 5 << 20
    /// Bytes of a WebSocket message, put together from its frames.
    public var maximumMessageBytes = 5 << 20
    /// Requests in a batch; geth's limit. ethers sends 100.
    public var maximumBatch = 1000
    /// Bytes of an answer, and of a batch's answers together; geth's limit.
    public var maximumAnswerBytes = 25_000_000
    /// From the beginning of a connection, or the answer before, to the end of a request; geth keeps
    /// idle connections as long.
    public var requestTimeout = Duration.seconds(120)
    /// Without a sign of life a WebSocket is pinged, and closed after as long again.
    public var keepAlive = Duration.seconds(60)
    /// What a client that does not read may leave unread before its connection is closed.
    public var maximumUnsentBytes = 32 << 20

    /// Gas of a call that changes nothing; geth's `RPCGasCap`.
    public var callGas: UInt64 = 50_000_000
    /// Time of a call, an estimate or a trace in all; geth's `RPCEVMTimeout`.
    public var executionTime = Duration.seconds(5)
    /// Calls that run at once; they take a processor each.
    public var concurrentExecutions = 2
    /// Calls that wait for their turn.
    public var queuedExecutions = 256
    /// Steps of a trace; each is some 300 bytes of the answer.
    public var maximumTraceSteps = 100_000
    /// Calls inside a traced transaction.
    public var maximumTracedCalls = 100_000

    /// Blocks of one search for logs.
    public var maximumLogBlocks: UInt64 = 10_000
    /// Logs of one answer, as providers of public nodes have it.
    public var maximumLogs = 10_000
    /// Addresses or alternatives of a topic in one search.
    public var maximumLogAlternatives = 1024
    /// Storage slots of one proof.
    public var maximumProofSlots = 1024
    /// Blocks of `eth_feeHistory`; geth's limit.
    public var maximumFeeHistory: UInt64 = 1024
    /// Percentiles of `eth_feeHistory`; geth's limit.
    public var maximumPercentiles = 100
    /// Blocks of `eth_simulateV1`, those that fill gaps included; geth's limit.
    public var maximumSimulatedBlocks: UInt64 = 256
    /// Calls of `eth_simulateV1` in all: what the gas of a call pays for at least.
    public var maximumSimulatedCalls = 2380
    /// Accounts in a set of overrides, and slots of all of them.
    public var maximumOverrides = 100_000

    /// Filters at once, of all clients.
    public var maximumFilters = 1024
    /// A filter that nobody asks goes; geth's five minutes.
    public var filterLifetime = Duration.seconds(300)
    /// Hashes that wait in a filter of pending transactions; the oldest go.
    public var maximumFilterBacklog = 4096
    /// Subscriptions of one connection.
    public var maximumSubscriptions = 128
    /// How long `eth_sendRawTransactionSync` waits at most.
    public var maximumSyncWait = Duration.seconds(60)

    /// The defaults.
    public init() {}
}
