import Collections
import PeerKit

/// A pubsub peer that takes places in others' meshes and passes on what it pleases.
///
/// It speaks enough of GossipSub 1.1 to look like a peer: it subscribes, grafts, acknowledges grafts
/// by keeping quiet, and forwards messages as long as its ``Conduct`` lets it. It keeps no score,
/// heeds no back-off unless told to, and never prunes.
///
/// The attacks are those that the GossipSub 1.1 evaluation published (Vyzovitis et al. 2020,
/// "GossipSub: Attack-Resilient Message Propagation in the Filecoin and ETH2.0 Networks", §5):
/// see the conducts.
public actor GossipSaboteur: PeerService {
    /// What a saboteur does.
    public struct Conduct: Sendable, Hashable {
        /// Whether it passes messages on.
        public var forwards = false
        /// The author whose messages it swallows even while it passes on others'.
        public var censors: PeerID?
        /// Whether it asks again for a place in a mesh as soon as it was pruned, back-off or not.
        public var insists = false
        /// Message IDs that it claims to have, each second, and never gives.
        public var falseClaims = 0
        /// IWANT: what it claims to need, each second, of everything it has heard of.
        public var requests = 0

        /// Takes places and drops everything. Sybils that do so from the beginning of the network
        /// make a *cold boot* attack.
        public static let silent = Conduct()
        /// Behaves, as sybils do in a *covert flash* attack until they have earned a score.
        public static let covert = Conduct(forwards: true)
        /// Drops everything, insists on its places, breaks promises and asks for more than it
        /// needs: *network degradation*.
        public static let degrading = Conduct(insists: true, falseClaims: 20, requests: 50)
        /// Passes on everything but what one author says.
        public static func censoring(_ author: PeerID) -> Conduct {
            Conduct(forwards: true, censors: author)
        }

        init(
            forwards: Bool = false, censors: PeerID? = nil, insists: Bool = false,
            falseClaims: Int = 0, requests: Int = 0
        ) {
            self.forwards = forwards
            self.censors = censors
            self.insists = insists
            self.falseClaims = falseClaims
            self.requests = requests
        }
    }

    private static let protocolID: ProtocolID = "/meshsub/1.1.0"

    /// For logs and errors.
    public nonisolated let name = "saboteur"
    private nonisolated let executor: any RuntimeExecutor
    /// The node's own executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private let runtime: Runtime
    private let topic: String
    private var conduct: Conduct
    private let tasks = TaskScope()
    /// Streams of our own, by peer: writing only.
    private var outbound = OrderedDictionary<PeerID, PeerStream>()
    /// Peers that count us among their mesh.
    private var mesh = OrderedSet<PeerID>()
    /// When each may be grafted again.
    private var backoff: [PeerID: Instant] = [:]
    /// IDs of messages heard of, the oldest first; forwarded once.
    private var seen = OrderedSet<[UInt8]>()
    /// Messages that reached it, for the figures.
    private(set) var received = 0
    /// Messages it passed on.
    private(set) var forwarded = 0

    /// A saboteur of one topic.
    public init(of topic: String, _ conduct: Conduct, on runtime: Runtime) {
        self.topic = topic
        self.conduct = conduct
        self.runtime = runtime
        executor = runtime.executors.home
    }

    /// How many meshes it is in, as far as it knows.
    public var places: Int { mesh.count }

    /// Changes what it does from now on.
    public func turn(_ conduct: Conduct) { self.conduct = conduct }

    /// Serves the protocol.
    public func attach(to node: PeerNode) async throws {
        await node.handle(Self.protocolID) { [weak self] stream in
            while let message = await stream.nextMessage() {
                await self?.receive(message, from: stream.remotePeer)
            }
            await self?.lost(stream.remotePeer)
        }
    }

    /// Greets every peer that speaks the protocol, and keeps asking for places.
    public func run(on node: PeerNode) async throws {
        defer { tasks.cancel() }
        tasks.start(on: executor) { [weak self, runtime] in
            while (try? await runtime.sleep(for: .seconds(1))) != nil { await self?.beat() }
        }
        for await event in node.events() {
            switch event {
            case .identified(let peer, let info) where info.protocols.contains(Self.protocolID):
                await greet(peer, on: node)
            case .disconnected(let peer, _):
                lost(peer)
            default: break
            }
        }
        tasks.cancel()
        await tasks.drained()
    }

    private func greet(_ peer: PeerID, on node: PeerNode) async {
        guard outbound[peer] == nil,
            let stream = try? await node.newStream(to: peer, protocol: Self.protocolID),
            outbound[peer] == nil
        else { return }
        outbound[peer] = stream
        var hello = WireMessage()
        hello.add(1) {
            $0.add(1, number: 1)
            $0.add(2, topic.utf8)
        }
        send(hello, to: peer)
        graft(peer)
    }

    private func graft(_ peer: PeerID) {
        var rpc = WireMessage()
        rpc.add(3) { $0.add(3) { $0.add(1, topic.utf8) } }
        mesh.append(peer)
        send(rpc, to: peer)
    }

    private func lost(_ peer: PeerID) {
        outbound[peer] = nil
        mesh.remove(peer)
    }

    /// Once a second.
    private func beat() {
        let now = executor.now
        for peer in outbound.keys where !mesh.contains(peer) {
            if conduct.insists || backoff[peer].map({ $0 <= now }) ?? true { graft(peer) }
        }
        guard conduct.falseClaims > 0 || conduct.requests > 0 else { return }
        for peer in outbound.keys {
            var rpc = WireMessage()
            rpc.add(3) { control in
                control.add(1) { have in
                    have.add(1, topic.utf8)
                    for _ in 0..<conduct.falseClaims { have.add(2, runtime.random.bytes(46)) }
                }
                control.add(2) { want in
                    for id in seen.suffix(conduct.requests) { want.add(1, id) }
                }
            }
            send(rpc, to: peer)
        }
    }

    private func receive(_ rpc: [UInt8], from peer: PeerID) {
        for (field, value) in WireMessage.fields(of: rpc) {
            guard case .bytes(let bytes) = value else { continue }
            if field == 2 { receiveMessage(bytes, from: peer) }
            if field == 3 { receiveControl(bytes, from: peer) }
        }
    }

    private func receiveMessage(_ message: [UInt8], from peer: PeerID) {
        received += 1
        let author = WireMessage.all(1, of: message).first ?? []
        let id = author + (WireMessage.all(3, of: message).first ?? [])
        guard seen.append(id).inserted else { return }
        if seen.count > 4096 { seen.removeFirst(1024) }
        guard conduct.forwards, conduct.censors?.bytes != author else { return }
        var rpc = WireMessage()
        rpc.add(2, message)
        for other in mesh where other != peer {
            forwarded += 1
            send(rpc, to: other)
        }
    }

    private func receiveControl(_ control: [UInt8], from peer: PeerID) {
        for graft in WireMessage.all(3, of: control)
        where WireMessage.all(1, of: graft).first == Array(topic.utf8) {
            mesh.append(peer)
        }
        for prune in WireMessage.all(4, of: control)
        where WireMessage.all(1, of: prune).first == Array(topic.utf8) {
            mesh.remove(peer)
            // Every back-off of the specification is at most a minute.
            backoff[peer] = executor.now.advanced(by: .seconds(61))
        }
    }

    private func send(_ rpc: WireMessage, to peer: PeerID) {
        guard let stream = outbound[peer] else { return }
        tasks.start(on: executor) { [weak self] in
            do { try await stream.writeMessage(rpc.bytes) } catch { await self?.lost(peer) }
        }
    }
}
