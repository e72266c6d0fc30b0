import FoundationEssentials

/// Named tensors and notes about them in the safetensors format, which Python's `safetensors` and what
/// builds on it read and write.
///
/// Source: https://github.com/huggingface/safetensors, "Format". Eight bytes with the length of a JSON
/// header, the header with each tensor's type, shape and place, then the values in little-endian order
/// without gaps. Only `F32` is read and written.
public struct Checkpoint: Equatable, Sendable {
    /// A tensor.
    public struct Tensor: Equatable, Sendable {
        /// For people and programs, unique in the checkpoint.
        public let name: String
        /// The sizes of the axes, slowest first; none for a single number.
        public let shape: [Int]
        /// As many as the shape calls for.
        public let values: [Float]

        /// Creates a tensor.
        ///
        /// - Precondition: the number of values is the shape's product.
        public init(name: String, shape: [Int], values: [Float]) {
            precondition(
                shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
                "\(values.count) values for \(shape)")
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// The tensors, in the order of their values in the file.
    public var tensors: [Tensor]
    /// Notes.
    public var metadata: [String: String]

    /// Creates a checkpoint.
    public init(tensors: [Tensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The blocks of a model's parameters.
    public init(_ parameters: ModelParameters, metadata: [String: String] = [:]) {
        self.init(
            tensors: parameters.layout.blocks.map {
                Tensor(
                    name: $0.name, shape: $0.shape, values: Array(parameters.values[$0.range]))
            }, metadata: metadata)
    }

    /// The parameters of a model with this layout, from tensors in any order.
    ///
    /// - Throws: ``CheckpointError`` unless the checkpoint has exactly the layout's blocks.
    public func parameters(
        layout: ParameterLayout
    ) throws(CheckpointError) -> ModelParameters {
        var values = [Float](repeating: 0, count: layout.count)
        var left = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
        for block in layout.blocks {
            guard let tensor = left.removeValue(forKey: block.name) else {
                throw .missing(block.name)
            }
            guard tensor.shape == block.shape else {
                throw .wrongShape(block.name, found: tensor.shape, expected: block.shape)
            }
            values.replaceSubrange(block.range, with: tensor.values)
        }
        if let name = left.keys.min() { throw .unexpected(name) }
        return ModelParameters(layout: layout, values: values)
    }
}

/// Why bytes are no checkpoint, or not of this model.
public enum CheckpointError: Error, Equatable, Sendable {
    /// The file ends early.
    case truncated
    /// The header is longer than ``CheckpointLimits/maximumHeaderBytes``.
    case headerTooLong(Int)
    /// The header is no JSON of the format.
    case malformedHeader(String)
    /// A type of number that is not supported.
    case unsupportedType(String, tensor: String)
    /// Values that overlap, leave gaps, or do not fit their shape.
    case wrongPlace(tensor: String)
    /// The model has a block that the checkpoint has not.
    case missing(String)
    /// The checkpoint has a tensor that the model has not.
    case unexpected(String)
    /// A tensor of another shape.
    case wrongShape(String, found: [Int], expected: [Int])
}

/// Every bound of checkpoints, with its reason.
public enum CheckpointLimits {
    /// A header of tens of thousands of tensors; the format allows 100 MB.
    public static let maximumHeaderBytes = 4 << 20
    /// Axes of one tensor; nothing here has more than four.
    public static let maximumAxes = 8
}
