import FedLearn
import Foundation
import Testing

@testable import GradientFixtures

/// What PyTorch computed of the same parameters and batches; recorded by
/// `Tests/Interop/gradients.py --record`, which also compares with PyTorch itself where it is installed.
@Suite struct PyTorchTests {
    /// Both sides compute in float32, in different orders.
    static let tolerance: Float = 2e-5

    let recorded: [String: Checkpoint.Tensor]

    init() throws {
        let file = try CheckpointCodec.decode(try Vectors.bytes("pytorch/models.safetensors"))
        recorded = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    }

    /// The largest difference, relative to each tensor's largest value (at least 1e-3).
    private func difference(
        _ values: [Float], _ fixture: Fixture, _ part: String
    ) throws -> Float {
        let own = Checkpoint(ModelParameters(layout: fixture.model.layout, values: values)).tensors
        try #require(!own.isEmpty)
        var worst: Float = 0
        for tensor in own {
            let other = try #require(recorded["\(fixture.name)/\(part)/\(tensor.name)"])
            try #require(other.values.count == tensor.values.count)
            let scale = other.values.reduce(1e-3) { max($0, abs($1)) }
            for (ours, theirs) in zip(tensor.values, other.values) {
                let difference = abs(ours - theirs) / scale
                worst = difference <= worst ? worst : difference
            }
        }
        return worst
    }

    @Test(arguments: Fixture.all.map(\.name))
    func `Losses and gradients are PyTorch's`(name: String) throws {
        let fixture = try #require(Fixture.all.first { $0.name == name })
        let (loss, gradient) = fixture.measure(fixture.start)
        let theirs = try #require(recorded["\(name)/loss"]?.values.first)
        #expect(abs(loss - theirs) <= Self.tolerance * theirs)
        #expect(try difference(gradient, fixture, "gradient") <= Self.tolerance)
    }

    @Test(arguments: Fixture.all.map(\.name))
    func `Optimisers go where PyTorch's go`(name: String) throws {
        let fixture = try #require(Fixture.all.first { $0.name == name })
        for optimiser in Fixture.optimisers {
            let end = fixture.descend(from: fixture.start, with: optimiser.make())
            #expect(
                try difference(end, fixture, optimiser.name) <= Self.tolerance,
                "\(optimiser.name)")
        }
    }
}
