import Testing

@testable import FedLearn

@Suite("Compressed updates") struct CompressedUpdateTests {
    static let codecs: [(SelectingCodec.Selection, SelectingCodec.Quantiser)] = {
        let selections: [SelectingCodec.Selection] = [
            .all, .largest(count: 37), .largest(count: 1), .largest(count: 5000),
            .mask(CoordinateMask(seed: 5, count: 200)),
        ]
        let quantisers: [SelectingCodec.Quantiser] = [
            .exact, .blocks(block: 0), .blocks(block: 64), .steps(7), .steps(127), .steps(1),
            .signs,
        ]
        return selections.flatMap { selection in quantisers.map { (selection, $0) } }
    }()

    private func update(_ count: Int, seed: UInt64 = 3) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float(generator.nextNormal()) }
    }

    @Test("every combination survives its bytes, and no cut or longer form is read")
    func roundTrip() throws {
        let update = update(501)
        var generator = SeededGenerator(seed: 1)
        for (selection, quantiser) in Self.codecs {
            let codec = try SelectingCodec(selection: selection, quantiser: quantiser)
            let compressed = try codec.compress(update, using: &generator)
            let bytes = CompressedUpdateCodec.encode(compressed)
            let read = try CompressedUpdateCodec.decode(bytes, dimension: 501)
            #expect(read == compressed, "\(codec.name)")
            #expect(read.expanded() == compressed.expanded())
            #expect(read.expanded().count == 501)
            for length in stride(from: 0, to: bytes.count, by: 7) {
                #expect(throws: WireError.self) {
                    _ = try CompressedUpdateCodec.decode(
                        Array(bytes.prefix(length)), dimension: 501)
                }
            }
            #expect(throws: WireError.self) {
                _ = try CompressedUpdateCodec.decode(bytes + [0], dimension: 501)
            }
            for dimension in [500, 502] {
                #expect(throws: WireError.self) {
                    _ = try CompressedUpdateCodec.decode(bytes, dimension: dimension)
                }
            }
            #expect(bytes.count <= CompressionLimits.maximumBytes(dimension: 501))
        }
    }

    @Test("updates of no and of one coordinate have bytes too", arguments: [0, 1])
    func tiny(count: Int) throws {
        var generator = SeededGenerator(seed: 1)
        for (selection, quantiser) in Self.codecs {
            let codec = try SelectingCodec(selection: selection, quantiser: quantiser)
            let compressed = try codec.compress(update(count), using: &generator)
            let bytes = CompressedUpdateCodec.encode(compressed)
            #expect(try CompressedUpdateCodec.decode(bytes, dimension: count) == compressed)
            #expect(compressed.expanded().count == count)
        }
    }

    @Test("low rank survives its bytes, learns from update to update, and keeps biases")
    func lowRank() throws {
        let model = MLP(layerSizes: [64, 64, 10])
        var codec = try LowRankCodec(layout: model.layout, rank: 2, seed: 4)
        var generator = SeededGenerator(seed: 1)
        // A matrix of rank two plus a little noise.
        var values = update(model.layout.count).map { $0 * 0.01 }
        let (a, b) = (update(64, seed: 8), update(64, seed: 9))
        for row in 0..<64 {
            for column in 0..<64 { values[row * 64 + column] += a[row] * b[column] }
        }
        var errors: [Double] = []
        for _ in 0..<3 {
            let compressed = try codec.compress(values, using: &generator)
            let bytes = CompressedUpdateCodec.encode(compressed)
            #expect(bytes.count < 4 * values.count / 8)
            #expect(
                try CompressedUpdateCodec.decode(bytes, dimension: values.count) == compressed)
            let expanded = compressed.expanded()
            #expect(expanded[4096..<4160] == values[4096..<4160])
            errors.append(VectorKernels.norm(VectorKernels.difference(expanded, values)))
        }
        #expect(errors[2] <= errors[0] && errors[2] < 0.02 * VectorKernels.norm(values))
    }

    @Test("a mask has its number of coordinates, each as often as any other")
    func masks() {
        var counts = [Int](repeating: 0, count: 50)
        for seed in 0..<2000 {
            let indices = CoordinateMask(seed: UInt64(seed), count: 20).indices(dimension: 50)
            #expect(indices.count == 20 && zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
            for index in indices { counts[index] += 1 }
        }
        // 800 each, deviation 22.
        #expect(counts.allSatisfy { abs($0 - 800) < 110 })
        #expect(CoordinateMask(seed: 1, count: 9).indices(dimension: 4) == [0, 1, 2, 3])
        #expect(
            CoordinateMask(seed: 1, count: 5).indices(dimension: 100)
                == CoordinateMask(seed: 1, count: 5).indices(dimension: 100))
    }

    @Test("randomised steps are unbiased and within the bound on their variance")
    func unbiased() throws {
        let x = update(64)
        let length = VectorKernels.norm(x)
        var generator = SeededGenerator(seed: 11)
        for steps in [1, 4, 15] {
            var mean = [Double](repeating: 0, count: x.count)
            var variance = 0.0
            let trials = 2000
            for _ in 0..<trials {
                let y = try NormQuantised(x, steps: steps) { generator.nextUniform() }.expanded()
                for index in x.indices {
                    mean[index] += Double(y[index]) / Double(trials)
                    let difference = Double(y[index]) - Double(x[index])
                    variance += difference * difference / Double(trials)
                }
            }
            let s = Double(steps)
            let bound = min(64 / (s * s), 8 / s) * length * length
            #expect(variance <= bound)
            var bias = 0.0
            for (average, value) in zip(mean, x) {
                bias += (average - Double(value)) * (average - Double(value))
            }
            // The mean of independent errors: its expected square is their variance over the trials.
            #expect(bias < 2 * variance / Double(trials))
        }
    }

    @Test("what is not finite is refused, and error feedback then keeps what it owed")
    func refusesNonFinite() throws {
        var generator = SeededGenerator(seed: 1)
        for (selection, quantiser) in Self.codecs {
            var codec = try SelectingCodec(selection: selection, quantiser: quantiser)
            var feedback = ErrorFeedback(dimension: 3)
            guard codec.isContraction else {
                #expect(throws: CompressionError.self) {
                    _ = try feedback.compress([1, 2, 3], with: &codec, using: &generator)
                }
                #expect(throws: CompressionError.notFinite) {
                    _ = try codec.compress([1, .nan, 2], using: &generator)
                }
                continue
            }
            _ = try feedback.compress([1, 2, 3], with: &codec, using: &generator)
            let owed = feedback.residual
            #expect(throws: CompressionError.notFinite) {
                _ = try feedback.compress([1, .nan, 2], with: &codec, using: &generator)
            }
            #expect(feedback.residual == owed)
            #expect(throws: CompressionError.wrongLength(found: 2, expected: 3)) {
                _ = try feedback.compress([1, 2], with: &codec, using: &generator)
            }
            feedback.reset()
            #expect(feedback.residual == [0, 0, 0])
        }
    }

    @Test("extreme values survive quantisation as finite ones")
    func extremes() throws {
        var generator = SeededGenerator(seed: 1)
        let extreme: [Float] = [
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, -0.0,
        ]
        for block in [0, 1, 2] {
            let codec = try SelectingCodec(quantiser: .blocks(block: block))
            let compressed = try codec.compress(extreme, using: &generator)
            #expect(VectorKernels.isFinite(compressed.expanded()))
            let bytes = CompressedUpdateCodec.encode(compressed)
            #expect(try CompressedUpdateCodec.decode(bytes, dimension: 5) == compressed)
        }
        let steps = try SelectingCodec(quantiser: .steps(7))
        #expect(throws: CompressionError.notFinite) {
            _ = try steps.compress(extreme, using: &generator)
        }
    }

    @Test("bytes that are well formed but not what a codec writes are refused")
    func hostileBytes() throws {
        func refuse(_ bytes: [UInt8], _ error: WireError, dimension: Int = 2) {
            #expect(throws: error) {
                _ = try CompressedUpdateCodec.decode(bytes, dimension: dimension)
            }
        }
        let one: [UInt8] = [0, 0, 0x80, 0x3f]
        let minusOne: [UInt8] = [0, 0, 0x80, 0xbf]
        let nan: [UInt8] = [0, 0, 0xc0, 0x7f]
        refuse([2, 0, 2], .unknownVersion(2))
        refuse([1, 0x30, 2], .unknownKind(0x30))
        refuse([1, 0x05, 2], .unknownKind(5))
        refuse([1, 0, 2] + one + nan, .outOfRange)
        refuse([1, 1, 2, 0] + one + [0x80, 0], .outOfRange)  // level −128
        refuse([1, 1, 2, 0] + minusOne + [1, 1], .notCanonical)
        refuse([1, 1, 2, 0] + [0, 0, 0x7f, 0x7f] + [1, 1], .outOfRange)  // scale · 127 overflows
        refuse([1, 2, 2, 0] + one + [0], .outOfRange)  // no steps
        refuse([1, 2, 2, 7] + one + [0xff], .outOfRange)  // level 8 of 7
        refuse([1, 3, 2] + one + [0b100], .notCanonical)  // a third sign
        refuse([1, 0x10, 2, 3, 1, 0], .outOfRange)  // three indices of two
        refuse([1, 0x10, 2, 1, 1, 0b0111] + one, .outOfRange)  // the index 3 of 2
        refuse([1, 0x10, 2, 1, 2, 0, 0] + one, .trailingBytes)
        refuse(
            [1, 0x24, 2] + [UInt8](repeating: 0, count: 8) + [2, 1, 0, 2] + one + one,
            .unknownKind(0x24))  // a matrix under a mask
        refuse([1, 4, 2, 1, 1, 0, 2], .outOfRange)  // no rows
        refuse([1, 4, 2, 1, 0, 1] + one, .truncated)  // one of two values
        // Tenfold the rank, with the bytes to go with it.
        var deep = WireWriter()
        deep.append([1, 4, 4, 1])
        deep.varint(10 * CompressionLimits.maximumRank)
        deep.append([2, 2] + [UInt8](repeating: 0, count: 16 * 10 * CompressionLimits.maximumRank))
        refuse(deep.bytes, .outOfRange, dimension: 4)
        var parts = WireWriter()
        parts.append([1, 4, 4])
        parts.varint(10 * CompressionLimits.maximumSegments)
        parts.append([UInt8](repeating: 0, count: 20 * CompressionLimits.maximumSegments))
        refuse(parts.bytes, .outOfRange, dimension: 4)
        var wide = WireWriter()
        wide.append([1, 1, 2])
        wide.varint(10 * CompressionLimits.maximumBlock)
        refuse(wide.bytes, .outOfRange)
        var long = WireWriter()
        long.append([1, 0])
        long.varint(10 * CompressionLimits.maximumDimension)
        refuse(long.bytes, .outOfRange, dimension: 10 * CompressionLimits.maximumDimension)
    }

    @Test("settings outside their range are refused")
    func settings() {
        for quantiser: SelectingCodec.Quantiser in [
            .blocks(block: -1), .blocks(block: 10 * CompressionLimits.maximumBlock), .steps(0),
            .steps(10 * CompressionLimits.maximumSteps),
        ] {
            #expect(throws: CompressionError.self) {
                _ = try SelectingCodec(quantiser: quantiser)
            }
        }
        #expect(throws: CompressionError.self) {
            _ = try SelectingCodec(selection: .largest(count: 0))
        }
        #expect(throws: CompressionError.self) {
            _ = try LowRankCodec(
                layout: ParameterLayout(), rank: 10 * CompressionLimits.maximumRank, seed: 1)
        }
    }

    @Test("a patch of another base, length or form is refused")
    func patches() throws {
        let (base, new) = (update(100), update(100, seed: 4))
        let patch = try ModelPatch(from: base, to: new)
        #expect(throws: CompressionError.self) { _ = try patch.applied(to: [1]) }
        #expect(throws: CompressionError.self) { _ = try ModelPatch(from: base, to: [1]) }
        let bytes = ModelPatchCodec.encode(patch)
        for length in stride(from: 0, to: bytes.count, by: 5) {
            #expect(throws: WireError.self) {
                _ = try ModelPatchCodec.decode(Array(bytes.prefix(length)), dimension: 100)
            }
        }
        #expect(throws: WireError.self) { _ = try ModelPatchCodec.decode(bytes, dimension: 99) }
        // A word of five bytes, and one with a leading zero byte.
        #expect(throws: WireError.outOfRange) {
            _ = try ModelPatchCodec.decode([1, 1, 5, 1, 1, 1, 1, 1], dimension: 1)
        }
        #expect(throws: WireError.notCanonical) {
            _ = try ModelPatchCodec.decode([1, 1, 2, 1, 0], dimension: 1)
        }
        let infinite = ModelPatch(bits: [0x7f80_0000])
        #expect(throws: CompressionError.notFinite) { _ = try infinite.applied(to: [0]) }
    }
}
