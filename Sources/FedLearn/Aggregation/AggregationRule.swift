/// Combines the members' updates into one.
///
/// A rule is a pure function: equal contributions give equal bits on every machine, in whatever order
/// they arrive and on however many threads they are combined, as members compare hashes of the
/// result. It knows neither rounds nor transport. Contributions that are not finite or not possible
/// are left out and named before any rule sees them (``Admission``).
///
/// Rules differ in what they must know of whole vectors before they can work on a part of the
/// coordinates, and that decides how peers can share the work; see ``Stage``. A new rule conforms to
/// one of ``SumRule``, ``GeometryRule`` and ``CoordinateRule``, never to this protocol alone.
public protocol AggregationRule: Sendable {
    /// A stable name for task definitions and reports.
    var name: String { get }

    /// The rule as one of three kinds.
    var stage: Stage { get }

    /// Takes note of a round's result, for rules that remember; others ignore it.
    mutating func remember(_ aggregate: Aggregate)
}

/// What a rule needs to know of whole vectors.
public enum Stage: Sendable {
    /// Nothing but the weights: sums suffice, so that the rule also works under secure aggregation.
    case sums(any SumRule)
    /// The distances between updates: a small matrix that the owners of chunks add up, from which
    /// everybody derives the same coefficients.
    case geometry(any GeometryRule)
    /// Nothing: every coordinate is treated alone.
    case coordinates(any CoordinateRule)
}

/// A rule whose result is a sum of the updates with factors that depend on their weights only.
public protocol SumRule: AggregationRule {
    /// The factor of each update.
    ///
    /// - Parameter weights: Of the admitted contributions, in roster order; not negative.
    func coefficients(weights: [Int]) throws(AggregationError) -> [Double]
}

/// A rule that decides by the distances between updates.
public protocol GeometryRule: AggregationRule {
    /// Points besides the updates whose distances matter, such as the previous aggregate.
    var references: [[Float]] { get }

    /// The sets of coordinates to measure distances in; by default all coordinates, once.
    func regions(dimension: Int) -> [CoordinateRegion]

    /// What to do with the updates, decided from one matrix of distances per region.
    ///
    /// - Parameters:
    ///   - geometries: One per region; never empty, as there is at least one region.
    ///   - candidates: Who sent the updates, in the geometry's order, and how many were not admitted.
    func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan
}

/// A rule that treats every coordinate alone.
public protocol CoordinateRule: AggregationRule {
    /// What to compute from the values of `count` updates.
    func statistic(count: Int) throws(AggregationError) -> ColumnStatistic
}

/// Who stands behind an update that a rule decides about.
public struct Candidate: Hashable, Sendable {
    /// The member's index in the roster.
    public let member: Int
    /// The update's weight as the member claims it; not negative.
    public let exampleCount: Int

    /// Creates a candidate.
    public init(member: Int, exampleCount: Int) {
        self.member = member
        self.exampleCount = exampleCount
    }
}

/// The senders of a round's updates.
public struct Candidates: Hashable, Sendable {
    /// Those whose updates may be combined, in roster order.
    public let admitted: [Candidate]
    /// How many others sent what no honest member sends. They are faulty beyond doubt, so that a rule need
    /// not look for them among the rest.
    public let rejectedCount: Int

    /// How many faults may still be among the admitted, of `maximumFaults` in all.
    ///
    /// Without that, three senders of NaN among ten could keep a rule that needs 2f + 3 updates from
    /// having a result.
    public func remainingFaults(of maximumFaults: Int) -> Int {
        maximumFaults < 0 ? maximumFaults : max(0, maximumFaults - rejectedCount)
    }

    /// Creates the list.
    public init(admitted: [Candidate], rejectedCount: Int) {
        self.admitted = admitted
        self.rejectedCount = rejectedCount
    }
}

/// Coordinates in which distances are measured.
public enum CoordinateRegion: Hashable, Sendable {
    /// Every coordinate.
    case everything
    /// These, ascending.
    case some([Int])
}

extension AggregationRule {
    /// Forgets at once.
    public mutating func remember(_ aggregate: Aggregate) {}
}

extension SumRule {
    /// Sums.
    public var stage: Stage { .sums(self) }
}

extension GeometryRule {
    /// Distances.
    public var stage: Stage { .geometry(self) }
    /// None.
    public var references: [[Float]] { [] }
    /// All coordinates, once.
    public func regions(dimension: Int) -> [CoordinateRegion] { [.everything] }
}

extension CoordinateRule {
    /// Coordinates.
    public var stage: Stage { .coordinates(self) }
}
