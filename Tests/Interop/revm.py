#!/usr/bin/env python3
"""Random programs on psic-node and on revm 8 (pyrevm) under Cancun's rules, which must do the same.

    revm.py PSIC-NODE [--count N] [--seed S] [--only NUMBER] [--keep FOLDER]

Compares how each program ends (success, revert, exceptional halt), the gas used after refunds, the output,
the logs, and of every account and slot that was looked at the balance, nonce, code and value. A program is
made from the seed and its number alone, so `--seed S --only NUMBER` is enough to see one again; one that
differs is printed as a file for `psic-node evm run FILE`. Exit code 1 if any differs.
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyrevm

from revmprogram import BLOCK, CALLER, Program

BATCH = 500


# psic


def run_psic(node, programs):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for program in programs:
            file.write(json.dumps(program) + "\n")
        file.flush()
        done = subprocess.run([node, "evm", "run", file.name, "--format", "json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"revm.py: psic-node ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


# revm


def hexed(number):
    return f"0x{number:x}"


def keyed(address):
    return address.lower()


class Revm:
    """A program's accounts in pyrevm."""

    def __init__(self, program):
        tx = program["tx"]
        block = pyrevm.BlockEnv(
            number=BLOCK["number"], timestamp=BLOCK["timestamp"], gas_limit=BLOCK["gasLimit"],
            coinbase=BLOCK["coinbase"], prevrandao=bytes.fromhex(BLOCK["prevRandao"][2:]), excess_blob_gas=0)
        listed = [(entry["address"], [int(key, 16) for key in entry["storageKeys"]]) for entry in tx["accessList"]]
        environment = pyrevm.Env(block=block, cfg=pyrevm.CfgEnv(chain_id=1), tx=pyrevm.TxEnv(access_list=listed))
        # GASLIMIT shows the machine's limit and not the block's. An unknown name of the fork would silently
        # mean the latest.
        self.evm = pyrevm.EVM(env=environment, gas_limit=BLOCK["gasLimit"], spec_id="CANCUN")
        for address, fields in program["accounts"].items():
            self.evm.insert_account_info(address, pyrevm.AccountInfo(
                nonce=int(fields["nonce"], 16), balance=int(fields["balance"], 16),
                code=bytes.fromhex(fields["code"][2:]) or None))
            for key, value in fields["storage"].items():
                # Setting a slot loads the account, which would leave it warm.
                mark = self.evm.snapshot()
                self.evm.insert_account_storage(address, int(key, 16), int(value, 16))
                self.evm.revert(mark)
        self.tx = tx

    def run(self):
        tx = self.tx
        try:
            output = self.evm.message_call(
                tx["from"], tx["to"], calldata=bytes.fromhex(tx["data"][2:]), gas=tx["gas"],
                value=int(tx["value"], 16))
        except RuntimeError as error:
            text = str(error)
            if text.startswith("Revert"):
                return self.outcome("revert", bytes.fromhex(re.search(r"output: 0x([0-9a-f]*)", text)[1]))
            if text.startswith("Halt"):
                return self.outcome("halt", b"")
            return {"status": "refused", "why": text}
        return self.outcome("success", output)

    def outcome(self, status, output):
        result = self.evm.result
        return {"status": status, "why": result.reason if status == "success" else "",
                "gas": result.gas_used, "output": "0x" + output.hex(),
                "logs": [self.log(log) for log in result.logs] if status == "success" else []}

    @staticmethod
    def log(log):
        topics, data = log.data
        return {"address": keyed(log.address), "topics": ["0x" + topic.hex() for topic in topics],
                "data": "0x" + data.hex()}

    def account(self, address, slots):
        known = self.evm.basic(address)
        return {"balance": hexed(known.balance), "nonce": known.nonce, "codeHash": "0x" + bytes(known.code_hash).hex(),
                "storage": {key: hexed(self.evm.storage(address, int(key, 16))) for key in slots}}


# Both


def status(ours):
    if ours["success"]:
        return "success"
    return "revert" if ours["halt"] == "reverted" else "halt"


def differences(program, ours):
    """What differs, in words; and how it ended."""
    revm = Revm(program)
    theirs = revm.run()
    found = []

    def same(what, a, b):
        if a != b:
            found.append(f"{what}: psic {a}, revm {b}")

    same("status", f"{status(ours)}", theirs["status"])
    if found:
        found[0] += f" ({ours['halt']}; {theirs['why']})"
        return found, theirs["status"]
    same("gas", ours["gasUsed"], theirs["gas"])
    same("output", ours["output"], theirs["output"])
    same("logs", ours["logs"], theirs["logs"])
    accounts = {keyed(address): fields for address, fields in ours["accounts"].items()}
    # What revm has looked at and psic has not must be as it was.
    for address in revm.evm.journal_state:
        accounts.setdefault(keyed(address), None)
    for address, fields in accounts.items():
        if fields is None:
            before = program["accounts"].get(address)
            if before is None:
                continue
            fields = {"balance": before["balance"], "nonce": int(before["nonce"], 16), "storage": before["storage"]}
        slots = set(fields["storage"]) | set(program["accounts"].get(address, {}).get("storage", {}))
        seen = revm.account(address, slots)
        same(f"balance of {address}", int(fields["balance"], 16), int(seen["balance"], 16))
        # pyrevm makes a call, not a transaction: the sender's nonce stays.
        if address != CALLER:
            same(f"nonce of {address}", fields["nonce"], seen["nonce"])
        if "codeHash" in fields:
            same(f"code of {address}", fields["codeHash"], seen["codeHash"])
        for key, value in fields["storage"].items():
            same(f"slot {key} of {address}", int(value, 16), int(seen["storage"][key], 16))
    return found, theirs["status"]


def report(number, program, found, keep):
    print(f"FAIL program {number} of seed {arguments.seed}")
    for line in found[:8]:
        print("     " + line[:500])
    folder = Path(keep or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"revm-{arguments.seed}-{number}.jsonl"
    path.write_text(json.dumps(program) + "\n")
    print(f"     psic-node evm run {path}", flush=True)


def main():
    began = time.monotonic()
    numbers = [arguments.only] if arguments.only is not None else range(arguments.count)
    passed = failed = 0
    ends = collections.Counter()
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start:start + BATCH]
        programs = [Program(random.Random(f"{arguments.seed}/{number}"), str(number)).made for number in batch]
        for number, program, ours in zip(batch, programs, run_psic(arguments.node, programs), strict=True):
            found, end = differences(program, ours)
            ends[end] += 1
            if found:
                failed += 1
                report(number, program, found, arguments.keep)
            else:
                passed += 1
    told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    print(f"seed {arguments.seed}: {told}; {time.monotonic() - began:.0f} s")
    print(f"revm: {passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("node", help="psic-node")
    parser.add_argument("--count", type=int, default=1000, help="programs")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other programs")
    parser.add_argument("--only", type=int, help="the program of this number alone")
    parser.add_argument("--keep", help="where programs that differ are written")
    arguments = parser.parse_args()
    main()
