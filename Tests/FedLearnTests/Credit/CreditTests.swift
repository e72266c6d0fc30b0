import Testing

@testable import FedLearn

@Suite("Credit") struct CreditTests {
    private struct Trust: Decodable {
        let local_trust: [[Double]]
        let pretrusted: [Double]
        let a: Double
        let trust: [Double]
    }

    private struct Values: Decodable {
        let utility_by_bitmask: [Double]
        let shapley: [Double]
        let leave_one_out: [Double]
        let check_sum: Double
    }

    @Test("EigenTrust converges to the published trust")
    func eigenTrust() throws {
        let golden = try Vectors.json("reputation/eigentrust.json", as: Trust.self)
        let trust = EigenTrust(damping: golden.a, pretrusted: golden.pretrusted)
            .trust(local: golden.local_trust)
        for (value, expected) in zip(trust, golden.trust) {
            #expect((value - expected).magnitude <= 1e-9)
        }
        #expect((trust.reduce(0, +) - 1).magnitude <= 1e-12)
    }

    @Test("hostile opinions count as none")
    func hostileTrust() {
        let trust = EigenTrust(pretrusted: [0.5, 0.5])
            .trust(local: [[0, .nan], [-.infinity, .infinity]])
        #expect(trust == [0.5, 0.5])
    }

    @Test("Shapley and leave-one-out values are exact")
    func shapley() throws {
        let golden = try Vectors.json("reputation/shapley.json", as: Values.self)
        let values = try #require(Shapley.values(utility: golden.utility_by_bitmask))
        for (value, expected) in zip(values, golden.shapley) {
            #expect((value - expected).magnitude <= 1e-10)
        }
        #expect((values.reduce(0, +) - golden.check_sum).magnitude <= 1e-10)
        let left = try #require(Shapley.leaveOneOut(utility: golden.utility_by_bitmask))
        for (value, expected) in zip(left, golden.leave_one_out) {
            #expect((value - expected).magnitude <= 1e-10)
        }
    }

    @Test("tables that are no coalitions are refused")
    func malformed() {
        #expect(Shapley.values(utility: []) == nil)
        #expect(Shapley.values(utility: [1, 2, 3]) == nil)
        #expect(Shapley.values(utility: [7]) == [])
        let tooMany = [Double](repeating: 0, count: 1 << (Shapley.largestPlayerCount + 1))
        #expect(Shapley.values(utility: tooMany) == nil)
        #expect(Shapley.leaveOneOut(utility: tooMany) == nil)
    }
}
