#!/usr/bin/env python3
"""One network of go-libp2p, py-libp2p and psic peers: one DHT, one topic.

Each peer is told of a few others only, of any kind. Then every peer must find every other by its ID,
and a message of every peer must reach all others. The last line is the count, as run.py has it.

  mixed.py [--go 4] [--py 4] [--psic 4] [--psic-node FILE] [--seconds 120]
"""
import argparse
import concurrent.futures
import itertools
import json
import os
import subprocess
import sys
import threading
import time

import gopeer
import psicpeer
import run

HERE = os.path.dirname(os.path.abspath(__file__))
TOPIC = "mixed"


class GoPeer:
    kind = "go"

    def __init__(self, options):
        self.peer = gopeer.Peer(f"{run.LAB}/p2pd", dht="server", pubsub=True, timeout=30)
        raw, _ = self.peer.identity()
        self.id = gopeer.b58encode(raw)
        self.address = self.peer.addrs()[0]
        self.heard = set()
        self.subscription = self.peer.subscribe(TOPIC)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        self.subscription.sock.settimeout(None)
        try:
            while True:
                self.heard.add(gopeer.first(self.subscription.recv(), 2, b"").decode())
        except Exception:  # the peer has been closed
            pass

    def connect(self, address):
        self.peer.connect(address)

    def find(self, peer):
        return gopeer.peer_info(self.peer.dht("FIND_PEER", peer=gopeer.b58decode(peer))[0])["addrs"]

    def publish(self, text):
        self.peer.publish(TOPIC, text.encode())

    def close(self):
        self.peer.close()


class PyPeer:
    kind = "py"

    def __init__(self, options):
        self.process = subprocess.Popen(
            [sys.executable, HERE + "/pypeer.py", "--meshsub", "1.2.0,1.1.0", "agent", TOPIC],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=gopeer.die_with_parent)
        self.address = json.loads(self.process.stdout.readline())["addrs"][0]
        self.id = self.address.rsplit("/", 1)[1]
        self.heard, self.answers, self.ids = set(), {}, itertools.count()
        self.condition = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            event = json.loads(line)
            with self.condition:
                if event["event"] == "message":
                    self.heard.add(event["data"])
                elif event["event"] == "answer":
                    self.answers[event["id"]] = event
                    self.condition.notify_all()

    def ask(self, **what):
        number = next(self.ids)
        with self.condition:
            self.process.stdin.write(json.dumps({"id": number, **what}) + "\n")
            self.process.stdin.flush()
            if not self.condition.wait_for(lambda: number in self.answers, 60):
                raise TimeoutError(f"py did not answer {what}")
            answer = self.answers.pop(number)
        if not answer["ok"]:
            raise RuntimeError(answer.get("error", "not found"))
        return answer

    def connect(self, address):
        self.ask(connect=address)

    def find(self, peer):
        return self.ask(find=peer)["addrs"]

    def publish(self, text):
        self.ask(publish=text)

    def close(self):
        self.process.kill()  # py-libp2p can be slow to wind down
        self.process.wait()


class PsicPeer:
    kind = "psic"

    def __init__(self, options):
        self.peer = psicpeer.Peer(options.psic_node, ["--no-lan", "--dht-prefix", "/ipfs"])
        self.id = self.peer.id
        self.address = self.peer.addrs()[0]
        self.heard = set()
        self.subscription = self.peer.subscribe(TOPIC, lambda data: self.heard.add(data.decode()))

    def connect(self, address):
        self.peer.connect(address)

    def find(self, peer):
        return self.peer.find(peer)

    def publish(self, text):
        self.peer.publish(TOPIC, text.encode())

    def close(self):
        self.peer.close()


def eventually(test, seconds):
    """Tries until it succeeds; the last error if it never does."""
    deadline, error = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            if test():
                return None
            error = "no"
        except Exception as failure:
            error = failure
        time.sleep(0.5)
    return error


def join(peers):
    """Peer k is told of peers k//2 and k-1: never more than two, of kinds that alternate."""
    for k in range(1, len(peers)):
        for other in sorted({(k - 1) // 2, k - 1}):
            problem = eventually(lambda: peers[k].connect(peers[other].address) or True, 30)
            if problem:
                raise RuntimeError(f"{peers[k].kind} {k} cannot join {peers[other].kind} {other}: {problem}")


def find_all(peers, seconds):
    """-> {(seeker kind, sought kind): [found, not found]} and what went wrong."""
    counts, problems, lock = {}, [], threading.Lock()

    def seek(seeker):
        for sought in peers:
            if sought is seeker:
                continue
            problem = eventually(lambda: any(sought.address.split("/p2p/")[0] in a for a in seeker.find(sought.id)), seconds)
            with lock:
                pair = counts.setdefault((seeker.kind, sought.kind), [0, 0])
                pair[1 if problem else 0] += 1
                if problem:
                    problems.append(f"{seeker.kind} {seeker.id[-6:]} does not find {sought.kind} {sought.id[-6:]}: {problem}")

    with concurrent.futures.ThreadPoolExecutor(len(peers)) as pool:
        list(pool.map(seek, peers))
    return counts, problems


def tell_all(peers, seconds):
    counts, problems, texts = {}, [], {}
    for k, peer in enumerate(peers):
        texts[peer] = f"message {k} of {peer.kind}"
        peer.publish(texts[peer])
        time.sleep(0.1)
    deadline = time.monotonic() + seconds
    missing = [(a, b) for a in peers for b in peers if a is not b]
    while missing and time.monotonic() < deadline:
        time.sleep(0.2)
        missing = [(a, b) for a, b in missing if texts[a] not in b.heard]
    for a in peers:
        for b in peers:
            if a is not b:
                counts.setdefault((a.kind, b.kind), [0, 0])[1 if (a, b) in missing else 0] += 1
    problems += [f"the message of {a.kind} {a.id[-6:]} did not reach {b.kind} {b.id[-6:]}" for a, b in missing]
    return counts, problems


def main():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--go", type=int, default=4)
    top.add_argument("--py", type=int, default=4)
    top.add_argument("--psic", type=int, default=4)
    top.add_argument("--psic-node", default=psicpeer.BINARY)
    top.add_argument("--seconds", type=float, default=60, help="for each find and for all messages")
    options = top.parse_args()
    os.environ["PEERKIT_LAB"] = str(run.LAB)  # where pypeer.py looks
    missing = [f"{kind}: {why}" for kind in ("go", "py") if getattr(options, kind) and (why := run.available(kind))]
    if missing:
        print(f"mixed: skipped: {'; '.join(missing)}\nmixed: 0 passed, 0 failed, 1 skipped")
        return os.environ.get("PEERKIT_INTEROP") == "required"
    kinds = [GoPeer] * options.go, [PyPeer] * options.py, [PsicPeer] * options.psic
    order = [make for row in itertools.zip_longest(*kinds) for make in row if make]
    peers, failed, passed = [], 0, 0
    try:
        for make in order:
            peers.append(make(options))
        join(peers)
        time.sleep(5)  # a few heartbeats: the mesh forms
        for what, check in (("finds", find_all), ("reaches", tell_all)):
            counts, problems = check(peers, options.seconds)
            for (a, b), (good, bad) in sorted(counts.items()):
                print(f"{'ok' if not bad else 'FAILED'}: {a} {what} {b}: {good} of {good + bad}")
                passed += good
                failed += bad
            for problem in problems:
                print("  " + problem)
    finally:
        for peer in peers:
            peer.close()
    print(f"mixed: {len(peers)} peers ({options.go} go, {options.py} py, {options.psic} psic): {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
