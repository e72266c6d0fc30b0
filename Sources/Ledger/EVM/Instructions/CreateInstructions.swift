/// 0xf0, 0xf5, 0xff: creation (EIP-684, 1014, 3860) and self-destruction (EIP-6780).
enum CreateInstructions {
    @inline(never)
    static func create<Host: EVMHost>(
        _ kind: FrameRequest.Kind, _ frame: FramePointer, _ sp: inout StackPointer,
        _ rules: borrowing ForkRules, _ host: inout Host
    ) -> Halt {
        if frame.pointee.isStatic { return .staticViolation }
        let (value, offset, size) = (sp[-1], sp[-2], sp[-3])
        guard frame.pointee.expand(offset, size) else { return .outOfGas }
        let count = Int(size.w0)
        guard count <= rules.maximumInitCodeSize else { return .initCodeTooLong }
        var cost = GasCost.words(count) * GasCost.initCodeWord
        if kind == .create2 { cost += GasCost.words(count) * GasCost.hashWord }
        guard frame.pointee.charge(cost) else { return .outOfGas }

        let salt = kind == .create2 ? sp[-4] : .zero
        sp -= kind == .create2 ? 3 : 2
        sp[-1] = .zero
        frame.pointee.returnData = []
        let creator = frame.pointee.address
        let nonce = host.nonce(of: creator)
        guard frame.pointee.depth < EVMLimits.callDepth, nonce < .max,
            host.balance(of: creator) >= value
        else { return .proceed }

        let initCode = frame.pointee.memory.bytes(count == 0 ? 0 : Int(offset.w0), count)
        let address =
            kind == .create
            ? Address.created(by: creator, nonce: nonce)
            : Address.created(
                by: creator, salt: salt, initCodeHash: Keccak256.hash(initCode))
        // The nonce stays raised and the address warm, whatever becomes of the creation.
        host.raiseNonce(of: creator)
        _ = host.warm(address)
        let gas = frame.pointee.gas - frame.pointee.gas / 64
        frame.pointee.gas -= gas
        frame.pointee.request = FrameRequest(
            kind: kind, gas: gas, target: address, caller: creator,
            code: AnalyzedCode(initCode, hash: .zero), value: value, movesValue: true, input: [],
            isStatic: false)
        return .suspended
    }

    @inline(never)
    static func selfDestruct<Host: EVMHost>(
        _ frame: FramePointer, _ sp: StackPointer, _ host: inout Host
    ) -> Halt {
        if frame.pointee.isStatic { return .staticViolation }
        let beneficiary = Address(truncating: sp[-1])
        let address = frame.pointee.address
        if host.warm(beneficiary) {
            guard frame.pointee.charge(GasCost.coldAccount) else { return .outOfGas }
        }
        if !host.balance(of: address).isZero, host.isDead(beneficiary) {
            guard frame.pointee.charge(GasCost.newAccount) else { return .outOfGas }
        }
        host.selfDestruct(address, to: beneficiary)
        return .selfDestructed
    }
}
