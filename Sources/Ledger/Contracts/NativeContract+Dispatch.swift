extension NativeContract {
    /// Runs a request from the interpreter: finds the function, decodes, runs, encodes.
    ///
    /// Unknown functions, arguments that do not decode, and value that is not wanted revert without
    /// data, as Solidity's code does. The caller takes state back unless the outcome is a success.
    func outcome<Host: EVMHost>(
        of request: borrowing FrameRequest, origin: Address, block: BlockContext,
        on host: inout Host
    ) -> Interpreter.Outcome {
        let input = request.input
        let (gasLeft, result): (Int64, Result<[UInt8], NativeHalt>) = withUnsafeMutablePointer(
            to: &host
        ) { host in
            var frame = NativeFrame(request, abi: abi, origin: origin, block: block, host: host)
            do throws(NativeHalt) {
                let output = try answer(to: input, in: &frame)
                return (frame.gas, .success(output))
            } catch {
                return (frame.gas, .failure(error))
            }
        }
        switch result {
        case .success(let output):
            return Interpreter.Outcome(halt: .returned, gasLeft: gasLeft, output: output)
        case .failure(.reverted(let data)):
            return Interpreter.Outcome(halt: .reverted, gasLeft: gasLeft, output: data)
        case .failure(let halt):
            return Interpreter.Outcome(halt: halt.halt, gasLeft: 0, output: [])
        }
    }

    private func answer<Host: EVMHost>(
        to input: [UInt8], in frame: inout NativeFrame<Host>
    ) throws(NativeHalt) -> [UInt8] {
        try frame.charge(NativeGas.call + NativeGas.word * GasCost.words(input.count))
        guard let function = abi.function(of: input),
            let arguments = try? function.arguments(of: input)
        else { throw .reverted([]) }
        switch function.mutability {
        case .payable: break
        case .nonpayable: guard frame.value.isZero else { throw .reverted([]) }
        case .view, .pure:
            guard frame.value.isZero else { throw .reverted([]) }
            frame.isStatic = true
        }
        let values = try run(NativeCall(function: function, arguments: arguments), in: &frame)
        guard let output = try? ABIEncoder.encode(values, as: function.outputs.map(\.type)) else {
            throw .broken("\(function.signature) answered values of other types")
        }
        try frame.charge(NativeGas.word * GasCost.words(output.count))
        return output
    }
}
