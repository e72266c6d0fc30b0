/// 0x10 to 0x1d: comparisons, bits and shifts (Yellow Paper, appendix H.2, 10s; EIP-145).
enum ComparisonInstructions {
    @inline(__always)
    static func compare(
        _ sp: inout StackPointer, _ isTrue: (UInt256, UInt256) -> Bool
    ) {
        sp -= 1
        sp[-1] = UInt256(isTrue(sp[0], sp[-1]) ? 1 : 0)
    }

    @inline(__always)
    static func shift(
        _ sp: inout StackPointer, _ operation: (UInt256, UInt64) -> UInt256
    ) {
        sp -= 1
        sp[-1] = operation(sp[-1], sp[0].clampedUInt64)
    }
}
