/// 0x01 to 0x0b: integers modulo 2²⁵⁶ (Yellow Paper, appendix H.2, 0s).
enum ArithmeticInstructions {
    @inline(__always)
    static func binary(
        _ sp: inout StackPointer, _ operation: (UInt256, UInt256) -> UInt256
    ) {
        sp -= 1
        sp[-1] = operation(sp[0], sp[-1])
    }

    @inline(__always)
    static func ternary(
        _ sp: inout StackPointer, _ operation: (UInt256, UInt256, UInt256) -> UInt256
    ) {
        sp -= 2
        sp[-1] = operation(sp[1], sp[0], sp[-1])
    }

    /// The divisions are calls: inlined they would crowd the registers of the loop.
    @inline(never)
    static func divide(_ sp: StackPointer) {
        sp[-2] = sp[-1].dividedBy(sp[-2]).quotient
    }

    @inline(never)
    static func signedDivide(_ sp: StackPointer) {
        sp[-2] = sp[-1].signedDivided(by: sp[-2])
    }

    @inline(never)
    static func remainder(_ sp: StackPointer) {
        sp[-2] = sp[-1].dividedBy(sp[-2]).remainder
    }

    @inline(never)
    static func signedRemainder(_ sp: StackPointer) {
        sp[-2] = sp[-1].signedRemainder(dividingBy: sp[-2])
    }

    @inline(never)
    static func addModulo(_ sp: StackPointer) {
        sp[-3] = sp[-1].adding(sp[-2], modulo: sp[-3])
    }

    @inline(never)
    static func multiplyModulo(_ sp: StackPointer) {
        sp[-3] = sp[-1].multiplied(by: sp[-2], modulo: sp[-3])
    }

    /// EXP; answers the gas for the exponent's bytes, which the caller takes first.
    @inline(never)
    static func exponentGas(_ sp: StackPointer) -> Int64 {
        Int64(sp[-2].byteWidth) * GasCost.exponentByte
    }

    @inline(never)
    static func exponentiate(_ sp: StackPointer) {
        sp[-2] = sp[-1].raised(to: sp[-2])
    }
}
