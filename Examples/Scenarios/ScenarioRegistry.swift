/// All scenarios, by name.
public enum Scenarios {
    /// In the order in which they are listed and run.
    public static let all: [any Scenario.Type] = [
        Steady.self,
        QuietLookup.self, ChurnLookup.self, ByzantineLookup.self, Eclipse.self, SybilFlood.self,
        JoinStorm.self,
        GossipQuiet.self, GossipValidated.self, LossyLinks.self, GossipSybils.self, ColdBoot.self,
        CovertFlash.self,
        Degradation.self, Censorship.self, SlowPeers.self, ClockSkew.self,
        PartitionHeal.self, KillThird.self,
    ]

    /// The scenario called `name`.
    public static func named(_ name: String) -> (any Scenario.Type)? {
        all.first { $0.name == name }
    }
}
