/// One number that a scenario found.
public struct Figure: Sendable, Hashable, Codable {
    /// What a value counts.
    public enum Unit: String, Sendable, Hashable, Codable {
        /// Hundredths of a whole.
        case percent = "%"
        /// Virtual seconds.
        case seconds = "s"
        /// Virtual milliseconds.
        case milliseconds = "ms"
        /// Things.
        case count = ""
        /// Steps of a lookup.
        case hops = "hops"
        /// Per message that was published.
        case perMessage = "/message"
        /// Per peer.
        case perPeer = "/peer"
        /// Binary megabytes.
        case mebibytes = "MiB"
        /// Milliseconds of computation for a second of one peer's life.
        case millisecondsPerPeerSecond = "ms/peer-s"
    }

    /// What was measured.
    public var name: String
    /// How much of it.
    public var value: Double
    /// Of what.
    public var unit: Unit
    /// What it should be; `nil` when it is told for information.
    public var target: FigureTarget?

    /// A figure.
    public init(_ name: String, _ value: Double, _ unit: Unit, _ target: FigureTarget? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.target = target
    }

    /// Whether the target is met; a figure without target is.
    public var isMet: Bool { target?.isMet(by: value) ?? true }
}

/// What a figure should be.
public struct FigureTarget: Sendable, Hashable, Codable {
    /// On which side of the bound a value should be.
    public enum Side: String, Sendable, Hashable, Codable {
        /// At the bound or above.
        case atLeast
        /// At the bound or below.
        case atMost
    }

    /// Which side is right.
    public var side: Side
    /// In the unit of the figure.
    public var bound: Double

    /// At least so much.
    public static func atLeast(_ bound: Double) -> FigureTarget {
        FigureTarget(side: .atLeast, bound: bound)
    }

    /// At most so much.
    public static func atMost(_ bound: Double) -> FigureTarget {
        FigureTarget(side: .atMost, bound: bound)
    }

    /// Whether a value is as it should be. What is not a number never is.
    public func isMet(by value: Double) -> Bool {
        switch side {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        }
    }
}
