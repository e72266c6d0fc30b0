import struct NIOCore.ByteBuffer

/// The network as a node sees it: byte streams, datagrams, names and interfaces.
public protocol Network: Sendable {
    /// Accepts streams on `endpoint` (port 0: any free port; address 0.0.0.0 or ::: every interface).
    ///
    /// `accept` is called on the new channel's executor; the channel reads nothing until it is
    /// started.
    func listen(
        on endpoint: IPEndpoint, accept: @escaping @Sendable (any TransportChannel) -> Void
    ) async throws(NetworkError) -> any NetworkListener

    /// Connects a stream to `endpoint`. Cancellable; throws `.timedOut` after `timeout`.
    func connect(
        to endpoint: IPEndpoint, timeout: Duration
    ) async throws(NetworkError) -> any TransportChannel

    /// Opens a datagram socket as `binding` says.
    func openDatagrams(_ binding: DatagramBinding) async throws(NetworkError) -> any DatagramSocket

    /// The addresses of a DNS name, IPv6 first, without duplicates.
    func resolve(_ name: String) async throws(NetworkError) -> [IPAddress]

    /// The machine's addresses.
    func interfaces() throws(NetworkError) -> [NetworkInterface]
}

/// A listening socket.
public protocol NetworkListener: Sendable {
    /// Where it listens, with the real port.
    var endpoint: IPEndpoint { get }
    /// Stops accepting; accepted channels live on.
    func close() async
}

/// A connected stream of bytes, TCP or simulated.
///
/// Every method must be called on `executor`, and the delegate is called on it: connection code is
/// synchronous and needs no hop.
public protocol TransportChannel: AnyObject, Sendable {
    /// Where the channel lives.
    var executor: any RuntimeExecutor { get }
    /// This side's address.
    var localEndpoint: IPEndpoint { get }
    /// The other side's address.
    var remoteEndpoint: IPEndpoint { get }
    /// Starts delivery to `delegate`, which the channel holds until it has closed.
    func start(_ delegate: any TransportChannelDelegate)
    /// Queues bytes; they leave with the next ``flush()``.
    func write(_ bytes: ByteBuffer)
    /// Sends what is queued.
    func flush()
    /// Whether the send queue is below its high-water mark.
    var isWritable: Bool { get }
    /// Stops or resumes reading: the back-pressure towards the sender.
    func setReading(_ isReading: Bool)
    /// Sends what is queued, then closes.
    func close()
    /// Closes at once; queued bytes are lost.
    func abort()
}

/// Receives a channel's events, on the channel's executor.
public protocol TransportChannelDelegate: AnyObject, Sendable {
    /// Bytes have come.
    func channelReceived(_ bytes: ByteBuffer)
    /// All bytes of this turn have been delivered: a good moment to flush.
    func channelReadCompleted()
    /// The send queue has drained below its mark.
    func channelBecameWritable()
    /// The channel is gone; nothing follows. `nil`: an orderly end by either side. A reset by the
    /// peer is an end too, as some peers close by resetting.
    func channelClosed(_ error: NetworkError?)
}

/// How to open a datagram socket.
public struct DatagramBinding: Sendable, Hashable {
    /// Address and port to bind.
    public var endpoint: IPEndpoint
    /// Whether several processes on one machine may share the port (each gets every broadcast).
    public var isShared: Bool
    /// Whether datagrams may be sent to broadcast addresses.
    public var allowsBroadcast: Bool

    /// A multicast group to hear and to send to, on one interface only.
    public var multicast: MulticastMembership?

    /// Describes a socket bound to `endpoint`.
    public init(
        endpoint: IPEndpoint, isShared: Bool = false, allowsBroadcast: Bool = false,
        multicast: MulticastMembership? = nil
    ) {
        self.endpoint = endpoint
        self.isShared = isShared
        self.allowsBroadcast = allowsBroadcast
        self.multicast = multicast
    }
}

/// A multicast group on one interface.
public struct MulticastMembership: Sendable, Hashable {
    /// The group's address, such as 224.0.0.251.
    public var group: IPAddress
    /// This machine's address on the interface through which the group is heard and sent to. What is
    /// sent is heard by the other members on this machine too.
    public var interface: IPAddress

    /// Membership in `group` on the interface that has the address `interface`.
    public init(group: IPAddress, interface: IPAddress) {
        self.group = group
        self.interface = interface
    }
}

/// One datagram as it came.
public struct Datagram: Sendable, Hashable {
    /// The content.
    public var payload: [UInt8]
    /// Who sent it (unauthenticated).
    public var source: IPEndpoint

    /// A datagram from `source`.
    public init(payload: [UInt8], source: IPEndpoint) {
        self.payload = payload
        self.source = source
    }
}

/// An open datagram socket.
public protocol DatagramSocket: Sendable {
    /// Where it is bound.
    var endpoint: IPEndpoint { get }
    /// What arrives. Bounded: when the reader lags, the newest are dropped. One reader.
    var datagrams: AsyncStream<Datagram> { get }
    /// Sends one datagram; it may be lost without notice.
    func send(_ payload: [UInt8], to destination: IPEndpoint) async throws(NetworkError)
    /// Closes the socket and ends ``datagrams``.
    func close() async
}

/// One address of one network interface.
public struct NetworkInterface: Sendable, Hashable {
    /// The system's name, as `eth0`.
    public var name: String
    /// The address.
    public var address: IPAddress
    /// The subnet's broadcast address, where there is one (127.255.255.255 on loopback).
    public var broadcast: IPAddress?

    /// Describes an interface's address.
    public init(name: String, address: IPAddress, broadcast: IPAddress?) {
        self.name = name
        self.address = address
        self.broadcast = broadcast
    }
}

/// What went wrong below the peer-to-peer protocols.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another socket has the port.
    case addressInUse(IPEndpoint)
    /// The address is not one of this machine, or the port needs more rights.
    case cannotBind(IPEndpoint, reason: String)
    /// Nobody listens there.
    case refused(IPEndpoint)
    /// No route, or the network is down.
    case unreachable(IPEndpoint, reason: String)
    /// No answer within the time allowed.
    case timedOut(IPEndpoint)
    /// The other side reset the connection.
    case reset
    /// The name has no address.
    case unresolved(String)
    /// Closed or cancelled on this side.
    case closed
    /// Anything else the system reported.
    case system(String)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .addressInUse(let endpoint): "address \(endpoint) is already in use"
        case .cannotBind(let endpoint, let reason): "cannot bind \(endpoint): \(reason)"
        case .refused(let endpoint): "connection to \(endpoint) refused: nobody listens there"
        case .unreachable(let endpoint, let reason): "\(endpoint) is unreachable: \(reason)"
        case .timedOut(let endpoint): "no answer from \(endpoint) in time"
        case .reset: "connection reset by the remote peer"
        case .unresolved(let name): "the name \(name) has no address"
        case .closed: "closed"
        case .system(let reason): reason
        }
    }
}
