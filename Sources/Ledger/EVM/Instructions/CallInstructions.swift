/// 0xf1, 0xf2, 0xf4, 0xfa: calls (Yellow Paper, appendix H.2; EIP-150, 2929, 7702).
///
/// They decide and pay; the interpreter then starts the frame. A call that cannot begin for lack of
/// balance or depth gives its gas back and leaves 0.
enum CallInstructions {
    @inline(never)
    static func call<Host: EVMHost>(
        _ kind: FrameRequest.Kind, _ frame: FramePointer, _ sp: inout StackPointer,
        _ rules: borrowing ForkRules, _ host: inout Host
    ) -> Halt {
        let hasValue = kind == .call || kind == .callCode
        let address = Address(truncating: sp[-2])
        let value = hasValue ? sp[-3] : .zero
        let rest = hasValue ? sp - 4 : sp - 3
        let (inputOffset, inputSize) = (rest[0], rest[-1])
        let (outputOffset, outputSize) = (rest[-2], rest[-3])
        if kind == .call, !value.isZero, frame.pointee.isStatic { return .staticViolation }

        guard frame.pointee.expand(inputOffset, inputSize),
            frame.pointee.expand(outputOffset, outputSize),
            frame.pointee.charge(EnvironmentInstructions.accessCost(address, &host))
        else { return .outOfGas }
        if !value.isZero {
            var cost = GasCost.callValue
            if kind == .call, host.isDead(address) { cost += GasCost.newAccount }
            guard frame.pointee.charge(cost) else { return .outOfGas }
        }
        var code = host.code(of: address)
        var isDelegation = false
        if rules.hasSetCodeTransactions, let delegate = code.delegate {
            // Followed once: what stands there is code, whatever it looks like (EIP-7702).
            let cost = EnvironmentInstructions.accessCost(delegate, &host)
            guard frame.pointee.charge(cost) else { return .outOfGas }
            code = rules.isPrecompile(delegate) ? .empty : host.code(of: delegate)
            isDelegation = true
        }

        let available = frame.pointee.gas - frame.pointee.gas / 64
        let wanted = sp[-1].fitsUInt64 && sp[-1].w0 < UInt64(Int64.max) ? Int64(sp[-1].w0) : .max
        var gas = min(available, wanted)
        frame.pointee.gas -= gas
        if !value.isZero { gas += GasCost.callStipend }

        sp = rest - 2
        frame.pointee.returnData = []
        let canPay = value.isZero || host.balance(of: frame.pointee.address) >= value
        guard frame.pointee.depth < EVMLimits.callDepth, canPay else {
            frame.pointee.gas += gas
            sp[-1] = .zero
            return .proceed
        }
        // 0 until the callee ends.
        sp[-1] = .zero
        var request = FrameRequest(
            kind: kind, gas: gas, target: address, caller: frame.pointee.address, code: code,
            value: value, movesValue: kind == .call,
            input: frame.pointee.memory.bytes(
                inputSize.isZero ? 0 : Int(inputOffset.w0), Int(inputSize.w0)),
            isStatic: frame.pointee.isStatic || kind == .staticCall)
        request.outputOffset = outputSize.isZero ? 0 : Int(outputOffset.w0)
        request.outputSize = Int(outputSize.w0)
        if !isDelegation, rules.isPrecompile(address) { request.precompile = address.low }
        switch kind {
        case .callCode:
            request.target = frame.pointee.address
            request.codeAddress = address
        case .delegateCall:
            request.target = frame.pointee.address
            request.codeAddress = address
            request.caller = frame.pointee.caller
            request.value = frame.pointee.value
        default: break
        }
        frame.pointee.request = request
        return .suspended
    }
}
