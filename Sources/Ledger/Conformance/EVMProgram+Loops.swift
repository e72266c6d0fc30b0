extension EVMProgram {
    /// Small loops that each stress one part of the interpreter, of some millions of gas.
    package static let loops: [EVMProgram] = {
        // for (i = n; i > 0; i -= 1) body; the counter stays on the stack.
        func loop(_ name: String, _ count: UInt32, _ body: String) -> EVMProgram {
            let digits = Hexadecimal.digits(of: UInt256(UInt64(count)).bytes.suffix(4))
            let code = "63" + digits + "5b" + body + "600190038060055700"
            return EVMProgram(name: "loop/" + name, code: Hexadecimal.bytes(code) ?? [])
        }
        return [
            // 8 times DUP1 DUP1 ADD POP, then MUL and XOR in the same way.
            loop(
                "arithmetic", 50_000, String(repeating: "80800150", count: 8) + "8080025080801850"),
            loop("mulmod", 50_000, String(repeating: "801980198019" + "0950", count: 4)),
            loop("keccak64", 50_000, "604060002050"),
            loop("sstore-warm", 50_000, "80600055"),
            loop("staticcall", 20_000, "60006000600060006004" + "5afa50"),
        ]
    }()
}
