import FuzzKit
import NIOCore

@testable import PeerKit

/// Pubsub RPCs: what is decoded is within its limits, encodes to what decodes to the same again, in one
/// piece or in many, and its signatures can be checked.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let limit = 64 + Int(input.integer(UInt16.self))
    var limits = GossipSubCodecLimits()
    if input.byte() & 1 == 0 { limits = small }
    guard
        var rpc = try? GossipSubCodec.decode(ByteBuffer(bytes: input.bytes), limits: limits)
    else { return 0 }
    check(rpc, limits)
    rpc.skipped = 0
    let bytes = GossipSubCodec.encode(rpc)
    precondition(
        must { try GossipSubCodec.decode(ByteBuffer(bytes: bytes), limits: .init()) } == rpc)
    for part in GossipSubCodec.encode(rpc, limit: limit) {
        precondition(part.count <= limit)
        let decoded = must { try GossipSubCodec.decode(ByteBuffer(bytes: part), limits: .init()) }
        precondition(decoded.skipped == 0 && !decoded.isEmpty)
    }
    for message in rpc.messages {
        _ = try? MessageSigning.verify(message, policy: .strictSign)
        _ = try? MessageSigning.verify(message, policy: .strictNoSign)
        precondition(SigningPolicy.strictNoSign.messageID(message).bytes.count == 32)
    }
    return 0
}

private func check(_ rpc: GossipRPC, _ limits: GossipSubCodecLimits) {
    precondition(rpc.subscriptions.count <= limits.maximumSubscriptions)
    precondition(rpc.messages.count <= limits.maximumMessages)
    precondition(rpc.graft.count + rpc.prune.count <= limits.maximumGraftsAndPrunes)
    let ids = rpc.have.flatMap(\.ids) + rpc.want + rpc.dontWant
    precondition(ids.count <= limits.maximumMessageIDs)
    precondition(
        ids.allSatisfy { (1...limits.maximumMessageIDByteCount).contains($0.bytes.count) })
    let topics =
        rpc.subscriptions.map(\.topic) + rpc.messages.map(\.topic) + rpc.have.map(\.topic)
        + rpc.graft + rpc.prune.map(\.topic)
    precondition(
        topics.allSatisfy { (1...limits.maximumTopicByteCount).contains($0.utf8.count) })
    for prune in rpc.prune {
        precondition(prune.peers.count <= limits.maximumExchangedPeers)
        precondition((prune.backoff ?? .zero) <= limits.maximumBackoff)
    }
}

private let small: GossipSubCodecLimits = {
    var limits = GossipSubCodecLimits()
    limits.maximumSubscriptions = 3
    limits.maximumMessages = 3
    limits.maximumMessageIDs = 6
    limits.maximumGraftsAndPrunes = 3
    limits.maximumHaves = 3
    limits.maximumExchangedPeers = 2
    limits.maximumTopicByteCount = 5
    limits.maximumMessageIDByteCount = 9
    limits.maximumOtherFieldsByteCount = 9
    return limits
}()
