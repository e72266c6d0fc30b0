/// Finds the least gas limit, or nearly that, with which a call succeeds.
///
/// Not simply what it uses: a call may need more at hand than it uses in the end (refunds, the 64th
/// part that stays with each caller, code that looks at its gas). As in geth the search ends within
/// 1.5 % above the least.
struct GasEstimate {
    /// How near is near enough.
    private static let tolerance = 0.015

    let run: CallRun

    /// - Parameters:
    ///   - call: Its gas, if it has any, is the most that is tried.
    ///   - cap: The most otherwise.
    func estimate(
        _ call: CallRequest, cap: UInt64, on state: inout CallState,
        deadline: inout Deadline
    ) throws(RPCError) -> UInt64 {
        var high = cap
        if let gas = call.gas, gas >= 21_000 { high = min(high, gas) }
        high = try affordable(call, most: high, on: &state)
        if try isPlainTransfer(call, on: &state) {
            let outcome = try attempt(call, gas: 21_000, on: &state, &deadline)
            if outcome?.halt.isSuccess == true { return 21_000 }
        }
        guard let outcome = try attempt(call, gas: high, on: &state, &deadline),
            outcome.halt != .outOfGas
        else { throw .failed("gas required exceeds allowance (\(high))") }
        if let error = RPCError(outcome.halt, output: outcome.output) { throw error }
        var low = outcome.gasUsed - 1
        // What was used, with a stipend and the 64th part that a caller keeps, is often enough.
        let guess = (outcome.gasUsed + 2300) * 64 / 63
        if guess < high {
            if try succeeds(call, guess, on: &state, &deadline) {
                high = guess
            } else {
                low = guess
            }
        }
        while low + 1 < high {
            if Double(high - low) / Double(high) < Self.tolerance { break }
            // Most need hardly more than they use, so the middle would mostly be far too high.
            let middle = min(low + (high - low) / 2, low * 2)
            if try succeeds(call, middle, on: &state, &deadline) {
                high = middle
            } else {
                low = middle
            }
        }
        return high
    }

    /// Gas that the sender can pay for, if it offers to pay.
    private func affordable(
        _ call: CallRequest, most: UInt64, on state: inout CallState
    ) throws(RPCError) -> UInt64 {
        let balance = state.account(call.from)?.balance ?? .zero
        guard balance >= call.value else { throw .failed("insufficient funds for transfer") }
        let price = call.gasPrice ?? call.maxFeePerGas ?? .zero
        guard !price.isZero else { return most }
        let allowance = (balance &- call.value).dividedBy(price).quotient
        return min(most, allowance.clampedUInt64)
    }

    private func isPlainTransfer(
        _ call: CallRequest, on state: inout CallState
    ) throws(RPCError) -> Bool {
        guard let to = call.to, call.input.isEmpty, call.accessList.isEmpty,
            call.authorizations.isEmpty, !run.rules.isPrecompile(to)
        else { return false }
        return (state.account(to)?.codeHash ?? .emptyCode) == .emptyCode
    }

    private func succeeds(
        _ call: CallRequest, _ gas: UInt64, on state: inout CallState,
        _ deadline: inout Deadline
    ) throws(RPCError) -> Bool {
        try attempt(call, gas: gas, on: &state, &deadline)?.halt.isSuccess == true
    }

    /// What becomes of the call with so much gas; `nil` where that does not even pay for its start.
    private func attempt(
        _ call: CallRequest, gas: UInt64, on state: inout CallState,
        _ deadline: inout Deadline
    ) throws(RPCError) -> CallRun.Outcome? {
        if deadline.isOver { throw .timedOut }
        let outcome: CallRun.Outcome
        do throws(CallRefusal) {
            outcome = try run.run(call, gas: gas, on: &state, tracer: &deadline)
        } catch {
            if error.wantsGas { return nil }
            throw error.error
        }
        if outcome.halt == .interrupted { throw .timedOut }
        return outcome
    }
}
