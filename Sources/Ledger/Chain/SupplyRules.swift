/// How many coins there are, and how they come to be.
///
/// Coins have 18 decimals. A genesis allocates up to `cap − reserve`; the reserve is released by
/// block rewards to each block's beneficiary, `initialReward` a block and half of that after every
/// `halvingInterval` blocks, *while the reserve lasts*.
///
/// The defaults are 21,000,000 in all, half of it reserve, 50 a block, halved every 210,000 blocks.
/// These numbers cannot all hold: 210,000 · 50 is 10,500,000, so the first era releases the whole
/// reserve, where the series without an end would release 21,000,000 on top of the allocation. The
/// cap wins: rewards end with block 210,000, and the halving matters only to chains that configure a
/// smaller reward or a larger reserve.
public struct SupplyRules: Hashable, Sendable {
    /// The most wei there can be.
    public var cap: UInt256
    /// Wei of the cap that rewards release.
    public var reserve: UInt256
    /// Wei of the first block's reward.
    public var initialReward: UInt256
    /// Blocks after which the reward halves; not 0.
    public var halvingInterval: UInt64

    /// 10¹⁸ wei.
    public static let coin: UInt256 = 1_000_000_000_000_000_000

    /// psic's rules.
    public static let standard = SupplyRules(
        cap: 21_000_000 &* coin, reserve: 10_500_000 &* coin, initialReward: 50 &* coin,
        halvingInterval: 210_000)

    /// All fields.
    public init(
        cap: UInt256, reserve: UInt256, initialReward: UInt256, halvingInterval: UInt64
    ) {
        self.cap = cap
        self.reserve = reserve
        self.initialReward = initialReward
        self.halvingInterval = halvingInterval
    }

    /// Wei that blocks up to and with this one have released. Nothing for the genesis, number 0.
    public func released(through number: UInt64) -> UInt256 {
        var sum = UInt256.zero
        var left = number
        var reward = initialReward
        // A reward of 256 bits is 0 after as many halvings.
        while left > 0, !reward.isZero, halvingInterval > 0 {
            let blocks = min(left, halvingInterval)
            guard let era = reward.multipliedExactly(by: UInt256(blocks)),
                let next = sum.addedExactly(era), next < reserve
            else { return reserve }
            sum = next
            left -= blocks
            reward = reward >> 1
        }
        return min(sum, reserve)
    }

    /// Wei that the beneficiary of a block gets.
    public func reward(of number: UInt64) -> UInt256 {
        guard number > 0 else { return .zero }
        return released(through: number) &- released(through: number - 1)
    }
}
