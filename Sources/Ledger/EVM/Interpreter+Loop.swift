extension Interpreter {
    /// Runs a frame until it ends or asks for another.
    ///
    /// Place, stack pointer and gas are locals, so that they live in registers; what calls out writes
    /// gas back to the frame before and reads it again after.
    func run<Host: EVMHost, Tracer: EVMTracer>(
        _ frame: FramePointer, table: UnsafePointer<OpcodeInfo>, host: inout Host,
        tracer: inout Tracer
    ) -> Halt {
        let code = frame.pointee.code
        let start = code.start
        let stack = frame.pointee.stack
        var place = frame.pointee.place
        var sp = stack + frame.pointee.height
        var gas = frame.pointee.gas
        var halt = Halt.proceed

        loop: while true {
            let opcode = start[place]
            if Tracer.isEnabled {
                tracer.willExecute(
                    EVMStep(
                        opcode: opcode, place: place, gas: gas, depth: frame.pointee.depth,
                        memorySize: frame.pointee.memory.size, refund: host.refund,
                        stack: Array(UnsafeBufferPointer(start: stack, count: sp - stack))))
            }
            if Tracer.isInterruptible, tracer.shouldStop() {
                halt = .interrupted
                break loop
            }
            let info = table[Int(opcode)]
            let height = sp - stack
            gas &-= Int64(info.gas)
            if gas < 0 || height < Int(info.need) || height > Int(info.most) {
                halt = Interpreter.failure(info, height: height)
                break loop
            }
            place &+= 1
            switch opcode {
            case 0x01:
                ArithmeticInstructions.binary(&sp) { $0 &+ $1 }
            case 0x02:
                ArithmeticInstructions.binary(&sp) { $0 &* $1 }
            case 0x03:
                ArithmeticInstructions.binary(&sp) { $0 &- $1 }
            case 0x04:
                ArithmeticInstructions.divide(sp)
                sp -= 1
            case 0x05:
                ArithmeticInstructions.signedDivide(sp)
                sp -= 1
            case 0x06:
                ArithmeticInstructions.remainder(sp)
                sp -= 1
            case 0x07:
                ArithmeticInstructions.signedRemainder(sp)
                sp -= 1
            case 0x08:
                ArithmeticInstructions.addModulo(sp)
                sp -= 2
            case 0x09:
                ArithmeticInstructions.multiplyModulo(sp)
                sp -= 2
            case 0x0a:
                gas &-= ArithmeticInstructions.exponentGas(sp)
                if gas < 0 {
                    halt = .outOfGas
                    break loop
                }
                ArithmeticInstructions.exponentiate(sp)
                sp -= 1
            case 0x0b:
                ArithmeticInstructions.binary(&sp) { $1.signExtended(fromByte: $0) }
            case 0x10:
                ComparisonInstructions.compare(&sp) { $0 < $1 }
            case 0x11:
                ComparisonInstructions.compare(&sp) { $1 < $0 }
            case 0x12:
                ComparisonInstructions.compare(&sp) { UInt256.signedLess($0, $1) }
            case 0x13:
                ComparisonInstructions.compare(&sp) { UInt256.signedLess($1, $0) }
            case 0x14:
                ComparisonInstructions.compare(&sp) { $0 == $1 }
            case 0x15:
                sp[-1] = UInt256(sp[-1].isZero ? 1 : 0)
            case 0x16:
                ArithmeticInstructions.binary(&sp) { $0 & $1 }
            case 0x17:
                ArithmeticInstructions.binary(&sp) { $0 | $1 }
            case 0x18:
                ArithmeticInstructions.binary(&sp) { $0 ^ $1 }
            case 0x19:
                sp[-1] = ~sp[-1]
            case 0x1a:
                ArithmeticInstructions.binary(&sp) { $1.byte(at: $0) }
            case 0x1b:
                ComparisonInstructions.shift(&sp) { $0 << $1 }
            case 0x1c:
                ComparisonInstructions.shift(&sp) { $0 >> $1 }
            case 0x1d:
                ComparisonInstructions.shift(&sp) { $0.arithmeticallyShifted(downBy: $1) }
            case 0x20:
                frame.pointee.gas = gas
                guard MemoryInstructions.hash(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 1
            case 0x30:
                sp[0] = frame.pointee.address.word
                sp += 1
            case 0x31:
                frame.pointee.gas = gas
                guard EnvironmentInstructions.balance(frame, sp, &host) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
            case 0x32:
                sp[0] = transaction.origin.word
                sp += 1
            case 0x33:
                sp[0] = frame.pointee.caller.word
                sp += 1
            case 0x34:
                sp[0] = frame.pointee.value
                sp += 1
            case 0x35:
                MemoryInstructions.loadInput(frame, sp)
            case 0x36:
                sp[0] = UInt256(count: frame.pointee.input.count)
                sp += 1
            case 0x37:
                frame.pointee.gas = gas
                guard MemoryInstructions.copyInput(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 3
            case 0x38:
                sp[0] = UInt256(count: code.count)
                sp += 1
            case 0x39:
                frame.pointee.gas = gas
                guard MemoryInstructions.copyCode(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 3
            case 0x3a:
                sp[0] = transaction.gasPrice
                sp += 1
            case 0x3b:
                frame.pointee.gas = gas
                guard EnvironmentInstructions.codeSize(frame, sp, &host) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
            case 0x3c:
                frame.pointee.gas = gas
                guard EnvironmentInstructions.copyCode(frame, sp, &host) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 4
            case 0x3d:
                sp[0] = UInt256(count: frame.pointee.returnData.count)
                sp += 1
            case 0x3e:
                frame.pointee.gas = gas
                halt = MemoryInstructions.copyReturnData(frame, sp)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
                sp -= 3
            case 0x3f:
                frame.pointee.gas = gas
                guard EnvironmentInstructions.codeHash(frame, sp, &host) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
            case 0x40:
                EnvironmentInstructions.blockHash(sp, block, &host)
            case 0x41:
                sp[0] = block.coinbase.word
                sp += 1
            case 0x42:
                sp[0] = UInt256(block.timestamp)
                sp += 1
            case 0x43:
                sp[0] = UInt256(block.number)
                sp += 1
            case 0x44:
                sp[0] = block.prevRandao
                sp += 1
            case 0x45:
                sp[0] = UInt256(block.gasLimit)
                sp += 1
            case 0x46:
                sp[0] = UInt256(block.chainID)
                sp += 1
            case 0x47:
                sp[0] = host.balance(of: frame.pointee.address)
                sp += 1
            case 0x48:
                sp[0] = block.baseFee
                sp += 1
            case 0x49:
                EnvironmentInstructions.blobHash(sp, transaction)
            case 0x4a:
                sp[0] = block.blobBaseFee
                sp += 1
            case 0x50:
                sp -= 1
            case 0x51:
                frame.pointee.gas = gas
                guard MemoryInstructions.load(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
            case 0x52:
                frame.pointee.gas = gas
                guard MemoryInstructions.store(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 2
            case 0x53:
                frame.pointee.gas = gas
                guard MemoryInstructions.storeByte(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 2
            case 0x54:
                frame.pointee.gas = gas
                guard StorageInstructions.load(frame, sp, &host) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
            case 0x55:
                frame.pointee.gas = gas
                halt = StorageInstructions.store(frame, sp, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
                sp -= 2
            case 0x56:
                sp -= 1
                guard sp[0].fitsUInt64, code.isDestination(sp[0].w0) else {
                    halt = .invalidJump
                    break loop
                }
                place = Int(sp[0].w0)
            case 0x57:
                sp -= 2
                if !sp[0].isZero {
                    guard sp[1].fitsUInt64, code.isDestination(sp[1].w0) else {
                        halt = .invalidJump
                        break loop
                    }
                    place = Int(sp[1].w0)
                }
            case 0x58:
                sp[0] = UInt256(count: place &- 1)
                sp += 1
            case 0x59:
                sp[0] = UInt256(count: frame.pointee.memory.size)
                sp += 1
            case 0x5a:
                sp[0] = UInt256(UInt64(bitPattern: gas))
                sp += 1
            case 0x5b:
                continue loop
            case 0x5c:
                StorageInstructions.loadTransient(frame, sp, &host)
            case 0x5d:
                frame.pointee.gas = gas
                halt = StorageInstructions.storeTransient(frame, sp, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
                sp -= 2
            case 0x5e:
                frame.pointee.gas = gas
                guard MemoryInstructions.move(frame, sp) else {
                    halt = .outOfGas
                    break loop
                }
                gas = frame.pointee.gas
                sp -= 3
            case 0x5f:
                sp[0] = .zero
                sp += 1
            case 0x60:
                sp[0] = UInt256(UInt64(start[place]))
                sp += 1
                place &+= 1
            case 0x61:
                let high = UInt64(start[place]) << 8
                sp[0] = UInt256(high | UInt64(start[place &+ 1]))
                sp += 1
                place &+= 2
            case 0x62...0x7f:
                let width = Int(opcode) &- 0x5f
                sp[0] = UInt256(loading: start + place) >> UInt64(8 &* (32 &- width))
                sp += 1
                place &+= width
            case 0x80...0x8f:
                sp[0] = sp[0x7f &- Int(opcode)]
                sp += 1
            case 0x90...0x9f:
                let other = 0x8e &- Int(opcode)
                let top = sp[-1]
                sp[-1] = sp[other]
                sp[other] = top
            case 0xa0...0xa4:
                let topics = Int(opcode) &- 0xa0
                frame.pointee.gas = gas
                halt = StorageInstructions.log(frame, sp, topics: topics, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
                sp -= topics &+ 2
            case 0xf0:
                frame.pointee.gas = gas
                halt = CreateInstructions.create(.create, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xf5:
                frame.pointee.gas = gas
                halt = CreateInstructions.create(.create2, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xf1:
                frame.pointee.gas = gas
                halt = CallInstructions.call(.call, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xf2:
                frame.pointee.gas = gas
                halt = CallInstructions.call(.callCode, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xf4:
                frame.pointee.gas = gas
                halt = CallInstructions.call(.delegateCall, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xfa:
                frame.pointee.gas = gas
                halt = CallInstructions.call(.staticCall, frame, &sp, rules, &host)
                gas = frame.pointee.gas
                if halt != .proceed { break loop }
            case 0xf3, 0xfd:
                frame.pointee.gas = gas
                halt = Interpreter.finish(frame, sp, opcode == 0xf3 ? .returned : .reverted)
                gas = frame.pointee.gas
                break loop
            case 0xff:
                frame.pointee.gas = gas
                halt = CreateInstructions.selfDestruct(frame, sp, &host)
                gas = frame.pointee.gas
                break loop
            default:
                // STOP; undefined opcodes fail the check of the stack.
                halt = .stop
                break loop
            }
        }
        frame.pointee.place = place
        frame.pointee.height = sp - stack
        frame.pointee.gas = gas
        return halt
    }

    /// Which of the three checks failed.
    @inline(never)
    private static func failure(_ info: OpcodeInfo, height: Int) -> Halt {
        if info.need == .max { return .undefinedInstruction }
        if height < Int(info.need) { return .stackUnderflow }
        if height > Int(info.most) { return .stackOverflow }
        return .outOfGas
    }

    /// RETURN and REVERT.
    @inline(never)
    private static func finish(_ frame: FramePointer, _ sp: StackPointer, _ halt: Halt) -> Halt {
        guard frame.pointee.expand(sp[-1], sp[-2]) else { return .outOfGas }
        let count = Int(sp[-2].w0)
        frame.pointee.output = frame.pointee.memory.bytes(count == 0 ? 0 : Int(sp[-1].w0), count)
        return halt
    }
}
