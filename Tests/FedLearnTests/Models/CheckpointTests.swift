import Testing

@testable import FedLearn

@Suite("Checkpoints") struct CheckpointTests {
    private let model = MLP(layerSizes: [5, 4, 3])

    @Test("a model survives its bytes, whatever the order of tensors")
    func roundTrip() throws {
        let parameters = model.initialParameters(seed: 1)
        let checkpoint = Checkpoint(
            parameters, metadata: ["round": "7", "note": "quotes \" and \\ and \n and é"])
        let bytes = CheckpointCodec.encode(checkpoint)
        let read = try CheckpointCodec.decode(bytes)
        #expect(read == checkpoint)
        #expect(try read.parameters(layout: model.layout) == parameters)
        var reversed = checkpoint
        reversed.tensors.reverse()
        let again = try CheckpointCodec.decode(CheckpointCodec.encode(reversed))
        #expect(try again.parameters(layout: model.layout) == parameters)
    }

    @Test("numbers without axes, empty tensors and empty checkpoints have bytes too")
    func edges() throws {
        for tensors: [Checkpoint.Tensor] in [
            [], [.init(name: "scalar", shape: [], values: [2.5])],
            [
                .init(name: "b", shape: [0, 3], values: []),
                .init(name: "a", shape: [1], values: [.nan]),
                .init(name: "c", shape: [2, 0], values: []),
            ],
        ] {
            let bytes = CheckpointCodec.encode(Checkpoint(tensors: tensors))
            let read = try CheckpointCodec.decode(bytes)
            #expect(read.tensors.map(\.name) == tensors.map(\.name))
            #expect(CheckpointCodec.encode(read) == bytes)
        }
    }

    @Test("bytes that Python's safetensors wrote are read, and written again just so")
    func pythonBytes() throws {
        let bytes = try Vectors.bytes("checkpoint/python.safetensors")
        let checkpoint = try CheckpointCodec.decode(bytes)
        #expect(checkpoint.metadata == ["format": "pt", "round": "3"])
        #expect(checkpoint.tensors.map(\.name) == ["layer0.biases", "layer0.weights", "scalar"])
        #expect(checkpoint.tensors[0].values == [0.5, -0.25, 3])
        #expect(checkpoint.tensors[1].shape == [2, 3])
        #expect(checkpoint.tensors[1].values == [0, 1, 2, 3, 4, 5])
        #expect(checkpoint.tensors[2].shape == [] && checkpoint.tensors[2].values == [7])
        // Python's writer does not promise an order of notes; everything else is the same.
        let own = CheckpointCodec.encode(
            Checkpoint(tensors: checkpoint.tensors, metadata: checkpoint.metadata))
        #expect(own.count == bytes.count && own.suffix(40) == bytes.suffix(40))
    }

    @Test("what is no checkpoint is refused with the reason")
    func refuses() throws {
        func file(_ header: String, _ data: Int = 0) -> [UInt8] {
            var out = WireWriter()
            out.integer(UInt64(header.utf8.count))
            out.append(header.utf8)
            out.append([UInt8](repeating: 0, count: data))
            return out.bytes
        }
        func tensor(_ shape: String, _ from: Int, _ to: Int, type: String = "F32") -> String {
            "{\"a\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(from),\(to)]}}"
        }
        for (bytes, error) in [
            ([], CheckpointError.truncated), ([1, 2, 3], .truncated),
            ([9, 0, 0, 0, 0, 0, 0, 0, 123], .truncated),
            (file(tensor("[2]", 0, 8, type: "F16"), 8), .unsupportedType("F16", tensor: "a")),
            (file(tensor("[2]", 0, 8), 7), .wrongPlace(tensor: "a")),
            (file(tensor("[2]", 0, 8), 9), .wrongPlace(tensor: "(the end)")),
            (file(tensor("[2]", 4, 12), 12), .wrongPlace(tensor: "a")),
            (file(tensor("[3]", 0, 8), 8), .wrongPlace(tensor: "a")),
            (file(tensor("[-2]", 0, 8), 8), .wrongPlace(tensor: "a")),
            (file(tensor("[2]", 8, 0), 8), .wrongPlace(tensor: "a")),
            (
                file(tensor("[4611686018427387904,4]", 0, 0), 0), .wrongPlace(tensor: "a")
            ),
            (
                file(
                    tensor("[\([String](repeating: "1", count: 80).joined(separator: ","))]", 0, 4),
                    4),
                .wrongPlace(tensor: "a")
            ),
        ] {
            #expect(throws: error) { _ = try CheckpointCodec.decode(bytes) }
        }
        let tenfold = UInt64(10 * CheckpointLimits.maximumHeaderBytes)
        #expect(throws: CheckpointError.headerTooLong(Int(tenfold))) {
            _ = try CheckpointCodec.decode(
                (0..<8).map { UInt8(truncatingIfNeeded: tenfold >> UInt64(8 * $0)) })
        }
        for header in [
            "", "[]", "{", "{\"a\":1}", "{\"a\":{}}", "{\"__metadata__\":{\"a\":1}}",
            String(repeating: "{\"a\":", count: 5000),
        ] {
            #expect(throws: CheckpointError.self) { _ = try CheckpointCodec.decode(file(header)) }
        }
    }

    @Test("a checkpoint of another model is refused")
    func otherModel() throws {
        let checkpoint = Checkpoint(model.initialParameters(seed: 1))
        #expect(throws: CheckpointError.self) {
            _ = try checkpoint.parameters(layout: MLP(layerSizes: [5, 3, 3]).layout)
        }
        #expect(throws: CheckpointError.missing("layer2.weights")) {
            _ = try checkpoint.parameters(layout: MLP(layerSizes: [5, 4, 3, 2]).layout)
        }
        #expect(throws: CheckpointError.unexpected("layer1.biases")) {
            _ = try checkpoint.parameters(layout: MLP(layerSizes: [5, 4]).layout)
        }
    }
}
