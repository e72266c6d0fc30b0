"""Random EVM programs for revm.py: several contracts that know each other, and a call to the first.

Mostly valid: depth of the stack is followed, operands fit their instruction, jumps go to labels. Now and then
not: a deeper operand than there is, a wild jump, huge offsets, bytes that mean nothing.
"""

CALLER = "0x" + "c0" * 20
CONTRACTS = ["0x" + f"{0xa0 + n:02x}" * 20 for n in range(3)]
PERSON = "0x" + "b0" * 20
NOBODY = "0x" + "0d" * 20
BLOCK = {
    "number": 20,
    "timestamp": 1_700_000_000,
    "gasLimit": 30_000_000,
    "coinbase": "0x" + "cb" * 20,
    "prevRandao": "0x" + "5a" * 32,
}

OPCODES = {name: code for start, names in {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR",
    0x20: "KECCAK256",
    0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY"
          " GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
    0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0",
    0x80: " ".join(f"DUP{n}" for n in range(1, 17)),
    0x90: " ".join(f"SWAP{n}" for n in range(1, 17)),
    0xA0: "LOG0 LOG1 LOG2 LOG3 LOG4",
    0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
    0xFA: "STATICCALL",
    0xFD: "REVERT INVALID SELFDESTRUCT",
}.items() for code, name in enumerate(names.split(), start)}

TOP = 1 << 256
EDGES = [0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 0xFFFF, 1 << 31, 1 << 32,
         (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, (1 << 64) + 1, (1 << 127), (1 << 128) - 1, 1 << 128,
         (1 << 160) - 1, 1 << 160, (1 << 192) - 1, 1 << 192, (1 << 255) - 1, 1 << 255, (1 << 255) + 1,
         TOP - 2, TOP - 1, TOP - 31, TOP - 32, TOP - 33, TOP - 256, TOP - (1 << 64), TOP - (1 << 128)]

# What an instruction takes, the top first: v value, o offset in memory, z size, k key, a address, s source
# offset, b shift or byte index, e exponent, n block number.
TAKES = {
    **dict.fromkeys("ADD MUL SUB DIV SDIV MOD SMOD LT GT SLT SGT EQ AND OR XOR".split(), "vv"),
    **dict.fromkeys("ADDMOD MULMOD".split(), "vvv"), "EXP": "ve", "SIGNEXTEND": "bv", "BYTE": "bv", "SHL": "bv",
    "SHR": "bv", "SAR": "bv", "ISZERO": "v", "NOT": "v", "KECCAK256": "oz",
    "BALANCE": "a", "EXTCODESIZE": "a", "EXTCODEHASH": "a", "CALLDATALOAD": "s", "BLOCKHASH": "n", "BLOBHASH": "b",
    "CALLDATACOPY": "osz", "CODECOPY": "osz", "EXTCODECOPY": "aosz", "RETURNDATACOPY": "osz", "MCOPY": "ooz",
    "MLOAD": "o", "MSTORE": "ov", "MSTORE8": "ov", "SLOAD": "k", "SSTORE": "kv", "TLOAD": "k", "TSTORE": "kv",
    "LOG0": "oz", "LOG1": "ozv", "LOG2": "ozvv", "LOG3": "ozvvv", "LOG4": "ozvvvv",
    **dict.fromkeys("ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE RETURNDATASIZE COINBASE"
                    " TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBBASEFEE PC MSIZE GAS".split(),
                    ""),
}
NO_RESULT = set("CALLDATACOPY CODECOPY EXTCODECOPY RETURNDATACOPY MCOPY MSTORE MSTORE8 SSTORE TSTORE"
                " LOG0 LOG1 LOG2 LOG3 LOG4".split())

FAMILIES = [
    (30, "ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND".split()),
    (20, "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR".split()),
    (12, "MLOAD MSTORE MSTORE8 MCOPY MSIZE KECCAK256".split()),
    (10, "SLOAD SSTORE SSTORE TLOAD TSTORE".split()),
    (5, "CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY RETURNDATASIZE RETURNDATACOPY".split()),
    (5, "ADDRESS ORIGIN CALLER CALLVALUE GASPRICE COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID"
        " SELFBALANCE BASEFEE BLOBBASEFEE PC GAS BLOCKHASH BLOBHASH".split()),
    (4, "BALANCE EXTCODESIZE EXTCODECOPY EXTCODEHASH".split()),
    (3, "LOG0 LOG1 LOG2 LOG3 LOG4".split()),
]

# Inputs of precompiles that are good: they are also cut, lengthened and spoilt.
BN_G1 = f"{1:064x}{2:064x}"
BN_NEGATED = f"{1:064x}{0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45:064x}"
BN_G2 = ("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
         "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
         "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
         "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa")
# EIP-4844's commitment and proof of the zero polynomial are infinity.
KZG = ("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014" + f"{5:064x}" + f"{0:064x}"
       + "c0" + "00" * 47 + "c0" + "00" * 47)
ECRECOVER = ("456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3" + f"{28:064x}"
             + "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"
             + "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada")
BLAKE2F = ("0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b"
           "6bbd41fbabd9831f79217e1319cde05b61626300000000000000000000000000000000000000000000000000000000000000"
           + "00" * 103 + "0300000000000000" + "0000000000000000" + "01")


def number(value, width):
    return value.to_bytes(width, "big")


class Code:
    """One contract's code in the making: instructions, and behind them data that CODECOPY brings to memory."""

    def __init__(self, random, depth=0, after=len(CONTRACTS)):
        self.random = random
        # Which contracts to call: mostly those from here on, as programs that call themselves soon use all gas.
        self.after = after
        self.nested = depth
        self.code = bytearray()
        self.height = 0
        # How deep a loop's body may change the stack: below is the counter.
        self.floor = 0
        # Data behind the code, with the places where its offset has to be written.
        self.data = bytearray()
        self.fixes = []

    # Parts

    def op(self, name):
        self.code.append(OPCODES[name])

    def push(self, value, width=None):
        width = width or (value.bit_length() + 7) // 8
        if width == 0:
            if self.random.random() < 0.1:
                self.code += b"\x60\x00"
            else:
                self.op("PUSH0")
        else:
            if width < 32 and self.random.random() < 0.03:
                width += 1
            self.code += bytes([0x5F + width]) + number(value, width)
        self.height += 1

    def pop(self, count=1):
        for _ in range(count):
            self.op("POP")
            self.height -= 1

    def append_data(self, data):
        """Brings bytes to memory at 0 by CODECOPY."""
        self.push(len(data), 2)
        self.code += b"\x61"
        self.fixes.append((len(self.code), len(self.data)))
        self.code += b"\x00\x00"
        self.op("PUSH0")
        self.op("CODECOPY")
        self.height -= 1
        self.data += data

    def finished(self):
        code = bytes(self.code)
        if self.data:
            # A STOP, so that nobody runs into the data.
            code += b"\x00"
            for place, offset in self.fixes:
                code = code[:place] + number(len(code) + offset, 2) + code[place + 2:]
        return code + bytes(self.data)

    # Operands

    def value(self):
        r = self.random
        kind = r.random()
        if kind < 0.45:
            return r.choice(EDGES)
        if kind < 0.6:
            return (r.choice(EDGES) + r.randrange(-3, 4)) % TOP
        if kind < 0.8:
            return r.getrandbits(8 * r.randrange(1, 33))
        if kind < 0.9:
            return TOP - 1 - r.getrandbits(8 * r.randrange(1, 32))
        return r.getrandbits(256)

    def operand(self, kind):
        r = self.random
        if kind == "o":
            return self.huge() if r.random() < 0.001 else r.choice((0, 0, 1, 31, 32, 33, 64, 96, r.randrange(300), r.randrange(3000)))
        if kind == "z":
            return self.huge() if r.random() < 0.001 else r.choice((0, 1, 4, 20, 31, 32, 32, 33, 64, 100, r.randrange(300)))
        if kind == "s":
            return self.huge() if r.random() < 0.05 else r.choice((0, 0, 1, 4, 31, 32, 36, r.randrange(200)))
        if kind == "k":
            return self.value() if r.random() < 0.1 else r.randrange(5)
        if kind == "a":
            return self.address()
        if kind == "b":
            return self.value() if r.random() < 0.2 else r.randrange(0, 260)
        if kind == "e":
            return self.value() if r.random() < 0.3 else r.randrange(0, 300)
        if kind == "n":
            return self.value() if r.random() < 0.2 else r.randrange(0, 25)
        return self.value()

    def huge(self):
        return self.random.choice((1 << 20, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 32, (1 << 64) - 1, 1 << 64, TOP - 32, TOP - 1))

    def address(self):
        r = self.random
        kind = r.random()
        if kind < 0.55:
            return int(r.choice(CONTRACTS[self.after:] if r.random() < 0.9 and self.after < len(CONTRACTS) else CONTRACTS), 16)
        if kind < 0.75:
            return int(r.choice((CALLER, PERSON, NOBODY, BLOCK["coinbase"])), 16)
        if kind < 0.9:
            return r.randrange(0, 12)
        return self.value()

    # Instructions

    def instruction(self):
        r = self.random
        names = r.choices([names for _, names in FAMILIES], [weight for weight, _ in FAMILIES])[0]
        name = r.choice(names)
        takes = TAKES[name]
        fresh = len(takes)
        if takes and r.random() < 0.4:
            fresh = r.randrange(len(takes))
        if name == "RETURNDATACOPY" and r.random() < 0.97:
            # Within what there is, else nearly all would fail.
            self.push(0)
            self.push(0)
            self.push(self.operand("o"))
            self.op(name)
            self.height -= 3
            return
        # What is on the stack serves as the last operands, unless they are offsets or sizes: a value there
        # would mostly end everything.
        rest = takes[fresh:]
        if (len(rest) > self.height - self.floor and r.random() > 0.005) or (set(rest) & set("oz") and r.random() > 0.003):
            fresh = len(takes)
        for kind in reversed(takes[:fresh]):
            self.push(self.operand(kind))
        self.op(name)
        self.height = max(0, self.height - len(takes)) + (name not in NO_RESULT)

    def shuffle(self):
        r = self.random
        if self.height and r.random() < 0.5:
            depth = r.randrange(1, min(self.height, 16) + 1) if r.random() < 0.995 else 16
            self.op(f"DUP{depth}")
            self.height += 1
        elif self.height - self.floor > 1:
            self.op(f"SWAP{r.randrange(1, min(self.height - self.floor, 17))}")
        else:
            self.push(self.value())

    def call(self):
        r = self.random
        name = r.choice(("CALL", "CALL", "CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"))
        address = None
        size = self.operand("z")
        if r.random() < 0.35:
            address, size = self.precompile_input()
        self.push(self.operand("z"))
        self.push(self.operand("o") if address is None else 0x200)
        self.push(size)
        self.push(self.operand("o") if address is None else 0)
        if name in ("CALL", "CALLCODE"):
            self.push(0 if r.random() < 0.6 else r.choice((1, 2, 1000, 1 << 40, 1 << 80, TOP - 1)))
        self.push(self.address() if address is None else address)
        if r.random() < 0.7:
            self.op("GAS")
            self.height += 1
        else:
            self.push(r.choice((0, 1, 100, 700, 2300, 2301, 5000, 20000, 1 << 32, TOP - 1)))
        self.op(name)
        self.height -= 6 if name in ("CALL", "CALLCODE") else 5
        if r.random() < 0.4:
            self.op("RETURNDATASIZE")
            self.push(0)
            self.push(self.random.choice((0, 32, 0x200)))
            self.op("RETURNDATACOPY")
            self.height -= 2
        if r.random() < 0.4:
            self.push(0x200 if address is not None else self.operand("o"))
            self.op("MLOAD")

    def precompile_input(self):
        """Puts an input into memory; answers address and size."""
        r = self.random
        which = r.choices(range(1, 11), (8, 8, 8, 8, 12, 8, 6, 1, 8, 0.3))[0]
        if which == 1:
            data = bytearray.fromhex(ECRECOVER)
            if r.random() < 0.5:
                data[r.choice((63, 31, 64, 96, 127, 32))] ^= r.choice((1, 7, 0xFF))
        elif which in (2, 3, 4):
            data = bytearray(r.randbytes(r.choice((0, 1, 31, 32, 55, 56, 63, 64, 65, 119, 120, 200))))
        elif which == 5:
            data = self.modexp()
        elif which == 6:
            data = bytearray.fromhex(r.choice((BN_G1, BN_NEGATED, "00" * 64)) + r.choice((BN_G1, BN_NEGATED, "00" * 64)))
        elif which == 7:
            data = bytearray.fromhex(r.choice((BN_G1, BN_NEGATED))) + number(self.value(), 32)
        elif which == 8:
            data = bytearray.fromhex(r.choice(("", BN_G1 + BN_G2, BN_G1 + BN_G2 + BN_NEGATED + BN_G2, "00" * 64 + BN_G2)))
        elif which == 9:
            data = bytearray.fromhex(BLAKE2F)
            data[:4] = number(r.choice((0, 1, 12, 13, 300)), 4)
            if r.random() < 0.3:
                data[212] = r.choice((0, 1, 2))
        else:
            data = bytearray.fromhex(KZG)
        if data and r.random() < 0.1:
            data[r.randrange(len(data))] ^= 1 << r.randrange(8)
        if r.random() < 0.1:
            data = data[:r.randrange(len(data) + 1)]
        elif r.random() < 0.05:
            data += r.randbytes(r.randrange(1, 70))
        self.append_data(data)
        return which, len(data)

    def modexp(self):
        r = self.random
        lengths = [r.choice((0, 1, 2, 8, 31, 32, 33, 40, 64)) for _ in range(3)]
        parts = [r.choice((b"\x00" * n, b"\xff" * n, r.randbytes(n), r.randbytes(n)[:-1] + b"\x00" if n else b"",
                           b"\x00" * (n - 1) + b"\x01" if n else b"")) for n in lengths]
        if r.random() < 0.05:
            lengths[r.randrange(3)] = self.huge()
        return bytearray(b"".join(number(n, 32) for n in lengths) + b"".join(parts))

    def create(self):
        r = self.random
        if self.nested >= 2:
            init = r.choice((b"", b"\xfe", bytes.fromhex("60ef5f5360015ff3"), r.randbytes(8)))
        else:
            inner = Code(r, self.nested + 1, self.after)
            kind = r.random()
            if kind < 0.2:
                # All of its work while it is made.
                inner.body(r.randrange(2, 12))
                inner.end()
            else:
                runtime = Code(r, self.nested + 1, self.after)
                runtime.body(r.randrange(1, 10))
                runtime.end()
                made = runtime.finished() if kind < 0.9 else r.choice((b"\xef\x00", b"", b"\x00" * 24577, b"\x00" * 24576))
                if len(made) < 1000:
                    if r.random() < 0.3:
                        inner.instruction()
                    inner.append_data(made)
                inner.push(len(made))
                inner.push(0)
                inner.op("RETURN")
            init = inner.finished()
        two = r.random() < 0.5
        value = 0 if r.random() < 0.6 else r.choice((1, 1000, TOP - 1))
        self.append_data(init)
        if two:
            self.push(r.randrange(3))
        self.push(len(init) if r.random() < 0.95 else r.choice((0, 49152, 49153, 1 << 32)))
        self.push(0)
        self.push(value)
        self.op("CREATE2" if two else "CREATE")
        self.height -= 3 if two else 2
        if r.random() < 0.7:
            # Call what has been made: its address is on the stack.
            for value in (32, 0x100, 0, 0, 0 if r.random() < 0.7 else 1):
                self.push(value)
            self.op("DUP6")
            self.op("GAS")
            self.op("CALL")
            self.height -= 4

    def branch(self):
        """JUMPI over some instructions."""
        self.push(self.random.choice((0, 1, 1 << 255)) if self.random.random() < 0.6 else self.value())
        self.code += b"\x61"
        place = len(self.code)
        self.code += b"\x00\x00"
        self.op("JUMPI")
        self.height -= 1
        before = self.height
        self.body(self.random.randrange(1, 4), flat=True)
        self.level(before)
        self.code[place:place + 2] = number(len(self.code), 2)
        self.op("JUMPDEST")

    def repeat(self):
        """A loop of some turns; its counter is on the stack."""
        self.push(self.random.randrange(1, 12))
        start = len(self.code)
        self.op("JUMPDEST")
        before = self.height
        self.body(self.random.randrange(1, 5), flat=True)
        self.level(before)
        self.code += bytes([0x60, 1, OPCODES["SWAP1"], OPCODES["SUB"], OPCODES["DUP1"], 0x61]) + number(start, 2)
        self.op("JUMPI")

    def level(self, height):
        while self.height > height:
            self.pop()
        while self.height < height:
            self.push(0)

    def wild(self):
        """Something that will mostly end in a halt."""
        r = self.random
        kind = r.randrange(4)
        if kind == 0:
            self.push(r.randrange(0, len(self.code) + 20))
            self.op("JUMP")
        elif kind == 1:
            self.code.append(r.randrange(256))
        elif kind == 2:
            self.code += r.randbytes(r.randrange(1, 6))
        else:
            self.op(r.choice(("INVALID", "SELFDESTRUCT", "DUP16", "SWAP16", "POP", "JUMP")))

    def body(self, count, flat=False):
        r = self.random
        outer, self.floor = self.floor, self.height if flat else 0
        for _ in range(count):
            kind = r.random()
            if kind < 0.75:
                self.instruction()
            elif kind < 0.85:
                self.shuffle()
            elif kind < 0.93 and (not flat or r.random() < 0.3):
                self.call()
            elif kind < 0.95 and not flat:
                self.create()
            elif kind < 0.97 and not flat:
                self.branch()
            elif kind < 0.99 and not flat:
                self.repeat()
            elif kind > 0.999:
                self.wild()
            while self.height > self.floor + 24:
                self.pop()
        self.floor = outer

    def end(self):
        """Mostly shows what is on the stack and in memory."""
        r = self.random
        kind = r.random()
        if kind < 0.75:
            shown = min(self.height, r.randrange(0, 16))
            for index in range(shown):
                self.push(32 * index, 2)
                self.op("MSTORE")
                self.height -= 2
            self.push(32 * shown + r.choice((0, 0, 1, 64)))
            self.push(0)
            self.op("RETURN" if r.random() < 0.85 else "REVERT")
        elif kind < 0.85:
            self.op("STOP")
        elif kind < 0.9:
            self.push(self.address())
            self.op("SELFDESTRUCT")
        elif kind < 0.93:
            self.op("INVALID")


class Program:
    """A program in the form that `psic-node evm run` takes: `made`."""

    def __init__(self, random, name):
        self.random = random
        accounts = {
            CALLER: self.account(10**24, 0),
            PERSON: self.account(10**18, 3),
        }
        for address in CONTRACTS:
            storage = {hex(key): hex(random.choice(EDGES[1:])) for key in range(4) if random.random() < 0.6}
            accounts[address] = self.account(
                random.choice((0, 1, 1000, 10**18)), random.choice((1, 1, 2, 254, (1 << 64) - 2, (1 << 64) - 1)),
                self.code(CONTRACTS.index(address)), storage)
        listed = []
        if random.random() < 0.2:
            listed = [{"address": address, "storageKeys": [hex(random.randrange(5)) for _ in range(random.randrange(3))]}
                      for address in random.sample([*CONTRACTS, PERSON, NOBODY], random.randrange(1, 4))]
        data = random.randbytes(random.choice((0, 4, 32, 36, 68, random.randrange(200))))
        self.made = {
            "name": name,
            "accounts": accounts,
            "block": BLOCK,
            "tx": {"from": CALLER, "to": CONTRACTS[0], "data": "0x" + data.hex(),
                   "gas": random.choice((80_000, 300_000, 1_000_000, 3_000_000, 10_000_000)),
                   "value": hex(random.choice((0, 0, 0, 1, 10**18))), "accessList": listed},
        }

    @staticmethod
    def account(balance, nonce, code=b"", storage=None):
        return {"balance": hex(balance), "nonce": hex(nonce), "code": "0x" + code.hex(), "storage": storage or {}}

    def code(self, index):
        random = self.random
        if random.random() < 0.03:
            return random.randbytes(random.randrange(1, 100))
        code = Code(random, after=index + 1)
        code.body(random.randrange(10, 60) if index == 0 else random.randrange(3, 25))
        code.end()
        made = code.finished()
        if random.random() < 0.03:
            spoilt = bytearray(made)
            for _ in range(random.randrange(1, 4)):
                spoilt[random.randrange(len(spoilt))] = random.randrange(256)
            made = bytes(spoilt)
        return made
