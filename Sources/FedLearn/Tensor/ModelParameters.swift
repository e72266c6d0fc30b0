/// The named blocks of a model's flat parameter vector.
public struct ParameterLayout: Hashable, Sendable {
    /// One tensor within the vector.
    public struct Block: Hashable, Sendable {
        /// For people, such as `layer0.weights`.
        public let name: String
        /// The sizes of the tensor's axes, slowest first.
        public let shape: [Int]
        /// Where the tensor starts in the vector.
        public let offset: Int
        /// The number of elements.
        public let count: Int

        /// The elements' positions in the vector.
        public var range: Range<Int> { offset..<offset + count }
    }

    /// The blocks, one after another without gaps.
    public private(set) var blocks: [Block] = []
    /// The length of the vector.
    public private(set) var count = 0

    /// Creates an empty layout.
    public init() {}

    /// Adds a block at the end.
    ///
    /// - Precondition: no negative axis, no overflow.
    public mutating func append(_ name: String, shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "negative axis in \(shape)")
        let size = shape.reduce(1, *)
        blocks.append(Block(name: name, shape: shape, offset: count, count: size))
        count += size
    }
}

/// A model's parameters: one flat vector and the layout that names its parts.
public struct ModelParameters: Equatable, Sendable {
    /// What the elements mean.
    public let layout: ParameterLayout
    /// The elements, `layout.count` of them.
    public let values: [Float]

    /// Creates parameters from a vector.
    ///
    /// - Precondition: `values.count == layout.count`.
    public init(layout: ParameterLayout, values: [Float]) {
        precondition(values.count == layout.count, "\(values.count) values for \(layout.count)")
        self.layout = layout
        self.values = values
    }

    /// SHA-256 of the values as little-endian binary32, without header.
    public var hash: ContentHash { Self.hash(of: values) }

    /// SHA-256 of `values` as little-endian binary32, without header: the identity of a model.
    public static func hash(of values: [Float]) -> ContentHash {
        #if _endian(little)
        return values.withUnsafeBytes { ContentHash(hashing: $0) }
        #else
        return values.map(\.bitPattern.littleEndian).withUnsafeBytes {
            ContentHash(hashing: $0)
        }
        #endif
    }
}
