import Testing

@testable import FedLearn

@Suite("Compression, golden vectors") struct CompressionVectorTests {
    private var generator = SeededGenerator(seed: 1)

    @Test("largest coordinates with error feedback, over twelve updates")
    mutating func largestWithFeedback() throws {
        struct File: Decodable {
            struct Step: Decodable {
                let indices: [Int]
                let values: [Float]
                let residualL2: Double
            }
            let d: Int
            let t: Int
            let k: Int
            let steps: [Step]
        }
        let file: File = try Vectors.golden("compress/topk_ef.json")
        let gradients = try Vectors.floats("compress/topk_grads.f32")
        var codec = try SelectingCodec(selection: .largest(count: file.k))
        var feedback = ErrorFeedback(dimension: file.d)
        var sent = [Double](repeating: 0, count: file.d)
        #expect(file.steps.count == 12)
        for (t, step) in file.steps.enumerated() {
            let gradient = Array(gradients[t * file.d..<(t + 1) * file.d])
            let update = try feedback.compress(gradient, with: &codec, using: &generator)
            #expect(update.selection == .indices(step.indices))
            for (value, expected) in zip(update.values.expanded(), step.values) {
                #expect(isClose(Double(value), Double(expected), absolute: 1e-5))
            }
            #expect(
                isClose(VectorNorm.l2.measure(feedback.residual), step.residualL2, absolute: 1e-4))
            for (index, value) in update.expanded().enumerated() { sent[index] += Double(value) }
        }
        let residual = try Vectors.floats("compress/topk_final_residual.f32")
        for (value, expected) in zip(feedback.residual, residual) {
            #expect(isClose(Double(value), Double(expected), absolute: 1e-5))
        }
        // Nothing is lost: what was sent and what is owed make up the gradients.
        for index in 0..<file.d {
            var all = 0.0
            for t in 0..<file.t { all += Double(gradients[t * file.d + index]) }
            #expect(isClose(sent[index] + Double(feedback.residual[index]), all, absolute: 1e-4))
        }
    }

    @Test("bytes in blocks", arguments: [("tensor", 0), ("256", 256), ("64", 64)])
    mutating func blocks(name: String, block: Int) throws {
        struct File: Decodable {
            struct Block: Decodable { let scales: [Float] }
            let blocks: [String: Block]
        }
        let file: File = try Vectors.golden("compress/int8.json")
        let x = try Vectors.floats("compress/int8_x.f32")
        let codec = try SelectingCodec(quantiser: .blocks(block: block))
        guard case .blocks(let result) = try codec.compress(x, using: &generator).values else {
            Issue.record("not blocks")
            return
        }
        let scales = try #require(file.blocks[name]?.scales)
        #expect(result.scales.count == scales.count)
        for (scale, expected) in zip(result.scales, scales) {
            #expect(abs(scale - expected) <= expected.ulp)
        }
        let levels = try Vectors.levels("compress/int8_q_\(name).i8")
        let differing = zip(result.levels, levels).filter { $0 != $1 }
        #expect(differing.count * 1000 <= levels.count)
        #expect(differing.allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        let y = try Vectors.floats("compress/int8_y_\(name).f32")
        let expanded = result.expanded()
        for index in x.indices {
            let scale = result.scales[block == 0 ? 0 : index / block]
            #expect(abs(expanded[index] - x[index]) <= scale / 2 * 1.0001)
            #expect(abs(expanded[index] - y[index]) <= scale * 1.0001)
        }
    }

    @Test("randomised steps, with the uniform numbers given")
    func steps() throws {
        struct File: Decodable {
            struct Steps: Decodable {
                let levels: [Int]
                let norm: Double
                let dequantised: [Float]
            }
            let x: [Float]
            let u: [Double]
            let s: [String: Steps]
        }
        let file: File = try Vectors.golden("compress/qsgd.json")
        #expect(file.s.count == 4)
        for (key, golden) in file.s {
            let steps = try #require(Int(key))
            var next = file.u.makeIterator()
            let result = try NormQuantised(file.x, steps: steps) { next.next() ?? 0 }
            #expect(isClose(Double(result.norm), golden.norm, relative: 1e-6))
            for (index, level) in golden.levels.enumerated() {
                let exact =
                    Double(steps) * Double(abs(file.x[index])) / golden.norm + file.u[index]
                let isEdge = abs(exact - exact.rounded()) < 1e-5
                #expect(Int(result.levels[index]) == level || isEdge)
            }
            for (value, expected) in zip(result.expanded(), golden.dequantised) {
                #expect(isClose(Double(value), Double(expected), relative: 1e-6))
            }
        }
    }

    @Test("signs, their scale and the majority")
    func signs() throws {
        struct File: Decodable {
            struct Scale: Decodable { let scale: Double }
            let inputs: [[Float]]
            let majority: [Int]
            let scaledSign: [Scale]
        }
        let file: File = try Vectors.golden("compress/signsgd.json")
        let voters = file.inputs.map { Signs($0) }
        for (voter, golden) in zip(voters, file.scaledSign) {
            #expect(isClose(Double(voter.scale), golden.scale, relative: 1e-6))
        }
        #expect(try Signs.majority(voters) == file.majority)
        #expect(throws: CompressionError.self) { _ = try Signs.majority([voters[0], Signs([1])]) }
        #expect(try Signs.majority([Signs([1, -1]), Signs([-1, -1])]) == [1, -1])
    }

    @Test("PowerSGD after one and two iterations")
    func lowRank() throws {
        struct File: Decodable {
            let m: [[Float]]
            let q0: [[Float]]
            let rank: Int
            let approxAfter1: [[Float]]
            let approxAfter2: [[Float]]
        }
        let file: File = try Vectors.golden("compress/powersgd.json")
        var start = file.q0.flatMap { $0 }
        for golden in [file.approxAfter1, file.approxAfter2] {
            let product = LowRankSegment.MatrixProduct(
                file.m.flatMap { $0 }[...], rowCount: file.m.count, columnCount: file.m[0].count,
                rank: file.rank, start: start)
            for (value, expected) in zip(product.expanded(), golden.flatMap { $0 }) {
                #expect(isClose(Double(value), Double(expected), relative: 1e-5, absolute: 1e-5))
            }
            start = product.right
        }
    }

    @Test("the exclusive or of two models")
    func patch() throws {
        struct File: Decodable {
            let base: [UInt32]
            let new: [UInt32]
            let xor: [UInt32]
        }
        let file: File = try Vectors.golden("compress/xor_delta.json")
        let base = file.base.map(Float.init(bitPattern:))
        let new = file.new.map(Float.init(bitPattern:))
        let patch = try ModelPatch(from: base, to: new)
        #expect(patch.bits == file.xor)
        #expect(try patch.applied(to: base).map(\.bitPattern) == file.new)
        let bytes = ModelPatchCodec.encode(patch)
        #expect(try ModelPatchCodec.decode(bytes, dimension: 257) == patch)
        #expect(bytes.count < 4 * 257)
    }
}
