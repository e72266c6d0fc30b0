"""Prints reports of `psic-node sim run --format json` as tables."""

import json
import sys


def number(value):
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)


def row(figure):
    target = figure.get("target")
    sign = {"atLeast": "≥", "atMost": "≤"}
    wanted = f"{sign[target['side']]} {number(target['bound'])}" if target else ""
    value = figure["value"]
    met = True
    if target:
        # A figure that is not a number comes as a text.
        met = isinstance(value, (int, float)) and (
            value >= target["bound"] if target["side"] == "atLeast" else value <= target["bound"]
        )
    mark = "" if not target else "met" if met else "MISSED"
    return figure["name"], f"{number(value)} {figure['unit']}".strip(), wanted, mark


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    outcome, cost = report["outcome"], report["cost"]
    print(
        f"{outcome['scenario']}: {outcome['peers']} peers, seed {outcome['seed']}, "
        f"{outcome['virtualSeconds']:.0f} virtual s, {cost['wallSeconds']:.1f} s, "
        f"{cost['cpuSeconds']:.1f} s of CPU, peak {cost['peakBytes'] / 2**20:.0f} MiB, "
        f"{cost['peakBytesPerPeer'] / 2**20:.2f} MiB a peer"
    )
    for cells in map(row, outcome["figures"]):
        print("  {:<46} {:>16}  {:<8} {}".format(*cells).rstrip())
    for phase in cost["phases"]:
        print(
            f"    {phase['name']}: {phase['virtualSeconds']:.0f} virtual s, "
            f"{phase['cpuSeconds']:.1f} s of CPU, "
            f"{phase['millisecondsPerPeerSecond']:.3f} ms/peer-s, "
            f"{phase['residentBytes'] / 2**20:.0f} MiB"
        )
    print()
