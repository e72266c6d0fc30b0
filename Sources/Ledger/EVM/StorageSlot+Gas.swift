/// What changing a slot costs and gives back (EIP-2200 with the prices of EIP-2929 and the refunds of
/// EIP-3529).
extension StorageSlot {
    /// The gas for storing a value, with that for the first access.
    @inline(__always)
    func storeCost(_ value: UInt256) -> Int64 {
        let access = wasCold ? GasCost.coldSlot : 0
        if value == current { return access + GasCost.warmAccess }
        guard current == original else { return access + GasCost.warmAccess }
        return access + (original.isZero ? GasCost.setSlot : GasCost.resetSlot)
    }

    /// By how much the refund changes when the slot gets another value.
    @inline(__always)
    func refundChange(_ value: UInt256) -> Int64 {
        if current == original {
            return !original.isZero && value.isZero ? GasCost.clearRefund : 0
        }
        var refund: Int64 = 0
        if !original.isZero {
            if current.isZero {
                refund -= GasCost.clearRefund
            } else if value.isZero {
                refund += GasCost.clearRefund
            }
        }
        if value == original {
            refund +=
                (original.isZero ? GasCost.setSlot : GasCost.resetSlot) - GasCost.warmAccess
        }
        return refund
    }
}
