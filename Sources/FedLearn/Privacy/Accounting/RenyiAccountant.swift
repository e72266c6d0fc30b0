/// Accounts in Rényi divergences: cheap, and additive over any mechanisms.
///
/// Composition adds the divergences of each order; ε comes from the order that serves best
/// (Mironov 2017; conversion of Balle, Barthe, Gaboardi, Hsu and Sato 2020, theorem 21).
public struct RenyiAccountant: PrivacyAccountant {
    /// Tenths up to 10.9, whole orders to 63, then powers of two to 1024.
    public static let defaultOrders: [Double] =
        (11...109).map { Double($0) / 10 } + (11...63).map(Double.init) + [128, 256, 512, 1024]

    /// The orders that divergences are kept for.
    public let orders: [Double]
    /// The sum of the divergences, one per order.
    public private(set) var divergences: [Double]

    /// An empty account of ``defaultOrders``.
    public init() { self.init(orders: Self.defaultOrders) }

    /// An empty account.
    ///
    /// - Precondition: every order is above 1.
    public init(orders: [Double]) {
        precondition(orders.allSatisfy { $0 > 1 }, "orders must be above 1")
        self.orders = orders
        divergences = [Double](repeating: 0, count: orders.count)
    }

    /// Adds `count` runs of a mechanism; see ``PrivacyAccountant``.
    public mutating func compose(
        _ mechanism: SubsampledGaussian, count: Int
    ) throws(PrivacyError) {
        guard (0...PrivacyLimits.maximumCompositions).contains(count) else {
            throw .invalid("\(count) compositions: at most \(PrivacyLimits.maximumCompositions)")
        }
        for index in orders.indices {
            divergences[index] +=
                Double(count) * mechanism.renyiDivergence(order: orders[index])
        }
    }

    /// Everything on the account so many times over.
    ///
    /// - Precondition: `count >= 0`.
    public mutating func scale(by count: Int) {
        precondition(count >= 0, "\(count) times")
        for index in orders.indices { divergences[index] *= Double(count) }
    }

    /// The least ε over the orders; see ``PrivacyAccountant``.
    public func epsilon(delta: Double) -> Double { best(delta: delta).epsilon }

    /// The least ε and the order that gave it.
    public func best(delta: Double) -> (epsilon: Double, order: Double) {
        precondition(delta > 0 && delta < 1, "delta \(delta)")
        var best = (epsilon: Double.infinity, order: orders.first ?? .infinity)
        for (order, divergence) in zip(orders, divergences) {
            let epsilon =
                divergence + NormalTail.logOnePlus(-1 / order)
                - (Elementary.log(delta) + Elementary.log(order)) / (order - 1)
            if epsilon < best.epsilon { best = (epsilon, order) }
        }
        return (max(best.epsilon, 0), best.order)
    }
}
