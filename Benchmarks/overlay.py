#!/usr/bin/env python3
"""Measures whole networks of psic peers beside the same networks of go-libp2p daemons on 127.0.0.1.

    overlay.py [--only WORD,...] [--nodes 10,30] [--runs N] [--messages N] [--psic-node FILE]

WORD: gossip (time until the last peer has a message, duplicates, CPU per 1,000 messages), dht (put, get,
provide, find providers), memory (per peer), joining (psic only: by broadcast alone until all see all).
Both kinds are driven through their control sockets by the same Python, in turns. Writes overlay.json and
OVERLAY.md.
"""
import argparse
import base64
import bisect
import concurrent.futures
import json
import os
import pathlib
import random
import selectors
import statistics
import struct
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "Tests" / "Interop"))
sys.path.insert(0, str(HERE))

import gopeer  # noqa: E402
import psicpeer  # noqa: E402
import run as harness  # noqa: E402

TOPIC = "bench"


def resident(pid):
    """RSS and PSS in MiB."""
    rollup = dict(line.split(":") for line in open(f"/proc/{pid}/smaps_rollup").read().splitlines()[1:])
    return int(rollup["Rss"].split()[0]) / 1024, int(rollup["Pss"].split()[0]) / 1024


class GoPeer:
    """A p2pd with DHT and gossipsub."""

    def __init__(self, options):
        self.peer = gopeer.Peer(str(harness.LAB / "p2pd"), dht="server", pubsub=True, timeout=30)
        self.pid, self.address = self.peer.pid, self.peer.addrs()[0]
        self.raw_id = self.peer.identity()[0]

    def subscribe(self):
        return self.peer.subscribe(TOPIC).sock

    @staticmethod
    def messages(stream):
        """The contents of the messages on a subscription, each with the index of its last byte."""
        at = 0
        while at < len(stream):
            try:
                size, start = gopeer.read_uvarint(stream, at)
            except IndexError:
                return
            at = start + size
            if at <= len(stream):
                yield gopeer.first(gopeer.unpb(stream[start:at]), 2, b""), at - 1

    def connect(self, other):
        self.peer.connect(other.address)

    def publish(self, data):
        self.peer.publish(TOPIC, data)

    def put(self):
        self.peer.dht("PUT_VALUE", key=b"/pk/" + self.raw_id, value=self.raw_id[2:])

    def get(self, other):
        found = self.peer.dht("GET_VALUE", key=b"/pk/" + other.raw_id)
        assert gopeer.first(found[0], 3, b"") == other.raw_id[2:]

    def provide(self, text):
        self.peer.dht("PROVIDE", cid=gopeer.cid_of(text))

    def find_providers(self, text):
        assert self.peer.dht("FIND_PROVIDERS", cid=gopeer.cid_of(text), count=1)

    def duplicates(self):
        return None  # the daemon does not count them

    def close(self):
        self.peer.close()


class PsicPeer:
    """A `psic-node run` with everything that it runs by default, but no discovery of its own."""

    def __init__(self, options):
        self.peer = psicpeer.Peer(options.psic_node, ["--no-lan"], serves_metrics=True)
        self.pid, self.address, self.id = self.peer.pid, self.peer.addrs()[0], self.peer.id

    def subscribe(self):
        return self.peer.subscribe(TOPIC).sock

    @staticmethod
    def messages(stream):
        """The contents of the messages on a subscription, each with the index of its last byte."""
        at = 0
        for line in stream.split(b"\n")[:-1]:
            at += len(line) + 1
            yield base64.b64decode(json.loads(line)["event"]["data"]), at - 1

    def connect(self, other):
        self.peer.connect(other.address)

    def publish(self, data):
        self.peer.publish(TOPIC, data)

    def put(self):
        self.peer.put_public_key()

    def get(self, other):
        self.peer.get_public_key(other.id)

    def provide(self, text):
        self.peer.provide(gopeer.cid_of(text))

    def find_providers(self, text):
        assert self.peer.find_providers(gopeer.cid_of(text))

    def duplicates(self):
        return self.peer.metrics().get('psic_gossipsub_messages_total{result="duplicate"}', 0)

    def close(self):
        self.peer.close()


KINDS = {"psic": PsicPeer, "go": GoPeer}


class Network:
    """COUNT peers of one kind: a ring and random chords of about DEGREE connections each."""

    def __init__(self, kind, count, options, seed, degree=6):
        self.peers = []
        try:
            # One after the other: a process ends with the thread that has made it.
            for _ in range(count):
                self.peers.append(KINDS[kind](options))
            random_source = random.Random(seed)
            edges = {(i, (i + 1) % count) for i in range(count)}
            while len(edges) < count * degree // 2:
                a, b = random_source.sample(range(count), 2)
                if (b, a) not in edges:
                    edges.add((a, b))
            for a, b in sorted(edges):
                self.peers[a].connect(self.peers[b])
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for peer in self.peers:
            peer.close()


class Arrivals:
    """Notes when the bytes of many subscriptions come; what they say is read afterwards.

    One thread and no parsing, so that of the time measured as little as possible is Python's, and the
    same for both kinds.
    """

    def __init__(self, sockets):
        self.streams = [bytearray() for _ in sockets]
        self.ends = [[] for _ in sockets]
        self.times = [[] for _ in sockets]
        self.selector = selectors.DefaultSelector()
        for k, sock in enumerate(sockets):
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ, k)
        self.is_over = False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while not self.is_over:
            ready = self.selector.select(0.2)
            for key, _ in ready:
                k = key.data
                try:
                    part = key.fileobj.recv(1 << 16)
                except BlockingIOError:
                    continue
                now = time.perf_counter()
                if not part:
                    self.selector.unregister(key.fileobj)
                    continue
                self.streams[k] += part
                self.ends[k].append(len(self.streams[k]))
                self.times[k].append(now)

    def finish(self, messages):
        """For each subscription the time at which each message was complete, by its number."""
        self.is_over = True
        self.thread.join()
        self.selector.close()
        seen = []
        for stream, ends, times in zip(self.streams, self.ends, self.times):
            found = {}
            for data, last in messages(bytes(stream)):
                found.setdefault(struct.unpack(">I", data[:4])[0], times[bisect.bisect_right(ends, last)])
            seen.append(found)
        return seen


def switches(pid):
    """Context switches of all threads of a process so far."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            lines = (task / "status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def gossip(kind, count, options, seed):
    """256-byte messages of every peer in turn, twenty a second."""
    with Network(kind, count, options, seed) as net:
        total = options.messages
        sockets = [peer.subscribe() for peer in net.peers]
        arrivals = Arrivals(sockets)
        time.sleep(8)  # the mesh forms
        used = lambda: sum(harness.cpu_of(p.pid) for p in net.peers)
        switched = lambda: sum(switches(p.pid) for p in net.peers)
        # What the peers use without messages, over the same time.
        before, before_switches, quiet_start = used(), switched(), time.perf_counter()
        time.sleep(10)
        quiet = time.perf_counter() - quiet_start
        idle_rate, idle_switches = (used() - before) / quiet, (switched() - before_switches) / quiet
        earlier = [p.duplicates() for p in net.peers]
        before, before_switches = used(), switched()
        start, sent = time.perf_counter(), []
        for i in range(total):
            sent.append(time.perf_counter())
            net.peers[i % count].publish(struct.pack(">I", i) + bytes(252))
            time.sleep(max(0, start + (i + 1) * 0.05 - time.perf_counter()))
        time.sleep(2)
        length = time.perf_counter() - start
        busy = used() - before - idle_rate * length
        changes = switched() - before_switches - idle_switches * length
        seen = arrivals.finish(KINDS[kind].messages)
        every, last, lost = [], [], 0
        for i in range(total):
            delays = [(seen[k][i] - sent[i]) * 1e3 for k in range(count) if k != i % count and i in seen[k]]
            lost += count - 1 - len(delays)
            every += delays
            if delays:
                last.append(max(delays))
        row = {"every_p50_ms": percentile(every, 0.5), "every_p99_ms": percentile(every, 0.99),
               "last_p50_ms": percentile(last, 0.5), "last_p99_ms": percentile(last, 0.99), "lost": lost,
               "cpu_s_per_1000_messages_and_peer": busy / total * 1000 / count,
               "context_switches_per_message_and_peer": changes / total / count,
               "idle_cpu_percent_per_peer": idle_rate / count * 100,
               "idle_context_switches_per_second_and_peer": idle_switches / count}
        if earlier[0] is not None:
            copies = sum(p.duplicates() - e for p, e in zip(net.peers, earlier))
            row["duplicates_per_message_and_peer"] = copies / total / count
        return row


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - start) * 1e3


def dht(kind, count, options, seed):
    with Network(kind, count, options, seed) as net:
        time.sleep(5)  # identify has shown the protocol, the tables fill
        half = count // 2
        puts = [timed(p.put) for p in net.peers]
        gets = [timed(p.get, net.peers[(k + half) % count]) for k, p in enumerate(net.peers)]
        texts = [f"content {seed} {k}" for k in range(count)]
        provides = [timed(p.provide, texts[k]) for k, p in enumerate(net.peers)]
        finds = [timed(p.find_providers, texts[(k + half) % count]) for k, p in enumerate(net.peers)]
        return {"put_ms": statistics.median(puts), "get_ms": statistics.median(gets),
                "provide_ms": statistics.median(provides), "find_providers_ms": statistics.median(finds)}


def memory(kind, count, options, seed):
    with Network(kind, count, options, seed) as net:
        time.sleep(10)
        sizes = [resident(p.pid) for p in net.peers]
        return {"rss_mib": statistics.median(s[0] for s in sizes), "pss_mib": statistics.median(s[1] for s in sizes)}


def joining(kind, count, options, seed):
    """Broadcast alone, from the first process's start until every peer is connected with every other."""
    if kind != "psic":
        return None
    port = 20000 + random.Random(os.getpid() + seed).randrange(20000)
    peers, start = [], time.perf_counter()
    # Processes end with the thread that has made them, so the threads stay to the end.
    pool = concurrent.futures.ThreadPoolExecutor(8)
    try:
        peers = list(pool.map(
            lambda _: psicpeer.Peer(options.psic_node, ["--lan-port", str(port)]), range(count)))
        started = time.perf_counter() - start
        everybody = {p.id for p in peers}
        missing = list(peers)
        deadline = time.perf_counter() + 60
        while missing and time.perf_counter() < deadline:
            missing = [p for p in missing if everybody - p.known_peers() - {p.id}]
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        time.sleep(2)
        sizes = [resident(p.pid) for p in peers]
        return {"processes_up_s": started, "all_see_all_s": seconds, "after_the_last_start_s": seconds - started,
                "not_seen_by_all": len(missing), "rss_mib": statistics.median(s[0] for s in sizes),
                "pss_mib": statistics.median(s[1] for s in sizes)}
    finally:
        for peer in peers:
            peer.close()
        pool.shutdown()


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}


def measure(options):
    everything = {"gossip": gossip, "dht": dht, "memory": memory, "joining": joining}
    results = {}
    for word in options.only.split(","):
        for count in options.nodes:
            rows = {"psic": [], "go": []}
            for run in range(options.runs):
                for kind in ("psic", "go") if run % 2 == 0 else ("go", "psic"):
                    harness.say(f"{word}, {count} {kind} peers, run {run + 1} of {options.runs} …")
                    busy = harness.busy_share()
                    row = everything[word](kind, count, options, run)
                    if row:
                        rows[kind].append({**row, "busy_before": busy})
            results[f"{word}-{count}"] = {
                kind: {name: spread([r[name] for r in found]) for name in found[0]}
                for kind, found in rows.items() if found}
            harness.say(json.dumps({kind: {n: round(v["median"], 2) for n, v in row.items()}
                                    for kind, row in results[f"{word}-{count}"].items()}))
    return results


TITLES = {
    "gossip": "Gossip: 256-byte messages of every peer in turn, 20 a second",
    "dht": "Kademlia", "memory": "Memory of a peer with DHT and gossip",
    "joining": "Joining by broadcast alone",
}


GOSSIP_NOTES = [
    "What is the same for both kinds of peer: the graph that the test connects (a ring with chords, about six",
    "connections each) and what both add by themselves, as both run a DHT: in the end nearly everybody is connected",
    "with everybody. Meshes of 5 to 12 peers, a heartbeat a second, signed messages, every signature checked. A",
    "message counts from before its request is written until its last byte can be read from the subscriber's control",
    "socket; one thread notes the times, and nothing is parsed before the end.",
    "",
    "What is not: psic's control protocol is JSON with base64, the daemon's is protobuf. psic floods its own messages",
    "to all subscribers (the specification's advice), the daemon sends its own to its mesh. psic has one event loop",
    "for every two cores, go as many threads as it likes. psic also finds peers by exchange, probes quiet ones, and",
    "serves metrics.",
    "",
    "Of 100 messages the 99th percentile to the last peer is the slowest one, and that of every delivery is little",
    "more: where others had taken the cores it tells whom the scheduler kept waiting.",
]


def document(facts, results, options):
    lines = ["# Results: networks", "", "Written by `Benchmarks/overlay.py`; all values in `overlay.json`.", "",
             f"- Machine: {facts['cpu']}, {facts['cores']} cores; {facts['system']}",
             f"- {facts['swift']}; release build of commit {facts['commit']}; {facts['time']}",
             "- Peers: go-libp2p v0.32.1 daemon (p2pd) of the interop lab; both kinds driven through their control"
             " sockets by the same Python, whose time is part of every latency",
             f"- Medians of {options.runs} runs, ours and theirs in turns; {options.messages} messages a run. On two"
             " cores 30 processes wait for each other: compare, don't add up.", ""]
    shares = [value for sides in results.values() for row in sides.values() for value in row["busy_before"]["values"]]
    lines += [f"Just before the runs others used {min(shares):.0%} to {max(shares):.0%} of the machine (median"
              f" {statistics.median(shares):.0%}).", ""]
    if any(name.startswith("gossip") for name in results):
        lines += GOSSIP_NOTES + [""]
    for name, sides in results.items():
        word, count = name.rsplit("-", 1)
        lines += [f"## {TITLES[word]}, {count} peers", ""]
        figures = list(dict.fromkeys(f for row in sides.values() for f in row))
        lines += ["| | psic | go | psic / go |", "|---|---|---|---|"]
        for figure in figures:
            if figure == "busy_before":
                continue
            ours, theirs = (sides.get(kind, {}).get(figure, {}).get("median") for kind in ("psic", "go"))
            show = lambda v: "–" if v is None else f"{v:,.2f}" if v < 100 else f"{v:,.0f}"
            ratio = f"{ours / theirs:.2f} ×" if ours is not None and theirs else "–"
            lines.append(f"| {figure.replace('_', ' ')} | {show(ours)} | {show(theirs)} | {ratio} |")
        lines.append("")
    return "\n".join(lines)


def main():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--only", default="gossip,dht,memory,joining")
    top.add_argument("--nodes", default="10,30", type=lambda text: [int(n) for n in text.split(",")])
    top.add_argument("--runs", type=int, default=3)
    top.add_argument("--messages", type=int, default=200)
    top.add_argument("--psic-node", default=str(ROOT / ".build/release/psic-node"))
    top.add_argument("--dry", action="store_true", help="print, write nothing")
    options = top.parse_args()
    results = measure(options)
    report = document(harness.machine(), results, options)
    if options.dry:
        print(report)
        return
    (HERE / "overlay.json").write_text(json.dumps(results, indent=1) + "\n")
    (HERE / "OVERLAY.md").write_text(report)
    harness.say("wrote Benchmarks/overlay.json and Benchmarks/OVERLAY.md")


if __name__ == "__main__":
    main()
