import FedLearn
import FedLearnAttacks
import Testing

@Suite("Attacks") struct AttackTests {
    private func scene() -> AttackScene {
        var generator = SeededGenerator(seed: 2)
        let all = (0..<10).map { member in
            Contribution(
                member: member, exampleCount: 10 + member,
                values: (0..<30).map { _ in Float(generator.nextNormal()) })
        }
        return AttackScene(
            round: 16, honest: Array(all[..<7]), attackers: Array(all[7...]),
            previous: all[0].values, toleratedFaults: 3)
    }

    private static let names = AttackCatalogue.all.map(\.name)

    @Test("names are unique and lead back to the attack")
    func unique() {
        #expect(Set(Self.names).count == Self.names.count)
        for name in Self.names { #expect(AttackCatalogue.named(name)?.name == name) }
        #expect(AttackCatalogue.named("kindness") == nil)
    }

    @Test("every attacker answers once, and equal seeds give equal answers", arguments: names)
    func deterministic(name: String) throws {
        let attack = try #require(AttackCatalogue.named(name))
        func bits(_ seed: UInt64) -> [[UInt32]] {
            var generator = SeededGenerator(seed: seed)
            let forged = attack.forge(in: scene(), using: &generator)
            #expect(forged.map(\.member) == [7, 8, 9])
            return forged.map { $0.values.map(\.bitPattern) }
        }
        #expect(bits(1) == bits(1))
    }

    @Test("Min-Max stays as near to the honest updates as they are to each other")
    func minMax() {
        let scene = scene()
        var generator = SeededGenerator(seed: 1)
        let forged = MinMax().forge(in: scene, using: &generator)[0].values
        func distance(_ a: [Float], _ b: [Float]) -> Double {
            VectorKernels.norm(VectorKernels.difference(a, b))
        }
        var widest = 0.0
        for one in scene.honest {
            for other in scene.honest { widest = max(widest, distance(one.values, other.values)) }
        }
        let reach = scene.honest.map { distance(forged, $0.values) }.max() ?? 0
        #expect(reach <= widest * 1.000_1)
        #expect(reach >= widest * 0.99)
    }

    @Test("a traitor is honest until its round")
    func betrayal() {
        let scene = scene()
        var generator = SeededGenerator(seed: 1)
        let flip = SignFlip(factor: 1)
        let later = Betrayal(at: 17, then: flip).forge(in: scene, using: &generator)
        #expect(later == scene.attackers)
        let now = Betrayal(at: 16, then: flip).forge(in: scene, using: &generator)
        #expect(now == flip.forge(in: scene, using: &generator))
    }

    @Test("flipped labels stay within the classes")
    func labels() throws {
        let (training, _) = try Digits.load()
        let poisoned = LabelFlip().poison(training)
        #expect(zip(poisoned.labels, training.labels).allSatisfy { $0 == 9 - $1 })
        let targeted = TargetedFlip(from: 7, to: 1).poison(training)
        #expect(!targeted.labels.contains(7))
    }

    @Test("a mean is ruined where psic's rule is not")
    func ruin() throws {
        var setting = PoisoningTrial.Setting()
        setting.roundCount = 8
        setting.hiddenWidth = nil
        setting.training.learningRate = 0.5
        let trial = try PoisoningTrial(setting)
        let attack = InnerProductManipulation(factor: 10)
        let mean = try trial.run(WeightedMean(), against: attack)
        let anchored = try trial.run(AnchoredMean(maximumFaults: 3), against: attack)
        #expect(mean[7] < 0.3)
        #expect(anchored[7] > 0.9)
        let again = try trial.run(AnchoredMean(maximumFaults: 3), against: attack)
        #expect(again == anchored)
    }
}
