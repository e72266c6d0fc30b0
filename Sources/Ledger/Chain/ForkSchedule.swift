/// From when on which rules hold. Cancun's hold from the start.
public struct ForkSchedule: Hashable, Sendable {
    /// The timestamp from which Prague's rules hold; `nil` for never.
    public var pragueTime: UInt64?

    /// - Parameter pragueTime: A timestamp, 0 for from the start.
    public init(pragueTime: UInt64? = nil) { self.pragueTime = pragueTime }

    /// The rules of blocks with a timestamp.
    public func fork(at timestamp: UInt64) -> Fork {
        if let pragueTime, timestamp >= pragueTime { return .prague }
        return .cancun
    }
}
