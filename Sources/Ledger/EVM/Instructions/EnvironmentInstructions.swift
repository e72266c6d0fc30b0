/// 0x31, 0x3b to 0x3f, 0x40, 0x49: what has to be asked of the host or the context.
enum EnvironmentInstructions {
    /// What an access to an account costs (EIP-2929).
    @inline(__always)
    static func accessCost<Host: EVMHost>(_ address: Address, _ host: inout Host) -> Int64 {
        host.warm(address) ? GasCost.coldAccount : GasCost.warmAccess
    }

    @inline(never)
    static func balance<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Bool {
        let address = Address(truncating: sp[-1])
        guard frame.pointee.charge(accessCost(address, &host)) else { return false }
        sp[-1] = host.balance(of: address)
        return true
    }

    @inline(never)
    static func codeSize<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Bool {
        let address = Address(truncating: sp[-1])
        guard frame.pointee.charge(accessCost(address, &host)) else { return false }
        sp[-1] = UInt256(count: host.code(of: address).count)
        return true
    }

    /// EXTCODEHASH (EIP-1052): 0 for an account that does not exist or is empty.
    @inline(never)
    static func codeHash<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Bool {
        let address = Address(truncating: sp[-1])
        guard frame.pointee.charge(accessCost(address, &host)) else { return false }
        sp[-1] = host.isDead(address) ? .zero : host.code(of: address).hash.word
        return true
    }

    @inline(never)
    static func copyCode<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Bool {
        let address = Address(truncating: sp[-1])
        guard frame.pointee.charge(GasCost.copyWord * clampedWords(sp[-4])),
            frame.pointee.expand(sp[-2], sp[-4]),
            frame.pointee.charge(accessCost(address, &host))
        else { return false }
        let count = Int(sp[-4].w0)
        guard count > 0 else { return true }
        let code = host.code(of: address)
        frame.pointee.memory.copy(
            UnsafeBufferPointer(start: code.start, count: code.count), from: sp[-3],
            to: Int(sp[-2].w0), count: count)
        return true
    }

    /// Words of a size that need not have been checked; enough that no gas pays for it, if huge.
    @inline(__always)
    private static func clampedWords(_ size: UInt256) -> Int64 {
        guard size.fitsUInt64, size.w0 < EVMLimits.memoryBytes else { return 1 << 58 }
        return GasCost.words(Int(size.w0))
    }

    /// BLOCKHASH: 0 but for the last 256 blocks.
    @inline(never)
    static func blockHash<Host: EVMHost>(
        _ sp: StackPointer, _ block: borrowing BlockContext, _ host: inout Host
    ) {
        let number = sp[-1]
        guard number.fitsUInt64, number.w0 < block.number, block.number - number.w0 <= 256 else {
            sp[-1] = .zero
            return
        }
        sp[-1] = host.blockHash(number.w0).word
    }

    /// BLOBHASH (EIP-4844): 0 beyond the last.
    @inline(never)
    static func blobHash(_ sp: StackPointer, _ transaction: borrowing TransactionContext) {
        let place = sp[-1].clampedUInt64
        let count = UInt64(transaction.blobHashes.count)
        sp[-1] = place < count ? transaction.blobHashes[Int(place)] : .zero
    }
}
