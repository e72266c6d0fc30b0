import Testing

@testable import FedLearn

@Suite("Server optimisers") struct ServerOptimizerTests {
    private struct Golden: Decodable {
        struct Config: Decodable {
            let eta: Double
            let beta_1: Double
            let beta_2: Double
            let tau: Double
        }

        struct Rule: Decodable {
            let flower_variant_x_after_each_round: [[Double]]
            let paper_variant_x_after_each_round: [[Double]]
        }

        let x0: [Double]
        let updates: [[[Double]]]
        let weights: [[Int]]
        let config: Config
        let rules: [String: Rule]
    }

    private struct Meta: Decodable {
        let A: [[[Double]]]
        let b: [[Double]]
        let theta0: [Double]
        let inner_lr: Double
        let inner_steps: Int
        let outer_steps: Int
        let eps0: Double
        let theta_after_each: [[Double]]
    }

    private func optimizers(
        _ config: Golden.Config, _ variant: AdaptiveStep.Variant
    ) -> [(String, any ServerOptimizer)] {
        func adaptive(_ method: AdaptiveStep.Method) -> AdaptiveStep {
            AdaptiveStep(
                method, variant: variant, rate: config.eta, momentum: config.beta_1,
                decay: config.beta_2, adaptivity: config.tau)
        }
        return [
            ("FedAdam", adaptive(.adam)), ("FedYogi", adaptive(.yogi)),
            ("FedAdagrad", adaptive(.adagrad)), ("FedAvgM", FedAvgM()),
        ]
    }

    @Test("six rounds as in the paper and as in Flower", arguments: [true, false])
    func goldenRounds(isPaper: Bool) throws {
        let golden = try Vectors.json("opt/server_opt.json", as: Golden.self)
        for (name, start) in optimizers(golden.config, isPaper ? .paper : .flower) {
            var optimizer = start
            let rule = try #require(golden.rules[name])
            let expected =
                isPaper
                ? rule.paper_variant_x_after_each_round : rule.flower_variant_x_after_each_round
            var x = golden.x0.map { Float($0) }
            for round in expected.indices {
                let contributions = golden.updates[round].enumerated().map {
                    Contribution(
                        member: $0.offset, exampleCount: golden.weights[round][$0.offset],
                        values: $0.element.map { Float($0) })
                }
                let delta = try WeightedMean().aggregate(contributions, dimension: x.count)
                optimizer.step(&x, along: delta.values)
                let scale = expected[round].reduce(0) { max($0, $1.magnitude) }
                for (value, reference) in zip(x, expected[round]) {
                    #expect(
                        (Double(value) - reference).magnitude <= 2e-5 * scale,
                        "\(name), round \(round)")
                }
            }
        }
    }

    @Test("Reptile's outer step follows the published trajectory")
    func reptile() throws {
        let golden = try Vectors.json("meta/reptile.json", as: Meta.self)
        var theta = golden.theta0.map { Float($0) }
        var outer = ReptileStep(initialRate: golden.eps0, roundCount: golden.outer_steps)
        for expected in golden.theta_after_each {
            let contributions = golden.A.indices.map { task in
                var phi = theta.map { Double($0) }
                for _ in 0..<golden.inner_steps {
                    phi = descended(phi, golden.A[task], golden.b[task], rate: golden.inner_lr)
                }
                return Contribution(
                    member: task, exampleCount: 1,
                    values: zip(phi, theta).map { Float($0 - Double($1)) })
            }
            let mean = try PlainMean().aggregate(contributions, dimension: theta.count)
            outer.step(&theta, along: mean.values)
            for (value, reference) in zip(theta, expected) {
                #expect((Double(value) - reference).magnitude <= 1e-4)
            }
        }
        #expect(outer.rate == 0)
    }

    /// One gradient step on |A x - b|² / (2 m).
    private func descended(
        _ x: [Double], _ a: [[Double]], _ b: [Double], rate: Double
    ) -> [Double] {
        var result = x
        for (row, target) in zip(a, b) {
            let residual = zip(row, x).reduce(-target) { $0 + $1.0 * $1.1 }
            for index in result.indices {
                result[index] -= rate * residual * row[index] / Double(a.count)
            }
        }
        return result
    }

    @Test("the proximal term holds a member near where it started")
    func proximalTerm() throws {
        let (training, _) = try Digits.load()
        let share = training.selecting(rows: Array(0..<64))
        let model = SoftmaxRegression(featureCount: 64, classCount: 10)
        func length(_ mu: Float) throws -> Double {
            VectorKernels.norm(
                try Trainer.train(
                    model, from: model.initialParameters(seed: 1), on: share,
                    with: Hyperparameters(), proximalTerm: mu, seed: 2
                ).delta)
        }
        let free = try length(0)
        let held = try length(1)
        #expect(held < 0.9 * free)
        #expect(try length(5) < held)
    }
}
