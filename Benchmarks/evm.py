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

from evmprograms import loops

HERE = Path(__file__).resolve().parent

try:
    import pyrevm
except ImportError:
    pyrevm = None

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


def run_program(program, command, *words):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write(json.dumps(program) + "\n")
        file.flush()
        return run_psic("evm", command, file.name, *words)[0]


def psic_seconds(program, repeat):
    return run_program(program, "bench", "--repeat", str(repeat))["medianSeconds"]


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
    """The program with what it must use and return: by its file, and by revm if it has the fork."""
    if revm:
        seen = revm.outcome()
    else:
        outcome = run_program(program, "run")
        seen = {"gas_used": outcome["gasUsed"], "success": outcome["success"],
                "output_sha256": hashlib.sha256(bytes.fromhex(outcome["output"][2:])).hexdigest()}
    known = {key: value for key, value in program.get("expect", {"success": True}).items() if key in seen}
    if any(seen[key] != value for key, value in known.items()):
        raise SystemExit(f"evm.py: {'revm' if revm else 'psic'} on {program['name']}: {seen}, expected {known}")
    # psic-node refuses to give a time for a run that does not meet it.
    return {**program, "expect": seen}


def intrinsic_gas(program):
    data = bytes.fromhex(program["tx"]["data"][2:])
    return 21_000 + sum(16 if byte else 4 for byte in data)


def measure(program):
    revm = Revm(program) if pyrevm and program.get("fork", "Cancun") == "Cancun" else None
    program = expect(program, revm)
    repeat = max(3, min(5000, int(arguments.seconds / psic_seconds(program, 3))))
    ours, theirs, idle = [], [], []
    for _ in range(arguments.rounds):
        ours.append(psic_seconds(program, repeat))
        if revm:
            seconds, unused = revm.seconds(repeat)
            theirs.append(seconds)
            idle.append(unused)
    gas = program["expect"]["gas_used"]
    row = {"name": program["name"], "gas": gas, "repeat": repeat, "psic_us": statistics.median(ours) * 1e6}
    row["psic_mgas_s"] = gas / row["psic_us"]
    # What a block full of it would take; a transaction's own gas takes no time.
    row["psic_ns_per_gas"] = row["psic_us"] * 1e3 / max(gas - intrinsic_gas(program), 1)
    if revm:
        row |= {"revm_us": statistics.median(theirs) * 1e6, "revm_overhead_us": statistics.median(idle) * 1e6}
        row["revm_mgas_s"] = gas / row["revm_us"]
        row["ratio"] = row["revm_us"] / row["psic_us"]
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def show(row):
    def text(key, digits):
        return f"{row[key]:.{digits}f}" if key in row else "-"

    print(f"{row['name']:34} {row['gas']:>11} {text('psic_mgas_s', 0):>8} {text('revm_mgas_s', 0):>8}"
          f" {text('ratio', 2):>6} {text('psic_ns_per_gas', 1):>7} {text('revm_overhead_us', 1):>13}", flush=True)


def main():
    programs = [p for p in [*suite(), *loops()] if not arguments.only or arguments.only in p["name"]]
    print(f"{'Mgas/s of CPU time':34} {'gas':>11} {'psic':>8} {'revm':>8} {'ratio':>6} {'ns/gas':>7} {'taken off µs':>13}")
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
