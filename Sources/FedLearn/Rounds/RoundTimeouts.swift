/// How patient the members of a task are.
public struct RoundTimeouts: Sendable, Hashable {
    /// How long a coordinator waits for updates of members that can be reached, once it has those
    /// of a majority.
    public var collect: Duration
    /// How long a member that cannot be reached is waited for, from when it was lost.
    public var grace: Duration
    /// How long members that have not been found yet are waited for before the first round.
    public var formation: Duration
    /// How long a coordinator that can be reached may take before the next ballot begins. Covers
    /// training and collecting; grows when every coordinator has had its turn.
    public var suspicion: Duration

    /// Timeouts.
    public init(
        collect: Duration = .seconds(10), grace: Duration = .seconds(1),
        formation: Duration = .seconds(10), suspicion: Duration = .seconds(20)
    ) {
        self.collect = collect
        self.grace = grace
        self.formation = formation
        self.suspicion = suspicion
    }
}
