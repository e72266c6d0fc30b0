#!/usr/bin/env python3
"""The same EVM programs on psic and on revm 8 (pyrevm), Cancun, in turns in one run.

    evm.py --psic PSIC-NODE [--output FILE.json] [--seconds S] [--rounds N] [--only TEXT]

Prints a table and writes one JSON object per program. Exit code 1 if the two differ in gas or output.

Programs: `bench_evm.jsonl.gz` of PSIC_ETHEREUM_VECTORS (ipsilon/evm-benchmarks; without it they are left
out and that is said), and the loops below. pyrevm comes from PyPI (Tests/Interop/revm-python.sh); without
it only psic is measured.

How it is timed. CPU time of one thread, only execution: `psic-node evm bench` starts its clock after the
state is built and stops it before roots. pyrevm runs in one EVM instance; each call begins from a
snapshot, so that everything is cold again, and is reverted outside of the time. A call of pyrevm also
builds its machine and scans the code for jump destinations, which a node would not do each time: the time
of calling the same code with a STOP in front, on the same data, is taken off. Nothing is taken off from
psic's. Per program: medians of many runs, then the median of the rounds, in which the two take turns.
"""

import argparse
import gzip
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

try:
    import pyrevm
except ImportError:
    pyrevm = None

CALLER = "0x00000000000000000000000000000000000000c0"
DRIVER = "0x00000000000000000000000000000000000000d0"
CALLEE = "0x00000000000000000000000000000000000000e0"
GAS = 1_000_000_000


# Programs

NAMES = {name: code for start, names in {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR",
    0x20: "KECCAK256",
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
    storage = {mapping_slot(DRIVER, 5): hex(10**27)}
    before = "a9059cbb e0 SHL 0 MSTORE 01 24 MSTORE"
    body = f"DUP1 {receiver} 04 MSTORE " + call("CALL", CALLEE, "0", data="44 0", result="20 60")
    return loop(count, body, before, {CALLEE: account(code, storage)})


def mapping_slot(address, slot):
    """Where Vyper keeps an entry of a mapping; KECCAK256 is asked of the EVM itself."""
    code = asm(f"{slot:02x} 0 MSTORE {address} 20 MSTORE 40 0 KECCAK256 0 MSTORE 20 0 RETURN")
    done = run_psic("evm", "run", "--code", code)
    return done["output"]


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
        yield {"name": name, "accounts": program["accounts"],
               "tx": {"from": CALLER, "to": DRIVER, "data": program["data"], "gas": GAS}}


def suite():
    folder = os.environ.get("PSIC_ETHEREUM_VECTORS")
    path = Path(folder or "") / "bench_evm.jsonl.gz"
    if not folder or not path.exists():
        print("evm.py: no bench_evm.jsonl.gz (set PSIC_ETHEREUM_VECTORS): its programs are left out", file=sys.stderr)
        return
    with gzip.open(path, "rt") as lines:
        for line in lines:
            yield json.loads(line)


# psic


def run_psic(*words):
    done = subprocess.run([arguments.psic, *words, "--format", "json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"evm.py: psic-node {' '.join(words)[:200]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def psic_seconds(program, repeat):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write(json.dumps(program) + "\n")
        file.flush()
        return run_psic("evm", "bench", file.name, "--repeat", str(repeat))[0]["medianSeconds"]


# revm


class Revm:
    """One instance with the program's accounts, and a second with a STOP in front of the code."""

    def __init__(self, program):
        self.tx = program["tx"]
        self.data = bytes.fromhex(self.tx["data"][2:])
        self.evm = self.instance(program, "")
        self.idle = self.instance(program, "00")

    def instance(self, program, prefix):
        environment = pyrevm.Env(block=pyrevm.BlockEnv(number=1, gas_limit=1 << 62))
        # An unknown name of the fork would silently mean the latest.
        evm = pyrevm.EVM(env=environment, gas_limit=(1 << 63) - 1, spec_id="CANCUN")
        for address, fields in program["accounts"].items():
            code = fields["code"][2:]
            if address == self.tx["to"]:
                code = prefix + code
            evm.insert_account_info(address, pyrevm.AccountInfo(
                nonce=int(fields["nonce"], 16), balance=int(fields["balance"], 16), code=bytes.fromhex(code) or None))
            for key, value in fields["storage"].items():
                # Setting a slot loads the account, which would leave it warm.
                mark = evm.snapshot()
                evm.insert_account_storage(address, int(key, 16), int(value, 16))
                evm.revert(mark)
        return evm

    def call(self, evm):
        """One run from the same state: seconds and output; `evm.result` has the rest."""
        mark = evm.snapshot()
        start = time.process_time()
        output = evm.message_call(self.tx["from"], self.tx["to"], calldata=self.data, gas=self.tx["gas"])
        seconds = time.process_time() - start
        evm.revert(mark)
        evm.reset_transient_storage()
        return seconds, output

    def outcome(self):
        _, output = self.call(self.evm)
        return {"gas_used": self.evm.result.gas_used, "success": self.evm.result.is_success,
                "output_sha256": hashlib.sha256(output).hexdigest()}

    def seconds(self, repeat):
        whole = statistics.median(self.call(self.evm)[0] for _ in range(repeat))
        idle = statistics.median(self.call(self.idle)[0] for _ in range(min(repeat, 200)))
        return max(whole - idle, 1e-9), idle


# Both


def expect(program, revm):
    """What the program must use and return: by its file, and by revm."""
    seen = revm.outcome()
    known = {k: v for k, v in program.get("expect", {}).items() if k in seen}
    if any(seen[key] != value for key, value in known.items()):
        raise SystemExit(f"evm.py: revm on {program['name']}: {seen}, expected {known}")
    # psic-node refuses to give a time for a run that does not meet it.
    return {**program, "expect": seen}


def measure(program):
    revm = Revm(program) if pyrevm else None
    if revm:
        program = expect(program, revm)
    once = psic_seconds(program, 3)
    repeat = max(3, min(5000, int(arguments.seconds / once)))
    ours, theirs, idle = [], [], []
    for _ in range(arguments.rounds):
        ours.append(psic_seconds(program, repeat))
        if revm:
            seconds, unused = revm.seconds(repeat)
            theirs.append(seconds)
            idle.append(unused)
    row = {"name": program["name"], "psic_us": statistics.median(ours) * 1e6, "repeat": repeat}
    if revm:
        gas = program["expect"]["gas_used"]
        row |= {"gas": gas, "psic_mgas_s": gas / row["psic_us"], "revm_us": statistics.median(theirs) * 1e6,
                "revm_overhead_us": statistics.median(idle) * 1e6}
        row["revm_mgas_s"] = gas / row["revm_us"]
        row["ratio"] = row["revm_us"] / row["psic_us"]
    elif "expect" in program:
        row |= {"gas": program["expect"]["gas_used"], "psic_mgas_s": program["expect"]["gas_used"] / row["psic_us"]}
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def show(row):
    def text(key, digits):
        return f"{row[key]:.{digits}f}" if key in row else "-"

    print(f"{row['name']:34} {row.get('gas', '-'):>11} {text('psic_mgas_s', 0):>8} {text('revm_mgas_s', 0):>8}"
          f" {text('ratio', 2):>6} {text('revm_overhead_us', 1):>12}", flush=True)


def main():
    programs = [p for p in [*suite(), *loops()] if not arguments.only or arguments.only in p["name"]]
    print(f"{'program':34} {'gas':>11} {'psic':>8} {'revm':>8} {'ratio':>6} {'taken off µs':>12}   Mgas/s, CPU time")
    rows = []
    for program in programs:
        rows.append(measure(program))
        show(rows[-1])
    if arguments.output:
        arguments.output.write_text("".join(json.dumps({"measure": "evm", **row}) + "\n" for row in rows))
    ratios = [row["ratio"] for row in rows if "ratio" in row]
    if ratios:
        print(f"evm: {len(ratios)} programs with the same gas and output on both; psic is ahead on"
              f" {sum(ratio > 1 for ratio in ratios)}, the lowest ratio is {min(ratios):.2f}")


def enter_environment():
    """Starts again in a Python that has pyrevm, if there can be one."""
    if pyrevm or os.environ.get("PSIC_REVM_PYTHON"):
        return
    found = subprocess.run([str(HERE / "../Tests/Interop/revm-python.sh")], capture_output=True, text=True)
    python = found.stdout.strip()
    if found.returncode == 0 and python:
        os.environ["PSIC_REVM_PYTHON"] = python
        os.execv(python, [python, *sys.argv])
    print(f"evm.py: {found.stderr.strip()}; only psic is measured", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--psic", required=True, help="psic-node, a release build")
    parser.add_argument("--output", type=Path, help="where the rows go, as JSON lines")
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU time of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each program")
    parser.add_argument("--only", help="programs whose name contains this")
    arguments = parser.parse_args()
    enter_environment()
    main()
