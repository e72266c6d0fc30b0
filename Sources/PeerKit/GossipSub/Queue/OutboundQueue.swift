import Collections
import struct NIOCore.ByteBuffer

/// Encoded RPCs that wait to be sent to one peer, in two lanes: control goes first and is never
/// dropped alone, of messages and gossip the oldest are dropped when the peer is too slow.
///
/// A frame is an RPC with its length in front, as it is written. Frames are shared with the queues of
/// other peers, so that a message to six of them is made and held once.
struct OutboundQueue: Sendable {
    private var control: Deque<ByteBuffer> = []
    private var data: Deque<(id: MessageID?, frame: ByteBuffer)> = []
    private(set) var controlByteCount = 0
    private(set) var dataByteCount = 0
    private let limits: GossipSubLimits
    /// Frames dropped.
    private(set) var droppedCount = 0

    init(limits: GossipSubLimits) { self.limits = limits }

    var isEmpty: Bool { control.isEmpty && data.isEmpty }
    var count: Int { control.count + data.count }

    /// Queues control.
    ///
    /// - Returns: `false` when the lane is full: the peer has not read for so long that its stream
    ///   must be opened anew.
    mutating func pushControl(_ frame: ByteBuffer) -> Bool {
        let count = frame.readableBytes
        guard controlByteCount + count <= limits.maximumQueuedControlBytes || control.isEmpty
        else { return false }
        control.append(frame)
        controlByteCount += count
        return true
    }

    /// Queues a message, or gossip without an ID, at the cost of the oldest.
    mutating func pushData(_ frame: ByteBuffer, id: MessageID? = nil) {
        data.append((id, frame))
        dataByteCount += frame.readableBytes
        while data.count > 1,
            dataByteCount > limits.maximumQueuedDataBytes
                || data.count > limits.maximumQueuedDataFrames
        {
            if let oldest = data.popFirst() {
                dataByteCount -= oldest.frame.readableBytes
                droppedCount += 1
            }
        }
    }

    /// Takes a message out that the peer does not want any more; whether it was there.
    ///
    /// - Complexity: O(frames that wait), which are none as long as the peer keeps up.
    mutating func withdraw(_ id: MessageID) -> Bool {
        guard let index = data.firstIndex(where: { $0.id == id }) else { return false }
        dataByteCount -= data.remove(at: index).frame.readableBytes
        return true
    }

    /// Takes the next frames, as many as fit into `limit` bytes but at least one.
    ///
    /// - Returns: Their bytes, one behind the other; a single frame as it is, shared; `nil` when
    ///   nothing waits.
    mutating func next(upTo limit: Int) -> ByteBuffer? {
        guard var bytes = popFirst() else { return nil }
        while let frame = control.first ?? data.first?.frame,
            bytes.readableBytes + frame.readableBytes <= limit, let next = popFirst()
        {
            bytes.writeImmutableBuffer(next)
        }
        return bytes
    }

    private mutating func popFirst() -> ByteBuffer? {
        if let frame = control.popFirst() {
            controlByteCount -= frame.readableBytes
            return frame
        }
        guard let (_, frame) = data.popFirst() else { return nil }
        dataByteCount -= frame.readableBytes
        return frame
    }

    /// Drops everything: the stream is gone, and what it had carried with it.
    mutating func removeAll() {
        droppedCount += data.count
        control.removeAll()
        data.removeAll()
        controlByteCount = 0
        dataByteCount = 0
    }
}
