"""The programs that evm.py makes: loops of one kind of instruction, a token, precompiles."""

import hashlib
from pathlib import Path

HERE = Path(__file__).resolve().parent

CALLER = "0x00000000000000000000000000000000000000c0"
DRIVER = "0x00000000000000000000000000000000000000d0"
CALLEE = "0x00000000000000000000000000000000000000e0"
GAS = 1_000_000_000

NAMES = {name: code for start, names in {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR",
    0x20: "KECCAK256",
    0x36: "CALLDATASIZE CALLDATACOPY",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY",
    0x80: " ".join(f"DUP{n}" for n in range(1, 17)),
    0x90: " ".join(f"SWAP{n}" for n in range(1, 17)),
    0xA0: "LOG0 LOG1 LOG2 LOG3 LOG4",
    0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
    0xFA: "STATICCALL",
}.items() for code, name in enumerate(names.split(), start)}


def asm(text):
    """Code of names and numbers; a number is pushed in as few bytes as its digits have."""
    code = b""
    for word in text.split():
        if word in NAMES:
            code += bytes([NAMES[word]])
        elif word == "0":
            code += b"\x5f"
        else:
            digits = bytes.fromhex(word.removeprefix("0x"))
            code += bytes([0x5F + len(digits)]) + digits
    return code.hex()


def account(code, storage=None):
    return {"balance": "0x0", "nonce": "0x1", "code": "0x" + code, "storage": storage or {}}


def loop(count, body, before="", others=None, data="0x"):
    """`before`, then `body` COUNT times with the counter, which counts down, on the stack's top."""
    start = asm(f"{before} {count:08x}")
    code = start + asm(f"JUMPDEST {body} 01 SWAP1 SUB DUP1 {len(start) // 2:04x} JUMPI STOP")
    return {"accounts": {DRIVER: account(code), **(others or {})}, "data": data}


def call(opcode, target, value="", data="0 0", result="0 0"):
    """A call whose result is dropped; `data` and `result` are each a size and an offset."""
    return f"{result} {data} {value} {target} GAS {opcode} POP"


def token(count, receiver):
    """transfer(receiver, 1), COUNT times, from a contract that has the tokens."""
    code = (HERE / "Programs/token.hex").read_text().strip().removeprefix("0x")
    # Where Vyper keeps the driver's entry of the mapping in slot 5: Keccak-256 of slot and address.
    storage = {"0x4bec66b44c9db5602a65c60c3538204a41c7f7deb4675b48ad2514f609ea4dc1": hex(10**27)}
    before = "a9059cbb e0 SHL 0 MSTORE 01 24 MSTORE"
    body = f"DUP1 {receiver} 04 MSTORE " + call("CALL", CALLEE, "0", data="44 0", result="20 60")
    return loop(count, body, before, {CALLEE: account(code, storage)})


def loops():
    one = {CALLEE: account(asm("01 0 MSTORE 20 0 RETURN"))}
    big = "f123456789abcdeffedcba9876543210f123456789abcdef"
    made = {
        "loop/arithmetic": loop(50_000, "DUP1 DUP1 ADD POP " * 8 + "DUP1 DUP1 MUL POP DUP1 DUP1 XOR POP"),
        "loop/div-192": loop(50_000, f"{big} DUP2 NOT DIV POP " * 4),
        "loop/div-64": loop(50_000, "f123456789abcdef DUP2 NOT DIV POP " * 4),
        "loop/sdiv-128": loop(50_000, "f123456789abcdeff123456789abcdef DUP2 NOT SDIV POP " * 4),
        "loop/addmod": loop(50_000, f"{big} DUP2 NOT DUP1 ADDMOD POP " * 4),
        "loop/mulmod": loop(50_000, "DUP1 NOT DUP1 NOT DUP1 NOT MULMOD POP " * 4),
        "loop/mulmod-256": loop(50_000, f"DUP1 NOT DUP1 00 NOT {big}f123456789abcdef SWAP2 POP MULMOD POP " * 4),
        "loop/exp": loop(10_000, "0 NOT DUP2 NOT EXP POP"),
        "loop/bits": loop(50_000, "DUP1 NOT DUP2 SHL DUP2 SHR DUP2 SAR 03 BYTE DUP2 SIGNEXTEND POP " * 4),
        "loop/memory": loop(50_000, "DUP1 20 MSTORE 20 MLOAD 40 MSTORE8 40 MLOAD POP " * 4),
        "loop/mcopy-1k": loop(20_000, "0400 0 0400 MCOPY"),
        "loop/keccak-64": loop(50_000, "40 0 KECCAK256 POP"),
        "loop/keccak-1k": loop(10_000, "0400 0 KECCAK256 POP"),
        "loop/sload-warm": loop(50_000, "0 SLOAD POP"),
        "loop/sload-cold": loop(5_000, "DUP1 SLOAD POP"),
        "loop/sstore-warm": loop(50_000, "DUP1 0 SSTORE"),
        "loop/sstore-fresh": loop(2_000, "DUP1 DUP1 SSTORE"),
        "loop/transient": loop(20_000, "DUP1 DUP1 TSTORE DUP1 TLOAD POP"),
        "loop/log1": loop(10_000, "DUP1 20 0 LOG1"),
        "loop/staticcall": loop(20_000, call("STATICCALL", CALLEE, result="20 0"), others=one),
        "loop/call": loop(20_000, call("CALL", CALLEE, "0", result="20 0"), others=one),
        "loop/delegatecall": loop(20_000, call("DELEGATECALL", CALLEE, result="20 0"), others=one),
        "loop/create": loop(500, "20 0 0 CREATE POP"),
        "erc20/repeated": token(5_000, "ff AND 1000 ADD"),
        "erc20/fresh": token(2_000, "010000 ADD"),
    }
    for name, program in made.items():
        yield made_program(name, program)
    for name, (number, gas, data) in precompiles().items():
        # Some millions of gas; what fails takes all gas, so that the loop could not end well.
        body = call("STATICCALL", f"{number:02x}", data="CALLDATASIZE 0")
        program = loop(max(2, 4_000_000 // gas), body, "CALLDATASIZE 0 0 CALLDATACOPY", data="0x" + data)
        yield made_program("precompile/" + name, program) | ({"fork": "Prague"} if number > 0x0A else {})


def made_program(name, program):
    return {"name": name, "accounts": program["accounts"],
            "tx": {"from": CALLER, "to": DRIVER, "data": program["data"], "gas": GAS}}


def words(*numbers):
    return "".join(f"{number:064x}" for number in numbers)


def random_words(count, width=32):
    """Always the same digits without a pattern."""
    return "".join(hashlib.sha256(bytes([n, width])).hexdigest()[: 2 * width] for n in range(count))


def modexp(base, exponent, modulus):
    sizes = [len(part) // 2 for part in (base, exponent, modulus)]
    return words(*sizes) + base + exponent + modulus


def precompiles():
    """By name: address, about the gas of a call, input. Those above 0x0a are Prague's."""
    odd, even = "ff" * 31 + "43", "ff" * 31 + "42"
    g1 = words(1, 2)
    g1_negated = words(1, 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD45)
    g2 = ("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
          "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
          "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
          "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa")
    # EIP-2537's generators, each coordinate in 64 bytes.
    b1 = [0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
          0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1]
    b2 = [0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
          0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
          0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
          0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE]
    p1 = "".join(f"{number:0128x}" for number in b1)
    p2 = "".join(f"{number:0128x}" for number in b2)
    scalars = [random_words(n + 1)[64 * n:] for n in range(128)]
    element = "00" * 16 + "11" + random_words(2)[2:96]
    blake = "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b" \
            "6bbd41fbabd9831f79217e1319cde05b" + "61626300" + "00" * 124 + "03" + "00" * 15 + "01"
    return {
        "ecrecover": (1, 3000, "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3" + words(28)
                      + "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"
                      + "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada"),
        "sha256-64": (2, 200, random_words(2)), "sha256-1k": (2, 600, random_words(32)),
        "ripemd160-64": (3, 900, random_words(2)), "ripemd160-1k": (3, 4500, random_words(32)),
        "identity-64": (4, 130, random_words(2)), "identity-4k": (4, 500, random_words(128)),
        "modexp-32-odd": (5, 1400, modexp(odd, "ff" * 32, odd)),
        "modexp-32-even": (5, 1400, modexp(odd, "ff" * 32, even)),
        "modexp-8-long": (5, 2700, modexp(odd[-16:], "ff" * 1024, odd[-16:])),
        "modexp-256-rsa": (5, 5500, modexp(random_words(8), "010001", random_words(8)[:-2] + "43")),
        "modexp-256-odd": (5, 87_000, modexp(random_words(8), "ff" * 32, random_words(8)[:-2] + "43")),
        "modexp-256-even": (5, 87_000, modexp(random_words(8), "ff" * 32, random_words(8)[:-2] + "42")),
        "modexp-1024-even": (5, 1_400_000, modexp(random_words(32), "ff" * 32, random_words(32)[:-2] + "42")),
        "bn254-add": (6, 250, g1 + g1), "bn254-mul": (7, 6000, g1 + "ff" * 32),
        "bn254-pairing-2": (8, 113_000, g1 + g2 + g1_negated + g2),
        "bn254-pairing-8": (8, 317_000, (g1 + g2 + g1_negated + g2) * 4),
        "blake2f-12": (9, 112, "0000000c" + blake), "blake2f-10000": (9, 10_000, "00002710" + blake),
        # The proof of go-ethereum's own benchmark.
        "kzg": (10, 50_000, "01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b"
                "564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306"
                "24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1"
                "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7"
                "873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a"),
        "bls-g1-add": (11, 475, p1 + p1), "bls-g1-msm-1": (12, 12_000, p1 + scalars[0]),
        "bls-g1-msm-16": (12, 130_000, "".join(p1 + scalar for scalar in scalars[:16])),
        "bls-g1-msm-128": (12, 797_000, "".join(p1 + scalar for scalar in scalars)),
        "bls-g2-add": (13, 700, p2 + p2), "bls-g2-msm-1": (14, 22_500, p2 + scalars[0]),
        "bls-g2-msm-16": (14, 258_000, "".join(p2 + scalar for scalar in scalars[:16])),
        "bls-g2-msm-128": (14, 1_509_000, "".join(p2 + scalar for scalar in scalars)),
        "bls-pairing-1": (15, 70_300, p1 + p2), "bls-pairing-8": (15, 298_500, (p1 + p2) * 8),
        "bls-map-g1": (16, 5500, element), "bls-map-g2": (17, 23_800, element + element),
    }
