import FedLearn
import FedLearnAttacks
import Testing

@Suite("Attack names") struct CatalogueTests {
    private func scene(attackers: Int = 4, round: Int = 9) -> AttackScene {
        var generator = SeededGenerator(seed: 2)
        let all = (0..<7 + attackers).map { member in
            Contribution(
                member: member, exampleCount: 10 + member,
                values: (0..<30).map { _ in 1 + Float(generator.nextNormal()) })
        }
        return AttackScene(
            round: round, honest: Array(all[..<7]), attackers: Array(all[7...]),
            previous: all[0].values, toleratedFaults: 3)
    }

    private func forged(_ name: String, round: Int = 9, seed: UInt64 = 1) throws -> [Contribution] {
        var generator = SeededGenerator(seed: seed)
        return try #require(AttackCatalogue.named(name))
            .forge(in: scene(round: round), using: &generator)
    }

    @Test("a family's name takes any number")
    func families() throws {
        let scene = scene()
        #expect(
            try forged("ipm3.5").map(\.values)
                == scene.attackers.map { _ in scene.honestMean.map { -3.5 * $0 } })
        let quarter = scene.attackers[2].values.map { -0.25 * $0 }
        #expect(try forged("signflip0.25")[2].values == quarter)
        for name in ["ipm", "ipmx", "ipminf", "signflip1@", "signflip1@-3", "a+b", "ipm1~2", ""] {
            #expect(AttackCatalogue.named(name) == nil, "\(name)")
        }
    }

    @Test("composed names say who does what, and when")
    func composed() throws {
        let scene = scene()
        #expect(try forged("ipm3@10") == scene.attackers)
        #expect(try forged("ipm3@9") == forged("ipm3"))
        #expect(try forged("ipm3/2", round: 8) == scene.attackers)
        #expect(try forged("ipm3~0") == scene.attackers)
        #expect(try forged("ipm3~1") == forged("ipm3"))
        let groups = try forged("zero+signflip1")
        #expect(groups.map(\.member) == [7, 8, 9, 10])
        #expect(groups[..<2].allSatisfy { $0.values.allSatisfy { $0 == 0 } })
        #expect(groups[3].values == scene.attackers[3].values.map { -$0 })
        #expect(try forged("heavy:zero").allSatisfy { $0.exampleCount == 1_000_000 })
        #expect(AttackCatalogue.named("ipm1@1@1@1@1@1@1") == nil)
    }

    @Test("noise has the length it claims")
    func noise() throws {
        let length = scene().honestLength
        for contribution in try forged("noise0.1") {
            #expect((VectorKernels.norm(contribution.values) / length - 0.1).magnitude < 1e-4)
        }
    }

    @Test("Min-Sum is no farther from all honest updates than one of them")
    func minSum() throws {
        let scene = scene()
        func spread(_ point: [Float]) -> Double {
            scene.honest.reduce(0) {
                let gap = VectorKernels.norm(VectorKernels.difference(point, $1.values))
                return $0 + gap * gap
            }
        }
        let limit = scene.honest.map { spread($0.values) }.max() ?? 0
        let reach = spread(try forged("minsum-deviation")[0].values)
        #expect(reach <= limit * 1.000_1)
        #expect(reach >= limit * 0.99)
    }

    @Test("the directed deviation is what Krum would choose")
    func directed() throws {
        let scene = scene()
        let sent = scene.honest + (try forged("fang"))
        let chosen = try Krum(maximumFaults: 3).aggregate(sent, dimension: scene.dimension)
        #expect(chosen.included.allSatisfy { $0 >= 7 })
        let gap = VectorKernels.difference(chosen.values, scene.honestMean)
        #expect(VectorKernels.norm(gap) > 0)
    }

    @Test("a betrayer's data are poisoned from its round on")
    func poisonedData() throws {
        let attack = Betrayal(at: 3, then: LabelFlip())
        #expect(!attack.poisons(inRound: 2) && attack.poisons(inRound: 3))
        let (training, _) = try Digits.load()
        #expect(attack.poison(training) == LabelFlip().poison(training))
    }

    @Test("a backdoor marks and mislabels every other example only")
    func backdoor() throws {
        let (training, _) = try Digits.load()
        let door = Backdoor(target: 3)
        let poisoned = door.poison(training)
        #expect(poisoned.labels[0] == 3 && poisoned.features[0, 9] == 1)
        #expect(poisoned.labels[1] == training.labels[1])
        #expect(poisoned.features.row(1) == training.features.row(1))
        #expect(door.marked(training).labels == training.labels)
    }
}
