/// A bounded store of what an agent has met: single episodes while they are new, prototypes of many
/// like ones once there is no room ("hybrid").
///
/// When the store is full, the two most similar memories of one label become one, weighted by how many
/// episodes each stands for, so that what is common is condensed and what is rare stays. Everything is
/// deterministic: equal episodes in equal order give equal memories.
public struct EpisodicMemory: Sendable {
    /// One memory.
    public struct Trace: Equatable, Sendable {
        /// What was met: one episode's features, or the mean of several.
        public fileprivate(set) var features: [Float]
        /// Its class.
        public let label: Int
        /// How many episodes it stands for.
        public fileprivate(set) var weight: Int
        /// When it was last added to, in episodes since the beginning.
        public fileprivate(set) var updated: Int
    }

    /// The most traces.
    public let capacity: Int
    /// The length of every episode's features.
    public let featureCount: Int
    /// The number of classes.
    public let classCount: Int
    /// The traces, oldest first.
    public private(set) var traces: [Trace] = []
    /// Episodes so far.
    public private(set) var episodeCount = 0

    /// Creates an empty memory.
    ///
    /// - Precondition: `capacity` is above `classCount`, so that some class always has two traces to
    ///   merge.
    public init(capacity: Int, featureCount: Int, classCount: Int) {
        precondition(
            classCount > 0 && capacity > classCount && featureCount > 0,
            "\(capacity) traces for \(classCount) classes")
        self.capacity = capacity
        self.featureCount = featureCount
        self.classCount = classCount
    }

    /// Remembers an episode.
    ///
    /// - Returns: False, and nothing is remembered, for features of another length or that are not
    ///   finite, and for a label that is no class.
    /// - Complexity: O(*capacity*² · *features*) when full, otherwise O(1).
    @discardableResult
    public mutating func remember(_ features: [Float], label: Int) -> Bool {
        guard features.count == featureCount, (0..<classCount).contains(label),
            VectorKernels.isFinite(features)
        else { return false }
        episodeCount += 1
        traces.append(Trace(features: features, label: label, weight: 1, updated: episodeCount))
        if traces.count > capacity { consolidate() }
        return true
    }

    /// The `count` traces most like `features`, most similar first; of equal ones the older.
    ///
    /// Similarity is the cosine of the angle between them, in −1...1.
    public func recall(
        like features: [Float], count: Int
    ) -> [(trace: Trace, similarity: Double)] {
        guard features.count == featureCount else { return [] }
        let length = VectorKernels.norm(features)
        let similarities = traces.map { trace -> Double in
            let product = length * VectorKernels.norm(trace.features)
            return product > 0 ? VectorKernels.dot(features, trace.features) / product : 0
        }
        return traces.indices
            .sorted {
                similarities[$0] == similarities[$1]
                    ? $0 < $1 : similarities[$0] > similarities[$1]
            }
            .prefix(max(count, 0)).map { (traces[$0], similarities[$0]) }
    }

    /// Everything remembered, as a data set to train from: prototypes once, whatever their weight.
    public var dataset: Dataset {
        Dataset(
            features: Matrix(
                rowCount: traces.count, columnCount: featureCount,
                elements: traces.flatMap(\.features)),
            labels: traces.map(\.label), classCount: classCount)
    }

    /// Merges traces of one label until no more than `target` are left, or none can be merged.
    public mutating func consolidate(to target: Int) {
        while traces.count > max(target, 0), consolidate() {}
    }

    /// Merges the two most similar traces of one label.
    @discardableResult
    private mutating func consolidate() -> Bool {
        var best: (Int, Int)?
        var shortest = Double.infinity
        for i in traces.indices {
            for j in traces.indices.dropFirst(i + 1) where traces[i].label == traces[j].label {
                let distance = Self.squaredDistance(traces[i].features, traces[j].features)
                if distance < shortest {
                    shortest = distance
                    best = (i, j)
                }
            }
        }
        guard let (i, j) = best else { return false }
        let total = traces[i].weight + traces[j].weight
        let share = Float(traces[j].weight) / Float(total)
        for index in 0..<featureCount {
            let difference = traces[j].features[index] - traces[i].features[index]
            traces[i].features[index] = traces[i].features[index] + share * difference
        }
        traces[i].weight = total
        traces[i].updated = max(traces[i].updated, traces[j].updated)
        traces.remove(at: j)
        return true
    }

    private static func squaredDistance(_ a: [Float], _ b: [Float]) -> Double {
        var total = 0.0
        for index in a.indices {
            let difference = Double(a[index]) - Double(b[index])
            total += difference * difference
        }
        return total
    }
}
