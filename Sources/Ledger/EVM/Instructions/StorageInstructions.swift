/// 0x54, 0x55, 0x5c, 0x5d, 0xa0 to 0xa4: storage, transient storage, logs.
enum StorageInstructions {
    @inline(never)
    static func load<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Bool {
        let slot = host.slot(sp[-1], of: frame.pointee.address)
        guard frame.pointee.charge(slot.wasCold ? GasCost.coldSlot : GasCost.warmAccess) else {
            return false
        }
        sp[-1] = slot.current
        return true
    }

    /// SSTORE (EIP-2200 with the prices of EIP-2929 and the refunds of EIP-3529).
    @inline(never)
    static func store<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Halt {
        if frame.pointee.isStatic { return .staticViolation }
        guard frame.pointee.gas > GasCost.storeSentry else { return .outOfGas }
        let slot = host.slot(sp[-1], of: frame.pointee.address)
        let value = sp[-2]
        guard frame.pointee.charge(slot.storeCost(value)) else { return .outOfGas }
        guard value != slot.current else { return .proceed }
        let refund = slot.refundChange(value)
        if refund != 0 { host.addRefund(refund) }
        host.store(value, in: slot)
        return .proceed
    }

    @inline(never)
    static func loadTransient<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) {
        sp[-1] = host.transient(sp[-1], of: frame.pointee.address)
    }

    @inline(never)
    static func storeTransient<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Halt {
        if frame.pointee.isStatic { return .staticViolation }
        host.storeTransient(sp[-2], sp[-1], of: frame.pointee.address)
        return .proceed
    }

    /// LOG0 to LOG4.
    @inline(never)
    static func log<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, topics: Int, _ host: inout Host
    ) -> Halt {
        if frame.pointee.isStatic { return .staticViolation }
        guard frame.pointee.expand(sp[-1], sp[-2]) else { return .outOfGas }
        let count = Int(sp[-2].w0)
        let cost = Int64(topics) * GasCost.logTopic + Int64(count) * GasCost.logByte
        guard frame.pointee.charge(cost) else { return .outOfGas }
        let data = frame.pointee.memory.bytes(count == 0 ? 0 : Int(sp[-1].w0), count)
        host.log(
            EVMLog(
                address: frame.pointee.address, topics: (0..<topics).map { sp[-3 - $0] },
                data: data))
        return .proceed
    }
}
