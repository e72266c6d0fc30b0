#!/usr/bin/env python3
"""Measures the ledger in release and writes what comes of it to LEDGER.md and ledger.json.

    ledger.py --bench FILE --psic FILE [--runs N] [--accounts N] [--directory DIR] [--quick]

LedgerBench measures transfers, import, a large state and JSON-RPC; evm.py the virtual machine beside revm.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import run as harness  # noqa: E402


def median(runs):
    """The median of each figure of several runs, however they are nested."""
    first = runs[0]
    if isinstance(first, dict):
        return {key: median([run[key] for run in runs]) for key in first}
    if isinstance(first, list):
        return [median(list(rows)) for rows in zip(*runs)]
    return statistics.median(runs) if isinstance(first, (int, float)) else first


def bench(arguments, *options):
    command = [arguments.bench, "--directory", arguments.directory, *map(str, options)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if answer.returncode:
        raise SystemExit(f"ledger.py: {' '.join(command)} failed")
    return json.loads(answer.stdout)


def evm(arguments):
    script = HERE / "evm.py"
    if not script.exists():
        print("ledger.py: SKIPPED: the virtual machine, as there is no evm.py", file=sys.stderr)
        return []
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        options = ["--seconds", "0.02", "--rounds", "1"] if arguments.quick else []
        subprocess.run([sys.executable, script, "--psic", arguments.psic, "--output", file.name, *options], check=True)
        return [json.loads(line) for line in open(file.name)]


def table(head, rows):
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def mib(count):
    return f"{count / 2**20:,.0f} MiB"


def transfers(figures):
    micro = [figures[key] for key in ("recoveryMicroseconds", "buildMicroseconds", "commitMicroseconds")]
    yield "## Transfers"
    yield ""
    yield (f"{figures['blocks']:.0f} blocks of {figures['transfersPerBlock']:,.0f} signed transfers of 1,000 senders to"
           " 20,000 receivers, one durable LMDB commit (fdatasync) a block. One transaction after another on one"
           " thread: decoding with the signer's recovery, execution, receipts and roots, commit. *By CPU time* is what"
           " one core does where others take the machine too.")
    yield ""
    yield from table(["", "per second", "per CPU second"], [
        ["bytes to disk, own blocks", f"{figures['transfersPerSecond']:,.0f}", f"{figures['transfersPerCPUSecond']:,.0f}"],
        ["import of others' blocks", f"{figures['importedTransfersPerSecond']:,.0f}",
         f"{figures['importedTransfersPerCPUSecond']:,.0f}"],
        ["import, signers recovered on all cores, a block ahead",
         f"{figures['parallelImportedTransfersPerSecond']:,.0f}", "–"],
    ])
    yield from table(["a transfer", "µs", "part"], [
        [name, f"{value:.1f}", f"{value / sum(micro):.0%}"]
        for name, value in zip(["decoding and recovery (libsecp256k1)", "execution and roots", "commit"], micro)])


def state(figures):
    genesis, now = figures["genesisMemory"], figures["memory"]
    yield f"## {figures['accounts']:,.0f} accounts"
    yield ""
    yield (f"Blocks of {figures['touchedPerBlock'] / 2:,.0f} transfers touch {figures['touchedPerBlock']:,.0f} accounts all"
           " over the trie; means of five, signatures recovered before. *Root* is building less executing once more."
           " Memory of the process by /proc/self/status: its own (anonymous), and pages of the store's map, which"
           " the system takes back when it needs them.")
    yield ""
    yield from table(["", ""], [
        ["genesis, durable", f"{figures['genesisSeconds']:.1f} s ({figures['genesisCPUSeconds']:.1f} s CPU)"],
        ["block built", f"{figures['largeBuildMilliseconds']:.0f} ms"],
        ["of which the root", f"{figures['largeRootMilliseconds']:.0f} ms"],
        ["block committed", f"{figures['largeCommitMilliseconds']:.0f} ms"],
        ["disk used", mib(figures["diskBytes"])],
        ["memory after genesis", f"{mib(genesis['anonymousBytes'])} own, {mib(genesis['fileBytes'])} mapped"],
        ["memory, opened anew, after the blocks", f"{mib(now['anonymousBytes'])} own, {mib(now['fileBytes'])} mapped"],
    ])


def rpc(figures):
    yield "## JSON-RPC"
    yield ""
    yield ("`psic-node run --dev --block-time 1` on the disk, while"
           f" {figures['rpcTransfersPerSecond']:.0f} transfers a second are sent in and put into blocks. Keep-alive"
           " HTTP on 127.0.0.1, one request at a time on each connection, three seconds each after half a second;"
           " latencies from the client. *Client* is the CPU time of the load generator, which shares the cores."
           " `eth_call` is `balanceOf` of a token assembled by hand.")
    yield ""
    yield from table(["method", "connections", "per second", "p50 ms", "p99 ms", "p99.9 ms", "client"], [
        [f"`{row['method']}`" if "_" in row["method"] else row["method"], f"{row['result']['connections']:.0f}",
         f"{row['result']['requestsPerSecond']:,.0f}", f"{row['result']['p50Microseconds'] / 1e3:.2f}",
         f"{row['result']['p99Microseconds'] / 1e3:.2f}", f"{row['result']['p999Microseconds'] / 1e3:.2f}",
         f"{row['result']['clientCPU']:.0%}"] for row in figures["rpc"]])


def machine_part(rows):
    yield "## Virtual machine"
    yield ""
    if not rows:
        yield "Not measured: `Benchmarks/evm.py` is not there."
        yield ""
        return
    yield "Million gas a second of pure execution, by CPU time, the same programs in turns; `revm` is pyrevm's."
    yield ""

    def text(row, key, digits):
        return f"{row[key]:,.{digits}f}" if key in row else "–"

    yield from table(["program", "gas", "psic", "revm", "psic / revm"], [
        [row["name"], text(row, "gas", 0), text(row, "psic_mgas_s", 0), text(row, "revm_mgas_s", 0),
         text(row, "ratio", 2) + (" ×" if "ratio" in row else "")] for row in rows])


def document(facts, runs, figures, rows):
    lines = [
        "# Results: ledger", "", "Written by `make bench-ledger`; all values in `ledger.json`.", "",
        f"- Machine: {facts['cpu']}, {facts['cores']} cores; {facts['system']}",
        f"- {facts['swift']}; release build of commit {facts['commit']}; {facts['time']}",
        f"- Medians of {runs} runs. Before them others used {facts['busy']:.0%} of the machine.", "",
        *transfers(figures), *state(figures), *rpc(figures), *machine_part(rows)]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", required=True, help="LedgerBench, a release build")
    parser.add_argument("--psic", required=True, help="psic-node, a release build")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--directory", default=tempfile.gettempdir() + "/psic-bench-ledger")
    parser.add_argument("--quick", action="store_true", help="one run of everything, small; writes nothing")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.runs, arguments.accounts = 1, min(arguments.accounts, 50_000)
    facts = harness.machine()
    facts["busy"] = harness.busy_share()
    size = ["--block", 1000, "--blocks", 3] if arguments.quick else []
    runs = [bench(arguments, "--accounts", arguments.accounts, "--node", arguments.psic, *size)
            for _ in range(arguments.runs)]
    figures, rows = median(runs), evm(arguments)
    text = document(facts, arguments.runs, figures, rows)
    print(text)
    if not arguments.quick:
        (HERE / "LEDGER.md").write_text(text)
        values = {"machine": facts, "runs": runs, "evm": rows}
        (HERE / "ledger.json").write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
