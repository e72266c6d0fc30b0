#!/usr/bin/env python3
"""Measures FedLearn beside its peers on one core; writes a section of RESULTS.md, and fedlearn.json.

    fedlearn.py --binary PEERBENCH --python PYTHON [--rounds N] [--only PART,...] [--print]

PYTHON has the peers' libraries (Scripts/bench-fl.sh makes such an environment). Parts run in turns,
ours and theirs, each in a process of its own; figures are medians over the rounds of CPU time.
"""
import argparse
import datetime
import json
import pathlib
import platform
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import run  # noqa: E402  (say, busy_share and machine are its)

BEGIN, END = run.LEARNING_BEGIN, run.LEARNING_END
PARTS = ("sums", "large-sum", "rules", "compression", "privacy", "training")
# Rounds of the peers' parts that take minutes.
ONCE = {"large-sum": 1, "rules": 1}
PEER_TIMEOUT = 1_800



# What a row has to be, as (what it says, does it hold of ours and {peer: ms}).
def at_most(limit):
    return f"≤ {limit:g} ms", lambda ours, theirs: ours <= limit


def times_faster(factor, peer):
    return f"{factor}× {peer}", lambda ours, theirs: peer not in theirs or ours * factor <= theirs[peer]


def no_slower(word):
    def holds(ours, theirs):
        found = [v for p, v in theirs.items() if word in p]
        return not found or ours <= min(found)
    return f"≤ {word}", holds


BARS = {
    "median 50 x 1m": times_faster(10, "Flower"),
    "Krum 100 x 1m": at_most(120),
    "mask 1m": no_slower("OpenSSL"),
    "MLP step, batch 16": no_slower("NumPy"),
}


def call(command, timeout):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr[-400:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def available_gib():
    for line in open("/proc/meminfo"):
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) / 2**20
    return 0


def natural(name):
    """Numbers in names in the order of their values."""
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", name)]


def collect(options):
    ours, theirs, versions, missing, busy = {}, {}, {}, {}, []
    for part in options.only.split(","):
        if part == "large-sum" and available_gib() < 5:
            missing["50 x 10m"] = "less than 5 GiB of memory are free"
            continue
        for turn in range(options.rounds):
            run.say(f"  {part}, {turn + 1} of {options.rounds}")
            busy.append(run.busy_share())
            told = call([options.binary, "fedlearn", part], 900)["ms"]
            for name in sorted(told, key=natural):
                ours.setdefault(name, []).append(told[name])
            if not options.python or turn >= ONCE.get(part, options.rounds):
                continue
            try:
                told = call([options.python, HERE / "fedlearn_peers.py", part], PEER_TIMEOUT)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                missing[f"all peers of {part}"] = str(error)[-160:]
                continue
            versions.update(told["versions"])
            missing.update(told["missing"])
            for name, peers in told["ms"].items():
                for peer, value in peers.items():
                    theirs.setdefault(name, {}).setdefault(peer, []).append(value)
    median = statistics.median
    return {
        "ours": {name: median(v) for name, v in ours.items()},
        "theirs": {name: {p: median(v) for p, v in peers.items()} for name, peers in theirs.items()},
        "versions": versions, "missing": missing, "busy": median(busy),
    }


def number(ms):
    if ms < 0.1:
        return f"{1e3 * ms:.1f} µs"
    return f"{ms:.2f} ms" if ms < 10 else f"{ms:,.0f} ms" if ms >= 100 else f"{ms:.1f} ms"


def volume(name):
    """Bytes that a row reads once: 50 x 1m floats are 200 MB."""
    match = re.fullmatch(r"(?:sum|mean|reading) (\d+) x (\d+)([km])", name)
    return match and 4 * int(match[1]) * int(match[2]) * (1_000 if match[3] == "k" else 1_000_000)


def document(facts):
    machine = run.machine()
    lines = [
        BEGIN, "## FedLearn on one thread", "",
        f"Written by `make bench-fl`; all values in `fedlearn.json`. CPU time, medians; {machine['cpu']}; "
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC; share of the machine that other work "
        f"took: {facts['busy']:.0%}.", "",
        "Peers: " + (", ".join(f"{k} {v}" for k, v in sorted(facts["versions"].items())) or "none")
        + f"; Python {platform.python_version()}.", "",
        "| what | psic | peer | | peer / psic | bar |", "|---|---|---|---|---|---|",
    ]
    for name, ours in facts["ours"].items():
        peers = facts["theirs"].get(name, {})
        told = number(ours)
        if bytes_read := volume(name):
            told += f" ({bytes_read / ours / 1e6:.1f} GB/s)"
        bar = "–"
        if name in BARS:
            text, holds = BARS[name]
            bar = f"{text}: {'yes' if holds(ours, peers) else '**no**'}"
        if name == "sum 50 x 1m":
            # Whoever reads the same bytes fastest in this run shows what the memory gives, be it a peer.
            fastest = min([facts["ours"]["reading 50 x 1m"], *peers.values()])
            reached = bytes_read / ours / 1e6 >= 22 or ours * 0.9 <= fastest
            bar = f"≥ 22 GB/s or 90 % of the fastest reader: {'yes' if reached else '**no**'}"
        for index, (peer, value) in enumerate(sorted(peers.items()) or [("–", None)]):
            first = (name, told, bar) if index == 0 else ("", "", "")
            ratio = f"{value / ours:,.1f} ×" if value else "–"
            lines.append(
                f"| {first[0]} | {first[1]} | {peer} | {number(value) if value else '–'} | {ratio} | {first[2]} |")
    ours = facts["ours"]
    if "Bulyan 100 x 1m" in ours:
        share = ours["Bulyan 100 x 1m"] / ours["Krum 100 x 1m"]
        lines += ["", f"Bulyan computes the distances once: 100 × 1,000,000 take {share:.2f} times as long as Krum's single "
                      "selection, the rest being the mean around the median."]
    if facts["missing"]:
        lines += ["", "Not measured: " + "; ".join(f"{k} ({v})" for k, v in sorted(facts["missing"].items())) + "."]
    return "\n".join(lines + [END]) + "\n"


def main():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--binary", required=True)
    top.add_argument("--python", default="")
    top.add_argument("--rounds", type=int, default=3)
    top.add_argument("--only", default=",".join(PARTS))
    top.add_argument("--print", action="store_true", help="write nothing")
    options = top.parse_args()
    facts = collect(options)
    section = document(facts)
    print(section)
    if options.print:
        return
    (HERE / "fedlearn.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    path = HERE / "RESULTS.md"
    path.write_text(run.replace_section(path.read_text(), section))
    run.say("wrote Benchmarks/fedlearn.json and a section of Benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
