import NIOConcurrencyHelpers
import NIOCore

@testable import PeerKit

/// Accepts connections and never says a word.
struct SilentPeer: Sendable {
    let endpoint: IPEndpoint

    /// Listens on `port` of the place.
    init(_ place: SimulatedNode, port: UInt16 = 4901) async throws {
        endpoint = IPEndpoint(address: place.address, port: port)
        _ = try await place.runtime.network.listen(on: endpoint) { $0.start(Deaf()) }
    }
}

/// Accepts connections and answers with random bytes.
struct GarbagePeer: Sendable {
    let endpoint: IPEndpoint

    /// Listens on `port` of the place; every connection gets `count` bytes.
    init(_ place: SimulatedNode, port: UInt16 = 4901, count: Int = 4096) async throws {
        endpoint = IPEndpoint(address: place.address, port: port)
        let random = place.runtime.random
        _ = try await place.runtime.network.listen(on: endpoint) { channel in
            channel.start(Deaf())
            channel.write(ByteBuffer(bytes: random.bytes(count)))
            channel.flush()
        }
    }
}

/// Dials and says nothing: holds the other side's handshakes open.
struct SilentDialer: Sendable {
    let place: SimulatedNode

    /// Opens `count` connections and keeps them.
    func dial(_ endpoint: IPEndpoint, count: Int) async throws {
        for _ in 0..<count {
            let channel = try? await place.runtime.network.connect(
                to: endpoint, timeout: .seconds(10))
            guard let channel else { continue }
            channel.executor.execute { channel.start(Deaf()) }
        }
    }
}

/// Hears nothing.
private final class Deaf: TransportChannelDelegate {
    func channelReceived(_ bytes: ByteBuffer) {}
    func channelReadCompleted() {}
    func channelBecameWritable() {}
    func channelClosed(_ error: NetworkError?) {}
}

/// A secured connection with no muxer above the cipher: says whatever it is told to.
///
/// Makes an honest handshake and then speaks yamux frames by hand. It answers nothing by itself,
/// not even pings.
final class BareConnection: TransportChannelDelegate {
    private struct State {
        var upgrade: UpgradeMachine?
        var session: NoiseSession?
        var ciphertext = ByteBuffer()
        var plaintext = ByteBuffer()
        var isClosed = false
        var waiter: CheckedContinuation<Bool, Never>?
    }

    let channel: any TransportChannel
    private let state: NIOLockedValueBox<State>

    private init(_ channel: any TransportChannel, _ upgrade: UpgradeMachine) {
        self.channel = channel
        state = NIOLockedValueBox(State(upgrade: upgrade))
    }

    /// Dials and makes the handshake.
    static func dial(
        _ endpoint: IPEndpoint, from place: SimulatedNode, as number: UInt64
    ) async throws -> BareConnection {
        let channel = try await place.runtime.network.connect(to: endpoint, timeout: .seconds(10))
        let noise = try NoiseHandshakeMachine.dialer(number, on: place.runtime)
        var upgrade = try UpgradeMachine(direction: .outbound, noise: noise)
        let first = upgrade.start()
        let connection = BareConnection(channel, upgrade)
        let stands = await withCheckedContinuation { continuation in
            connection.state.withLockedValue { $0.waiter = continuation }
            channel.executor.execute {
                channel.start(connection)
                channel.write(first)
                channel.flush()
            }
        }
        guard stands else { throw NetworkError.closed }
        return connection
    }

    var isClosed: Bool { state.withLockedValue { $0.isClosed } }
    /// Everything that has come after the handshake.
    var received: ByteBuffer { state.withLockedValue { $0.plaintext } }

    /// Seals and sends frames.
    func send(_ plaintext: ByteBuffer) {
        channel.executor.execute {
            guard !self.isClosed else { return }
            var plaintext = plaintext
            var sealed = ByteBuffer()
            self.state.withLockedValue { try? $0.session?.seal(&plaintext, into: &sealed) }
            self.channel.write(sealed)
            self.channel.flush()
        }
    }

    /// Breaks the connection off.
    func abort() { channel.executor.execute { self.channel.abort() } }

    func channelReceived(_ bytes: ByteBuffer) {
        typealias Outcome = (
            reply: ByteBuffer?, waiter: CheckedContinuation<Bool, Never>?, stands: Bool
        )
        let (reply, waiter, stands) = state.withLockedValue { state -> Outcome in
            state.ciphertext.discardReadBytes()
            state.ciphertext.writeImmutableBuffer(bytes)
            guard state.session == nil else {
                _ = try? state.session?.open(&state.ciphertext, into: &state.plaintext)
                return (nil, nil, true)
            }
            guard let step = try? state.upgrade?.receive(&state.ciphertext) else {
                defer { state.waiter = nil }
                return (nil, state.waiter, false)
            }
            switch step {
            case .needMore(let reply): return (reply, nil, false)
            case .finished(let reply, let upgraded, let rest):
                state.session = upgraded.session
                state.plaintext = rest
                defer { state.waiter = nil }
                return (reply, state.waiter, true)
            }
        }
        if let reply {
            channel.write(reply)
            channel.flush()
        }
        waiter?.resume(returning: stands)
    }

    func channelReadCompleted() {}
    func channelBecameWritable() {}

    func channelClosed(_ error: NetworkError?) {
        let waiter = state.withLockedValue { state in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }
}

extension NoiseHandshakeMachine {
    /// The handshake of the peer with a number, as the one who dials.
    static func dialer(_ number: UInt64, on runtime: Runtime) throws -> NoiseHandshakeMachine {
        let key = try Ed25519PrivateKey.numbered(number)
        let staticKey = NoiseStaticKey(seed: runtime.random.bytes(32))
        return NoiseHandshakeMachine(
            role: .initiator, staticKey: staticKey, ephemeralSeed: runtime.random.bytes(32),
            payload: NoiseSignedPayload(
                identityKey: key.publicKey.protobuf,
                signature: key.signature(
                    for: NoiseSignedPayload.bytesToSign(for: staticKey.publicKey))),
            muxers: [UpgradeMachine.muxer])
    }
}

extension ByteBuffer {
    /// A yamux frame by hand.
    mutating func writeFrame(
        _ type: YamuxFrameType, _ flags: YamuxFlags, _ stream: UInt32, _ payload: [UInt8] = []
    ) {
        YamuxHeader(
            type: type, flags: flags, streamID: YamuxStreamID(rawValue: stream),
            length: UInt32(payload.count)
        ).write(into: &self)
        writeBytes(payload)
    }

    /// What a lazy dialer sends first on a stream: the negotiation of `name`.
    static func proposal(of name: ProtocolID) throws -> [UInt8] {
        Array(try MultistreamDialer(protocols: [name]).start().readableBytesView)
    }
}

/// Opens streams without end and does nothing with them.
struct Flooder: Sendable {
    let connection: BareConnection

    /// Opens `count` streams, a hundred in each message.
    func open(_ count: Int) {
        var frames = ByteBuffer()
        for number in 0..<count {
            frames.writeFrame(.windowUpdate, .syn, UInt32(1 + 2 * number))
            if number % 100 == 99 {
                connection.send(frames)
                frames.clear()
            }
        }
        connection.send(frames)
    }
}

/// Opens streams to a real protocol and keeps them, never reading, writing or ending them.
struct StreamHoarder: Sendable {
    let connection: BareConnection

    /// Opens `count` streams to `name`, from the one numbered `first`.
    func open(_ count: Int, to name: ProtocolID, from first: Int = 0) throws {
        let proposal = try ByteBuffer.proposal(of: name)
        for number in first..<(first + count) {
            var frames = ByteBuffer()
            frames.writeFrame(.windowUpdate, .syn, UInt32(1 + 2 * number))
            frames.writeFrame(.data, [], UInt32(1 + 2 * number), proposal)
            connection.send(frames)
        }
    }
}

/// Asks for data on a stream and never gives the window to send more than the first of it.
struct SlowReader: Sendable {
    let connection: BareConnection

    /// Asks `name` on stream `number`; what it sends is taken off the network and never credited.
    func ask(_ name: ProtocolID, on number: UInt32) throws {
        var frames = ByteBuffer()
        frames.writeFrame(.windowUpdate, .syn, number)
        frames.writeFrame(.data, [], number, try ByteBuffer.proposal(of: name))
        connection.send(frames)
    }
}

/// Broadcasts validly signed beacons that name somebody else's address.
struct AddressLiar: Sendable {
    let place: SimulatedNode
    let key: Ed25519PrivateKey

    /// Sends `count` beacons that all say "dial `victim`".
    func announce(
        _ victim: Multiaddr, count: Int, network: String = "psic", port: UInt16 = 4902
    ) async throws {
        let broadcast = IPAddress.v4(IPv4Address(10, 255, 255, 255))
        let socket = try await place.runtime.network.openDatagrams(
            DatagramBinding(
                endpoint: IPEndpoint(address: broadcast, port: port), isShared: true,
                allowsBroadcast: true))
        let clock = place.runtime.clock
        for _ in 0..<count {
            let beacon = Beacon(
                network: network, peerID: key.publicKey.peerID, addresses: [victim],
                sequence: clock.unixNanoseconds, expiry: clock.unixNanoseconds / 1_000_000 + 10_000)
            let datagram = try await BeaconCodec.seal(beacon, by: key)
            try await socket.send(datagram, to: IPEndpoint(address: broadcast, port: port))
            try await place.runtime.sleep(for: .milliseconds(200))
        }
        await socket.close()
    }
}
