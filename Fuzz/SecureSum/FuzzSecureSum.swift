import FedLearn
import FuzzKit
import PeerKit

/// Messages about a secure sum: decoded, encoded again, and told to a member and a collector.
///
/// The input is a sequence of blocks; each is decoded and handed to one of the machines as coming from
/// a member of the group, a stranger or the collector.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let group = must {
        try SecureGroup(
            round: 1, members: [0, 1, 2, 3], byzantine: 0, wordCount: 4,
            beacon: ContentHash(hashing: []))
    }
    var generator = SecureGenerator(key: [UInt8](repeating: 1, count: 32))
    var member = must {
        try SecureSumMemberMachine(
            group: group, member: 0, vector: [1, 2, 3, 4], using: &generator)
    }
    var collector = SecureSumCollectorMachine(group: group)
    _ = member.start(at: .zero)
    _ = collector.start(at: .zero)
    var now = Instant.zero
    while !input.isEmpty {
        let target = input.choice(of: 4)
        let sender = input.choice(of: 6)
        guard let bytes = input.segment(),
            let (id, message) = try? SecureSumCodec.decode(bytes, wordLimit: 4)
        else { continue }
        precondition(SecureSumCodec.encode(message, group: id) == bytes, "\(message)")
        var actions: [SecureSumAction] = []
        switch target {
        case 0: actions = member.receive(message, from: sender)
        case 1: actions = member.receiveFromCollector(message)
        case 2: actions = collector.receive(message, from: sender, at: now)
        default:
            now = now.advanced(by: .seconds(6))
            actions = member.tick(at: now) + collector.tick(at: now)
        }
        // Whatever a machine says can be written and read.
        for case .send(let said, _) in actions {
            let written = SecureSumCodec.encode(said, group: group.id)
            precondition(must { try SecureSumCodec.decode(written) }.message == said)
        }
    }
    return 0
}
