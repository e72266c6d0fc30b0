/// What is spent in one scope.
public struct ResourceUsage: Sendable, Hashable, Codable {
    /// Bytes that remotes can make this side hold.
    public var memory = 0
    /// Streams that remotes have opened.
    public var inboundStreams = 0
    /// Streams that this side has opened.
    public var outboundStreams = 0
    /// Connections that remotes have opened.
    public var inboundConnections = 0
    /// Connections that this side has opened.
    public var outboundConnections = 0

    /// Nothing.
    public init() {}

    /// A connection.
    static func connection(_ direction: Direction) -> ResourceUsage {
        var usage = memory(ResourceLimits.connectionMemory)
        switch direction {
        case .inbound: usage.inboundConnections = 1
        case .outbound: usage.outboundConnections = 1
        }
        return usage
    }

    /// A stream with its first window.
    static func stream(_ direction: Direction) -> ResourceUsage {
        var usage = memory(ResourceLimits.streamMemory)
        switch direction {
        case .inbound: usage.inboundStreams = 1
        case .outbound: usage.outboundStreams = 1
        }
        return usage
    }

    /// Memory alone.
    static func memory(_ bytes: Int) -> ResourceUsage {
        var usage = ResourceUsage()
        usage.memory = bytes
        return usage
    }

    var isNothing: Bool { self == ResourceUsage() }

    static func += (a: inout ResourceUsage, b: ResourceUsage) {
        a.memory += b.memory
        a.inboundStreams += b.inboundStreams
        a.outboundStreams += b.outboundStreams
        a.inboundConnections += b.inboundConnections
        a.outboundConnections += b.outboundConnections
    }

    static func -= (a: inout ResourceUsage, b: ResourceUsage) {
        a.memory -= b.memory
        a.inboundStreams -= b.inboundStreams
        a.outboundStreams -= b.outboundStreams
        a.inboundConnections -= b.inboundConnections
        a.outboundConnections -= b.outboundConnections
    }

    /// The first limit that this would exceed.
    func excess(over limits: ResourceLimits.Scope) -> (name: String, value: Int)? {
        let checks: [(name: String, used: Int, limit: Int?)] = [
            ("memory", memory, limits.memory),
            ("inboundStreams", inboundStreams, limits.inboundStreams),
            ("outboundStreams", outboundStreams, limits.outboundStreams),
            ("inboundConnections", inboundConnections, limits.inboundConnections),
            ("outboundConnections", outboundConnections, limits.outboundConnections),
        ]
        for check in checks {
            if let limit = check.limit, check.used > limit { return (check.name, limit) }
        }
        return nil
    }
}

/// What a node spends at one moment.
public struct ResourceSnapshot: Sendable, Hashable, Codable {
    /// In all.
    public var system = ResourceUsage()
    /// By peer.
    public var peers: [PeerID: ResourceUsage] = [:]
    /// By protocol.
    public var protocols: [ProtocolID: ResourceUsage] = [:]
    /// How often each limit has refused something.
    public var refusals: [String: Int] = [:]

    /// Nothing.
    public init() {}
}
