import Testing

@testable import FedLearn

@Suite("Accounting") struct AccountingTests {
    struct File: Decodable {
        struct Divergences: Decodable {
            let q: Double
            let sigma: Double
            let orders: [Double]
            let rdpOneStep: [Double]
        }
        struct Epsilon: Decodable {
            let q: Double
            let sigma: Double
            let steps: Int
            let delta: Double
            let rdpEps: Double
            let pldEps: Double?
        }
        struct Analytic: Decodable {
            let eps: Double
            let delta: Double
            let sigmaAnalytic: Double
        }
        let defaultOrders: [Double]
        let rdpOneStep: [Divergences]
        let epsilon: [Epsilon]
        let analyticGaussianSensitivity1: [Analytic]
    }

    private func file() throws -> File { try Vectors.golden("dp/accountant.json") }

    @Test("the divergences of one step agree with the golden ones")
    func divergences() throws {
        for item in try file().rdpOneStep {
            let mechanism = try SubsampledGaussian(
                noiseMultiplier: item.sigma, samplingRate: item.q)
            for (order, expected) in zip(item.orders, item.rdpOneStep) {
                let value = mechanism.renyiDivergence(order: order)
                #expect(
                    isClose(value, expected, relative: 1e-6, absolute: 1e-10),
                    "q \(item.q), sigma \(item.sigma), order \(order): \(value), not \(expected)")
            }
        }
    }

    @Test("Rényi ε agrees with the golden one and is never below the loss distribution's")
    func renyiEpsilon() throws {
        let file = try file()
        #expect(RenyiAccountant.defaultOrders == file.defaultOrders)
        #expect(file.epsilon.count == 360)
        var accounts: [String: RenyiAccountant] = [:]
        for item in file.epsilon {
            let key = "\(item.q) \(item.sigma)"
            let one: RenyiAccountant
            if let known = accounts[key] {
                one = known
            } else {
                var account = RenyiAccountant()
                try account.compose(
                    SubsampledGaussian(noiseMultiplier: item.sigma, samplingRate: item.q), count: 1)
                accounts[key] = account
                one = account
            }
            let account = one.repeated(item.steps)
            let epsilon = account.epsilon(delta: item.delta)
            #expect(isClose(epsilon, item.rdpEps, relative: 1e-4, absolute: 1e-9))
            if let tight = item.pldEps { #expect(epsilon >= 0.99 * tight) }
        }
    }

    @Test("ε of the loss distribution agrees with the golden one")
    func lossEpsilon() throws {
        var groups: [SubsampledGaussian: [Int: [File.Epsilon]]] = [:]
        for item in try file().epsilon where item.pldEps != nil {
            let mechanism = try SubsampledGaussian(
                noiseMultiplier: item.sigma, samplingRate: item.q)
            groups[mechanism, default: [:]][item.steps, default: []].append(item)
        }
        #expect(groups.count == 30)
        for (mechanism, counts) in groups {
            let interval = LossAccountant.interval(for: mechanism)
            let steps = try PrivacyLoss.Direction.allCases.map {
                try PrivacyLoss(of: mechanism, direction: $0, interval: interval)
            }
            for (count, items) in counts {
                let losses = try steps.map { try PrivacyLoss.composition([($0, count)]) }
                for item in items {
                    let value = losses.map { $0.epsilon(delta: item.delta) }.max() ?? .nan
                    let expected = item.pldEps ?? .nan
                    #expect(
                        abs(value - expected) <= 1e-2 * expected + 2e-3,
                        "\(mechanism), \(count) steps: \(value), not \(expected)")
                }
            }
        }
    }

    @Test("the accountant takes the worse direction of the composed loss")
    func worseDirection() throws {
        let mechanism = try SubsampledGaussian(noiseMultiplier: 0.8, samplingRate: 0.0625)
        let interval = LossAccountant.interval(for: mechanism)
        let epsilons = try PrivacyLoss.Direction.allCases.map {
            try PrivacyLoss.composition(
                [(PrivacyLoss(of: mechanism, direction: $0, interval: interval), 30)]
            ).epsilon(delta: 1e-5)
        }
        #expect(epsilons[0] != epsilons[1])
        let epsilon = try LossAccountant.epsilon(of: mechanism, count: 30, delta: 1e-5)
        #expect(epsilon == epsilons.max())
    }

    @Test("the analytic Gaussian agrees with the golden deviations, both ways")
    func analytic() throws {
        for item in try file().analyticGaussianSensitivity1 {
            let deviation = AnalyticGaussian.deviation(epsilon: item.eps, delta: item.delta)
            #expect(isClose(deviation, item.sigmaAnalytic, relative: 1e-6))
            #expect(
                isClose(
                    AnalyticGaussian.epsilon(delta: item.delta, deviation: deviation), item.eps,
                    relative: 1e-6))
        }
    }

    @Test("without sampling the loss distribution is the analytic Gaussian, never below it")
    func matchesAnalytic() throws {
        for (sigma, steps) in [(1.0, 1), (4.0, 16), (2.0, 7)] {
            var account = LossAccountant()
            try account.compose(SubsampledGaussian(noiseMultiplier: sigma), count: steps)
            let exact = AnalyticGaussian.epsilon(
                delta: 1e-5, deviation: sigma / Double(steps).squareRoot())
            let value = account.epsilon(delta: 1e-5)
            #expect(value >= exact - 1e-9 && value <= exact * 1.001)
        }
    }

    @Test("different mechanisms compose, to no less than the worse and no more than both bounds")
    func composesMixed() throws {
        let weak = try SubsampledGaussian(noiseMultiplier: 1.5, samplingRate: 0.0625)
        let strong = try SubsampledGaussian(noiseMultiplier: 4, samplingRate: 0.25)
        var both = LossAccountant()
        try both.compose(weak, count: 30)
        try both.compose(strong, count: 30)
        var renyi = RenyiAccountant()
        try renyi.compose(weak, count: 30)
        try renyi.compose(strong, count: 30)
        let alone = try LossAccountant.epsilon(of: weak, count: 30, delta: 1e-5)
        let together = both.epsilon(delta: 1e-5)
        #expect(together > alone && together < renyi.epsilon(delta: 1e-5))
        #expect(isClose(both.delta(epsilon: together), 1e-5, relative: 1e-3))
    }

    @Test("the calibrated multiplier is just enough")
    func calibrates() throws {
        let multiplier = try RenyiAccountant.noiseMultiplier(
            epsilon: 3, delta: 1e-5, samplingRate: 0.01, steps: 3000)
        let enough = try SubsampledGaussian(noiseMultiplier: multiplier, samplingRate: 0.01)
        let less = try SubsampledGaussian(noiseMultiplier: multiplier * 0.999, samplingRate: 0.01)
        #expect(try RenyiAccountant.epsilon(of: enough, count: 3000, delta: 1e-5) <= 3)
        #expect(try RenyiAccountant.epsilon(of: less, count: 3000, delta: 1e-5) > 3)
    }

    @Test("impossible accounts are refused")
    func limits() throws {
        #expect(throws: PrivacyError.self) { _ = try SubsampledGaussian(noiseMultiplier: 0) }
        #expect(throws: PrivacyError.self) {
            _ = try SubsampledGaussian(noiseMultiplier: 1, samplingRate: 1.5)
        }
        let mechanism = try SubsampledGaussian(noiseMultiplier: 1)
        var renyi = RenyiAccountant()
        var loss = LossAccountant()
        let tenfold = 10 * PrivacyLimits.maximumCompositions
        #expect(throws: PrivacyError.self) { try renyi.compose(mechanism, count: tenfold) }
        #expect(throws: PrivacyError.self) { try loss.compose(mechanism, count: tenfold) }
        #expect(throws: PrivacyError.self) { try loss.compose(mechanism, count: -1) }
        // Ten times the bins that a transform may have.
        let interval = 30 / (10 * Double(PrivacyLimits.maximumLossBins))
        #expect(throws: PrivacyError.self) {
            _ = try PrivacyLoss(of: mechanism, direction: .removing, interval: interval)
        }
        #expect(LossAccountant().epsilon(delta: 1e-5) == 0)
    }

    @Test("the normal tail is exact to thirteen digits")
    func normalTail() {
        // Abramowitz and Stegun, table 7.1; the last from the asymptotic series.
        let known: [(Double, Double)] = [
            (0.5, 0.479_500_122_186_953_5), (1, 0.157_299_207_050_285_13),
            (1.5, 0.033_894_853_524_689_27), (2, 0.004_677_734_981_047_265_5),
            (3, 2.209_049_699_858_544e-5), (5, 1.537_459_794_428_034_8e-12),
            (10, 2.088_487_583_762_545e-45),
        ]
        for (x, expected) in known {
            #expect(isClose(NormalTail.erfc(x), expected, relative: 2e-13))
            #expect(isClose(NormalTail.erfc(-x), 2 - expected, relative: 1e-15))
            #expect(isClose(NormalTail.logErfc(x), Elementary.log(expected), relative: 1e-12))
        }
        #expect(isClose(NormalTail.expMinusOne(1e-10), 1.000_000_000_05e-10, relative: 1e-15))
        #expect(isClose(NormalTail.logOnePlus(1e-10), 0.999_999_999_95e-10, relative: 1e-15))
    }

    @Test("the transform is its own inverse and agrees with the definition")
    func fourier() {
        var generator = SeededGenerator(seed: 2)
        let count = 64
        let x = (0..<count).map { _ in generator.nextNormal() }
        let y = (0..<count).map { _ in generator.nextNormal() }
        let transform = FourierTransform(count: count)
        var (re, im) = (x, y)
        transform.transform(&re, &im, inverse: false)
        // Parseval, and the first two coefficients by hand: sums with roots 1 and the 64th of unity.
        func energy(_ re: [Double], _ im: [Double]) -> Double {
            (re + im).reduce(0) { $0 + $1 * $1 }
        }
        let before = energy(x, y)
        let transformed = energy(re, im)
        #expect(isClose(transformed, before * Double(count), relative: 1e-13))
        #expect(isClose(re[0], x.reduce(0, +), absolute: 1e-12))
        var alternating = 0.0
        var quarter = 0.0
        for index in 0..<count {
            alternating += index % 2 == 0 ? y[index] : -y[index]
            // The root of index 16 of 64 is −i.
            quarter += [x[index], y[index], -x[index], -y[index]][index % 4]
        }
        #expect(isClose(im[32], alternating, absolute: 1e-12))
        #expect(isClose(re[16], quarter, absolute: 1e-12))
        transform.transform(&re, &im, inverse: true)
        for index in 0..<count {
            #expect(isClose(re[index] / Double(count), x[index], absolute: 1e-13))
            #expect(isClose(im[index] / Double(count), y[index], absolute: 1e-13))
        }
    }
}

extension RenyiAccountant {
    /// This account so many times over.
    fileprivate func repeated(_ count: Int) -> RenyiAccountant {
        var result = self
        result.scale(by: count)
        return result
    }
}
