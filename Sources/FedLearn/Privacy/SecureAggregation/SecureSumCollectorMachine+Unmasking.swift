import Crypto
import PeerKit

/// Puts secrets together from revealed shares and takes their masks off a sum.
struct Unmasking {
    let group: SecureGroup
    let adverts: [Int: KeyAdvert]
    let revealed: [Int: [RevealedShare]]
    private(set) var total: [UInt32]
    /// Members whose shares were wrong.
    private(set) var reports: [SecureSumAction] = []

    /// Sets of shares that are tried for one secret before it is given up.
    static let maximumAttempts = 256

    init(
        group: SecureGroup, adverts: [Int: KeyAdvert], revealed: [Int: [RevealedShare]],
        total: [UInt32]
    ) {
        self.group = group
        self.adverts = adverts
        self.revealed = revealed
        self.total = total
    }

    /// - Returns: The member whose secret could not be had, `nil` when all masks are off.
    mutating func remove(contributors: [Int], survivors: [Int]) -> Int? {
        for owner in contributors {
            guard let advert = adverts[owner] else { return owner }
            if survivors.contains(owner) {
                let seed = secret(of: owner) {
                    ContentHash(hashing: $0) == advert.seedCommitment
                }
                guard let seed else { return owner }
                MaskStream.apply(
                    .subtract, key: SymmetricKey(data: seed), round: group.round, to: &total)
            } else {
                let secret = secret(of: owner) {
                    MaskKeyPair(secret: $0).publicKey == advert.maskKey
                }
                guard let secret else { return owner }
                let pair = MaskKeyPair(secret: secret)
                for other in survivors {
                    guard let key = adverts[other].flatMap({ pair.pairMaskKey(with: $0.maskKey) })
                    else { return owner }
                    // The survivor added the mask if the owner comes after it.
                    MaskStream.apply(
                        owner > other ? .subtract : .add, key: key, round: group.round, to: &total)
                }
            }
        }
        return nil
    }

    /// A secret that passes `isRight`, from any shares that give one.
    private mutating func secret(
        of owner: Int, isRight: ([UInt8]) -> Bool
    ) -> [UInt8]? {
        let shares = group.members.compactMap { holder -> Shamir.Share<BinaryField8>? in
            guard let position = group.position(of: holder),
                let share = revealed[holder]?.first(where: { $0.owner == owner })
            else { return nil }
            return Shamir.Share(member: position, bytes: share.bytes)
        }
        guard shares.count >= group.threshold else { return nil }
        var chosen = Array(0..<group.threshold)
        for _ in 0..<Self.maximumAttempts {
            let used = chosen.map { shares[$0] }
            let bytes = Shamir.interpolate(used, at: .zero).map(\.value)
            if isRight(bytes) {
                blame(shares, against: used)
                return bytes
            }
            guard Self.nextCombination(&chosen, of: shares.count) else { return nil }
        }
        return nil
    }

    private mutating func blame(
        _ shares: [Shamir.Share<BinaryField8>], against right: [Shamir.Share<BinaryField8>]
    ) {
        for share in shares
        where Shamir.interpolate(right, at: BinaryField8.point(share.member)) != share.values {
            let report = SecureSumAction.report(
                member: group.members[share.member], .wrongShare)
            if !reports.contains(report) { reports.append(report) }
        }
    }

    /// The next ascending choice of indices below `count`; false after the last.
    static func nextCombination(_ chosen: inout [Int], of count: Int) -> Bool {
        var index = chosen.count - 1
        while index >= 0, chosen[index] == count - chosen.count + index { index -= 1 }
        guard index >= 0 else { return false }
        chosen[index] += 1
        for later in chosen.indices.dropFirst(index + 1) { chosen[later] = chosen[later - 1] + 1 }
        return true
    }
}
