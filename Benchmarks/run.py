#!/usr/bin/env python3
"""Measures this package beside its peers on 127.0.0.1; writes results.json and RESULTS.md.

    run.py [--only WORD,...] [--runs N] [--quick]

WORD: throughput connects ping kernels simulator. The go-libp2p peer is the daemon of the interop lab
($PEERKIT_LAB, default .lab, made by Tests/Interop/setup.sh); without it the peers' columns are
missing, visibly. Ours and theirs are measured in turns, so that both meet the same load.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import shutil
import statistics
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
INTEROP = ROOT / "Tests" / "Interop"
LAB = pathlib.Path(os.environ.get("PEERKIT_LAB", ROOT / ".lab"))
# What `make bench-fl` writes into RESULTS.md; kept when the rest is written anew.
LEARNING_BEGIN, LEARNING_END = "<!-- make bench-fl -->", "<!-- end of make bench-fl -->"
TICK = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20

# Measured once with a Go program on a machine of this kind (2 vCPU, Zen 4): the lab has the daemon
# only, which is driven through its control socket and cannot show this.
NATIVE_GO = {
    "mib_per_s": 626, "sender_cpu_s_per_gib": 0.83, "receiver_cpu_s_per_gib": 0.92,
    "dialler_cpu_ms": 0.78, "listener_cpu_ms": 0.64,
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def section_of(report):
    """The section of `make bench-fl` in a report, or nothing."""
    begin, end = report.find(LEARNING_BEGIN), report.find(LEARNING_END)
    return report[begin:end + len(LEARNING_END)] + "\n" if 0 <= begin < end else ""


def replace_section(report, section):
    """REPORT with SECTION in the place of the one it had, or at its end."""
    old = section_of(report)
    return report.replace(old, section) if old else report.rstrip("\n") + "\n\n" + section


def busy_share(seconds=0.5):
    """Which share of the machine others use at the moment."""
    def read():
        values = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
        return values[3] + values[4], sum(values)
    (idle, total), _ = read(), time.sleep(seconds)
    idle2, total2 = read()
    return round(1 - (idle2 - idle) / max(1, total2 - total), 2)


# ------------------------------------------------------------------ our processes

class Ours:
    def __init__(self, binary):
        self.binary = str(binary)

    def run(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True,
                              timeout=600)
        if done.returncode:
            raise RuntimeError(f"PeerBench {' '.join(map(str, arguments))}: {done.stderr[-500:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def serve(self):
        return Server(self.binary)


class Server:
    """A serving PeerBench."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary, "serve"], stdout=subprocess.PIPE, text=True)
        self.address = json.loads(self.process.stdout.readline())["addrs"][0]
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# ------------------------------------------------------------------ go-libp2p's daemon

class Go:
    def __init__(self, gopeer, binary):
        self.gopeer, self.binary = gopeer, str(binary)

    def peer(self):
        return self.gopeer.Peer(self.binary, dht=None, pubsub=False, timeout=120)

    def serve(self):
        return GoServer(self)

    def throughput(self, address, pid, mib, streams):
        """Sends over STREAMS streams through the daemon's control socket."""
        with self.peer() as peer:
            remote = peer.connect(address)
            conns = [peer.open_stream(remote, "/lab/sink")[0] for _ in range(streams)]
            size, block = mib * MIB // streams, os.urandom(1 << 18)

            def send(conn):
                conn.sock.sendall(struct.pack(">Q", size))
                for start in range(0, size, len(block)):
                    conn.sock.sendall(block[:min(len(block), size - start)])
                if conn.read_exactly(8) != struct.pack(">Q", size):
                    raise RuntimeError("bytes were lost")

            threads = [threading.Thread(target=send, args=(c,)) for c in conns]
            cpu, start = (cpu_of(peer.pid), cpu_of(pid)), time.perf_counter()
            [t.start() for t in threads]
            [t.join() for t in threads]
            seconds = time.perf_counter() - start
            used = cpu_of(peer.pid) - cpu[0], cpu_of(pid) - cpu[1]
            [c.close() for c in conns]
        return {"mib_per_s": mib / seconds, "sender_cpu_s_per_gib": used[0] * 1024 / mib,
                "receiver_cpu_s_per_gib": used[1] * 1024 / mib}

    def connects(self, address, pid, count):
        with self.peer() as peer:
            remote = self.gopeer.split_target(address)[0]
            times = []
            for _ in range(20):
                peer.connect(address)
                peer.disconnect(remote)
            cpu, start = (cpu_of(peer.pid), cpu_of(pid)), time.perf_counter()
            for _ in range(count):
                began = time.perf_counter()
                peer.connect(address)
                times.append(time.perf_counter() - began)
                peer.disconnect(remote)
            seconds = time.perf_counter() - start
            used = cpu_of(peer.pid) - cpu[0], cpu_of(pid) - cpu[1]
        return {"per_s": count / seconds, "ms_median": statistics.median(times) * 1e3,
                "dialler_cpu_ms": used[0] / count * 1e3, "listener_cpu_ms": used[1] / count * 1e3}

    def ping(self, address, count):
        with self.peer() as peer:
            conn, _ = peer.open_stream(peer.connect(address), "/ipfs/ping/1.0.0")
            times = []
            with conn:
                for _ in range(count):
                    data, start = random.randbytes(32), time.perf_counter()
                    conn.sock.sendall(data)
                    if conn.read_exactly(32) != data:
                        raise RuntimeError("ping came back different")
                    times.append((time.perf_counter() - start) * 1e6)
            times.sort()
        return {"us_p50": times[len(times) // 2], "us_p99": times[len(times) * 99 // 100],
                "us_min": times[0]}


class GoServer:
    def __init__(self, go):
        self.peer = go.peer()
        self.peer.serve(["/lab/sink"], go.gopeer.sink_handler)
        self.address, self.pid = self.peer.addrs()[0], self.peer.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()


# ------------------------------------------------------------------ measurements

class Book:
    """Samples by measurement, side and figure."""

    def __init__(self):
        self.samples = {}

    def add(self, measurement, side, figures, busy):
        row = self.samples.setdefault(measurement, {}).setdefault(side, {})
        for name, value in {**figures, "busy_before": busy}.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                row.setdefault(name, []).append(value)
        say(f"  {measurement:22} {side:14} "
            + "  ".join(f"{k} {v:.4g}" for k, v in figures.items() if isinstance(v, float)))

    def summary(self):
        return {m: {s: {name: {"median": statistics.median(v), "min": min(v), "max": max(v), "values": v}
                        for name, v in row.items()}
                    for s, row in sides.items()}
                for m, sides in self.samples.items()}


def in_turns(book, measurement, runs, sides):
    """Measures each of SIDES once, then each again, RUNS times."""
    for _ in range(runs):
        for side, body in sides.items():
            busy = busy_share()
            try:
                book.add(measurement, side, body(), busy)
            except Exception as error:  # one side failing must not lose the others' figures
                say(f"  {measurement} {side}: {type(error).__name__}: {error}")


def pairs(ours, go, client, server_of):
    """The four pairs of a measurement: CLIENT[side](server) against SERVER_OF[side]."""
    sides = {}
    for dialler in ("psic", "go"):
        for listener in ("psic", "go"):
            if go is None and "go" in (dialler, listener):
                continue
            def body(dialler=dialler, listener=listener):
                with server_of[listener]() as server:
                    return client[dialler](server)
            sides[f"{dialler} → {listener}"] = body
    return sides


def throughput(book, ours, go, options):
    servers = {"psic": ours.serve, "go": go and go.serve}
    for streams in (1, 16):
        mib = options.mib
        clients = {
            "psic": lambda s: ours.run("throughput", s.address, "--pid", s.pid, "--mib", mib,
                                       "--streams", streams),
            "go": lambda s: go.throughput(s.address, s.pid, mib, streams)}
        in_turns(book, f"throughput-{streams}", options.runs, pairs(ours, go, clients, servers))


def connects(book, ours, go, options):
    servers, count = {"psic": ours.serve, "go": go and go.serve}, options.connections
    clients = {
        "psic": lambda s: ours.run("connects", s.address, "--pid", s.pid, "--count", count, "--identify"),
        "go": lambda s: go.connects(s.address, s.pid, count)}
    in_turns(book, "connects-identify", options.runs, pairs(ours, go, clients, servers))

    def bare(nodes):
        with ours.serve() as server:
            return ours.run("connects", server.address, "--pid", server.pid, "--count", count,
                            "--nodes", nodes)
    in_turns(book, "connects-bare", options.runs, {"psic → psic": lambda: bare(1)})
    in_turns(book, "connects-bare-4", options.runs, {"psic → psic": lambda: bare(4)})


def ping(book, ours, go, options):
    servers, count = {"psic": ours.serve, "go": go and go.serve}, options.pings
    clients = {"psic": lambda s: ours.run("ping", s.address, "--pid", s.pid, "--count", count),
               "go": lambda s: go.ping(s.address, count)}
    in_turns(book, "ping", options.runs, pairs(ours, go, clients, servers))


def kernels(book, ours, go, options):
    sides = {"psic": lambda: ours.run("weighted-sum"), "memory": lambda: ours.run("memory")}
    python = numpy_python()
    if python:
        def numpy():
            done = subprocess.run([python, HERE / "kernels.py"], capture_output=True, text=True, check=True)
            return json.loads(done.stdout)
        sides["NumPy"] = numpy
    else:
        say("  skipped: NumPy can be neither found nor installed")
    in_turns(book, "weighted-sum", options.runs, sides)


def simulator(book, ours, go, options):
    in_turns(book, "simulator", options.runs, {"psic": lambda: ours.run("simulate")})


def numpy_python():
    """A Python that has NumPy, if need be from a virtual environment of its own."""
    own = HERE / ".build" / "numpy" / "bin" / "python"
    for python in (sys.executable, own):
        if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode == 0 \
                if shutil.which(python) else False:
            return python
    subprocess.run([sys.executable, "-m", "venv", own.parent.parent], capture_output=True)
    done = subprocess.run([own, "-m", "pip", "install", "--quiet", "numpy"], capture_output=True) \
        if own.exists() else None
    return own if done and done.returncode == 0 else None


# ------------------------------------------------------------------ report

def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def machine():
    info = dict(line.split(":", 1) for line in open("/proc/cpuinfo").read().split("\n\n")[0].splitlines()
                if ":" in line)
    model = next((v.strip() for k, v in info.items() if k.strip() == "model name"), platform.machine())
    memory = int(open("/proc/meminfo").readline().split()[1]) / (1 << 20)
    system = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release")
                   if line.startswith("PRETTY_NAME=")), platform.system())
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": round(memory, 1), "system": system,
            "kernel": platform.release(), "swift": first_line("swift", "--version"),
            "commit": first_line("git", "rev-parse", "--short", "HEAD"),
            "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")}


FIGURES = {  # column: (heading, digits, whether more is better)
    "mib_per_s": ("MiB/s", 0, True), "sender_cpu_s_per_gib": ("sender CPU s/GiB", 2, False),
    "receiver_cpu_s_per_gib": ("receiver CPU s/GiB", 2, False),
    "per_s": ("per s", 0, True), "ms_median": ("ms, median", 2, False),
    "dialler_cpu_ms": ("dialler CPU ms", 2, False), "listener_cpu_ms": ("listener CPU ms", 2, False),
    "us_p50": ("µs, p50", 0, False), "us_p99": ("µs, p99", 0, False),
}
TITLES = {
    "throughput-1": ("One stream, one way", "sender → receiver"),
    "throughput-16": ("Sixteen streams of one connection, one way", "sender → receiver"),
    "connects-identify": ("Connect, identify, disconnect, one after the other", "dialler → listener"),
    "connects-bare": ("Connect, disconnect, one after the other", "dialler → listener"),
    "connects-bare-4": ("Connect, disconnect, four diallers at once (in one process)", "dialler → listener"),
    "ping": ("Ping, one after the other over one stream", "dialler → listener"),
}


def text(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def table(measurement, sides):
    title, head = TITLES[measurement]
    columns = [c for c in FIGURES if any(c in row for row in sides.values())]
    median = lambda row, column: row[column]["median"] if column in row else None
    lines = [f"### {title}", "", "| " + " | ".join([head] + [FIGURES[c][0] for c in columns]) + " |",
             "|---" * (len(columns) + 1) + "|"]
    for side, row in sides.items():
        lines.append(f"| {side} | " + " | ".join(text(median(row, c), FIGURES[c][1]) for c in columns) + " |")
    ours, theirs = sides.get("psic → psic"), sides.get("go → go")
    def ratio(name, other):
        cells = []
        for c in columns:
            mine, its = median(ours, c), other(c)
            cells.append(f"{mine / its:.2f} ×" if mine and its else "–")
        lines.append(f"| *psic → psic / {name}* | " + " | ".join(cells) + " |")
    if ours and theirs:
        ratio("go → go", lambda c: median(theirs, c))
    if ours and measurement in ("throughput-1", "connects-bare"):
        native = {c: NATIVE_GO.get(c) for c in columns}
        lines.append("| go-libp2p native¹ | " + " | ".join(text(native[c], FIGURES[c][1]) for c in columns) + " |")
        ratio("go-libp2p native¹", native.get)
    return lines + [""]


def document(facts, summary, options):
    arguments = [a for i, a in enumerate(sys.argv[1:]) if "--binary" not in sys.argv[i:i + 2]]
    lines = [
        "# Results", "",
        "Written by `make bench` (`Benchmarks/run.py`); all values in `results.json`. How each is measured:",
        "`README.md`.", "",
        f"- Machine: {facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB; {facts['system']},"
        f" Linux {facts['kernel']}",
        f"- {facts['swift']}; release build of commit {facts['commit']}; {facts['time']}",
        f"- Peers: {facts['peers']}",
        f"- Command: `{' '.join(['Benchmarks/run.sh', *arguments])}`",
        f"- Medians of {options.runs} runs, ours and the peers' in turns. Share of the machine that other work"
        f" took before the runs: median {facts['busy']:.0%}.", "",
        "## Peers", ""]
    for measurement in TITLES:
        if measurement in summary:
            lines += table(measurement, summary[measurement])
    lines += [
        "¹ Measured once with a Go program on a machine of this kind; no part of this run.", "",
        "go is the go-libp2p daemon. Its bytes pass through its control socket and a Python process,",
        "so its throughput and round trips here are those of that path; where it is one side of a pair, the",
        "figure is bounded by it. Its CPU is the daemon's own.", ""]
    if "weighted-sum" in summary:
        sides = summary["weighted-sum"]
        rows = [("psic `VectorKernels.weightedSum`", "psic", "gb_s"),
                ("psic `addWeightedSum`, in place", "psic", "in_place_gb_s"),
                ("NumPy `w @ x`", "NumPy", "matmul_gb_s"), ("NumPy loop `total += w * x`", "NumPy", "axpy_gb_s"),
                ("NumPy `np.average(x, weights=w)`", "NumPy", "average_gb_s"),
                ("memory: read", "memory", "read_gb_s"), ("memory: copy", "memory", "copy_gb_s"),
                ("memory: triad", "memory", "triad_gb_s")]
        lines += ["## Weighted sum of 50 × 1,000,000 floats, one core", "",
                  "Bytes are those of the 50 vectors, read once.", "",
                  "| what | GB/s, median | GB/s, best | of memory read |", "|---|---|---|---|"]
        read = sides.get("memory", {}).get("read_gb_s", {}).get("median")
        for name, side, figure in rows:
            row = sides.get(side, {})
            if figure in row:
                value = row[figure]["median"]
                best = row[f"{figure}_best"]["max"]
                share = f"{value / read:.2f} ×" if read else "–"
                lines.append(f"| {name} | {value:.1f} | {best:.1f} | {share} |")
        lines.append("")
    if "simulator" in summary:
        row = summary["simulator"]["psic"]
        value = lambda name: row[name]["median"]
        lines += ["## Simulator", "",
                  f"{value('peers'):.0f} whole peers (discovery, Noise, Yamux, identify), {value('virtual_s'):.0f}"
                  f" virtual seconds: {value('jobs'):,.0f} jobs and {value('timers'):,.0f} timers in"
                  f" {value('seconds'):.1f} s: **{value('jobs_per_s'):,.0f} jobs/s**,"
                  f" {value('jobs_per_cpu_s'):,.0f} per CPU second (one thread; the cryptography is real).", ""]
    return "\n".join(lines)


# ------------------------------------------------------------------ main

def build(options):
    if options.binary:
        return pathlib.Path(options.binary)
    say("building PeerBench (release) …")
    command = ["swift", "build", "-c", "release", "--package-path", str(HERE), "--product", "PeerBench"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    path = subprocess.run(command[:-2] + ["--show-bin-path"], check=True, capture_output=True, text=True)
    return pathlib.Path(path.stdout.strip()) / "PeerBench"


def find_go():
    if not (LAB / "p2pd").exists() and (INTEROP / "setup.sh").exists():
        subprocess.run([INTEROP / "setup.sh", LAB], env={**os.environ, "SKIP_PY": "1"}, stdout=sys.stderr)
    if not (LAB / "p2pd").exists() or not (INTEROP / "gopeer.py").exists():
        say("skipped: everything with go-libp2p: there is no daemon in the lab")
        return None
    sys.path.insert(0, str(INTEROP))
    import gopeer
    return Go(gopeer, LAB / "p2pd")


def main():
    everything = {"throughput": throughput, "connects": connects, "ping": ping, "kernels": kernels,
                  "simulator": simulator}
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--only", default=",".join(everything), help="what to measure")
    top.add_argument("--runs", type=int, default=5)
    top.add_argument("--mib", type=int, default=512, help="bytes of one throughput run")
    top.add_argument("--connections", type=int, default=500, help="of one connects run")
    top.add_argument("--pings", type=int, default=3000, help="of one ping run")
    top.add_argument("--quick", action="store_true", help="two short runs of each, written nowhere")
    top.add_argument("--binary", help="a PeerBench built before")
    options = top.parse_args()
    wanted = options.only.split(",")
    if unknown := [w for w in wanted if w not in everything]:
        top.error(f"nothing is called {', '.join(unknown)}: choose from {', '.join(everything)}")
    if options.quick:
        options.runs, options.mib, options.connections, options.pings = 2, 128, 100, 500
    ours, go, book = Ours(build(options)), find_go(), Book()
    for word in wanted:
        say(f"{word}:")
        everything[word](book, ours, go, options)
    summary = book.summary()
    facts = machine()
    facts["peers"] = "go-libp2p v0.32.1 daemon (p2pd) of the interop lab" if go else "none: no lab on this machine"
    facts["busy"] = statistics.median(
        [b for sides in summary.values() for row in sides.values() for b in row["busy_before"]["values"]])
    report = document(facts, summary, options)
    if options.quick:
        print(report)
        return
    (HERE / "results.json").write_text(json.dumps({"machine": facts, "results": summary}, indent=1) + "\n")
    results = HERE / "RESULTS.md"
    kept = section_of(results.read_text()) if results.exists() else ""
    results.write_text(replace_section(report, kept) if kept else report)
    say("wrote Benchmarks/results.json and Benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
