#!/usr/bin/env python3
"""TopicPeer in one topic with go-libp2p and py-libp2p on 127.0.0.1. Standard library only.

Each check is a publisher and a subscriber, one of them psic, signed by StrictSign:
  psic publishes to go and py, go and py publish to psic, over the GossipSub versions that both have;
  without subscribing (fan-out), over floodsub, with large messages, and all three in one mesh.

    topics.py                          everything, against .build/debug/TopicPeer
    topics.py --only 1.2 --json FILE   checks whose name contains a word; results as JSON

Peers that this machine cannot have are skipped and counted; with PEERKIT_INTEROP=required that is a
failure. The last line is "topics: P passed, F failed, S skipped"; the status is 0 exactly when nothing
failed.
"""
import argparse
import concurrent.futures
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LAB = os.path.abspath(os.environ.get("PEERKIT_LAB") or os.path.join(ROOT, ".lab"))
SECONDS = 60
libc = ctypes.CDLL(None)


class Failed(Exception):
    pass


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Peer:
    """A process of which the lines of stdout are read one by one."""

    def __init__(self, command):
        self.log = tempfile.TemporaryFile("w+", errors="replace")
        environment = {**os.environ, "PEERKIT_LAB": LAB, "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, env=environment, preexec_fn=die_with_parent)
        self.rest = b""

    def line(self, seconds):
        """The next line; None at the end or when the time is up."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                return None
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode(errors="replace").strip()

    def last_words(self):
        self.log.seek(0)
        lines = [line for line in self.log.read().splitlines() if line.strip()]
        return lines[-1][:300] if lines else "no word on stderr"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def script(kind, *arguments, versions=None):
    command = [sys.executable, f"{HERE}/{kind}peer.py", "--timeout", str(SECONDS)]
    # go would prefer TLS where the other side has it; without the DHT it opens no other streams.
    command += ["--arg=-tls=false", "--dht", "off"] if kind == "go" else []
    command += ["--meshsub", ",".join(f"{v}.0" for v in versions)] if kind == "py" and versions else []
    return command + [str(argument) for argument in arguments]


def psic(*arguments, versions=None):
    command = [options.topic_peer, "--seconds", str(SECONDS), *map(str, arguments)]
    return command + (["--versions", ",".join(versions)] if versions else [])


def ready_address(peer, kind):
    line = peer.line(30)
    if line is None:
        raise Failed(f"{kind} did not start: {peer.last_words()}")
    return line if kind == "psic" else json.loads(line)["addrs"][0]


def result(peer, kind):
    """The last line of a script, which is its result."""
    last = None
    while (line := peer.line(SECONDS)) is not None:
        last = line
    answer = json.loads(last or "{}")
    if not answer.get("ok"):
        raise Failed(f"{kind}: {answer.get('error') or last or peer.last_words()}")
    return answer


def collect(peer, count, seconds):
    """What a subscribed TopicPeer prints: text by text."""
    found, deadline = {}, time.monotonic() + seconds
    while len(found) < count:
        line = peer.line(max(0, deadline - time.monotonic()))
        if line is None:
            raise Failed(f"{len(found)} of {count} messages came: {peer.last_words()}")
        message = json.loads(line)
        if message["data"] in found:
            raise Failed(f"{message['data']} was delivered twice")
        found[message["data"]] = message
    return found


def expect(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r} instead of {wanted!r}")


TEXTS = [f"text-{i}" for i in range(5)]
CHECKS = []


def check(name, *kinds):
    def add(function):
        CHECKS.append((name, kinds, function))
        return function
    return add


def psic_to(kind, versions=None, size=0, fanout=False):
    """psic publishes, the other has subscribed."""
    with Peer(script(kind, "sub", "news", len(TEXTS), 40, versions=versions)) as other:
        address = ready_address(other, kind)
        more = ["--fanout"] if fanout else []
        with Peer(psic("--topic", "news", "--connect", address, "--publish", "text-{i}", "--count", len(TEXTS),
                       "--size", size, *more, versions=versions)) as ours:
            own = ready_address(ours, "psic").rpartition("/p2p/")[2]
            messages = result(other, kind)["messages"]
    texts = sorted(message["data"].rstrip(".") for message in messages)
    expect(texts, TEXTS, "messages")
    if size:
        expect({len(message["data"]) for message in messages}, {size}, "bytes")
    expect({message["from"] for message in messages}, {own}, "author")
    expect({message["signed"] for message in messages}, {True}, "signed")


def to_psic(kind, versions=None, fanout=False):
    """The other publishes, psic has subscribed."""
    with Peer(psic("--topic", "news", versions=versions)) as ours:
        address = ready_address(ours, "psic")
        more = ["--fanout"] if fanout else []
        with Peer(script(kind, "pub", address, "news", "text-{i}", "--count", len(TEXTS), *more,
                         versions=versions)) as other:
            found = collect(ours, len(TEXTS), 40)
            answer = result(other, kind)
    expect(sorted(found), TEXTS, "messages")
    expect({message["from"] for message in found.values()}, {answer["from"]}, "author")


for other in ["go", "py"]:
    for version in {"go": ["1.1"], "py": ["1.2", "1.1", "1.0"]}[other]:
        check(f"psic publishes to {other} over {version}", other)(
            lambda kind=other, version=version: psic_to(kind, [version]))
        check(f"{other} publishes to psic over {version}", other)(
            lambda kind=other, version=version: to_psic(kind, [version]))
    check(f"psic publishes 100 kB messages to {other}", other)(lambda kind=other: psic_to(kind, size=100_000))
    check(f"psic publishes to {other} without subscribing", other)(lambda kind=other: psic_to(kind, fanout=True))
    check(f"{other} publishes to psic without subscribing", other)(lambda kind=other: to_psic(kind, fanout=True))


@check("psic publishes to go over floodsub", "go")
def flood_to_go():
    psic_to("go", ["floodsub"])


@check("go publishes to psic over floodsub", "go")
def flood_to_psic():
    to_psic("go", ["floodsub"])


@check("psic passes messages on from go to py", "go", "py")
def relays():
    with Peer(psic("--topic", "news")) as middle:
        address = ready_address(middle, "psic")
        with Peer(script("py", "sub", "news", len(TEXTS), 40, "--target", address)) as last:
            ready_address(last, "py")
            with Peer(script("go", "pub", address, "news", "text-{i}", "--count", len(TEXTS), "--settle", "4")) as first:
                messages = result(last, "py")["messages"]
                author = result(first, "go")["from"]
    expect(sorted(message["data"] for message in messages), TEXTS, "messages")
    expect({message["from"] for message in messages}, {author}, "author")


def available(kind):
    if kind == "go":
        return None if os.access(f"{LAB}/p2pd", os.X_OK) else f"{LAB}/p2pd is missing: setup.sh makes it"
    return None if os.path.isdir(f"{LAB}/py") else f"{LAB}/py is missing: setup.sh makes it"


def run_one(item):
    name, kinds, function = item
    why = next((why for why in map(available, kinds) if why), None)
    start = time.monotonic()
    status, detail = "passed", ""
    if why:
        status, detail = "skipped", why
    else:
        try:
            function()
        except Failed as error:
            status, detail = "failed", str(error)
        except Exception as error:  # a fault of this script: a failure with its name
            status, detail = "failed", f"{type(error).__name__}: {error}"
    seconds = round(time.monotonic() - start, 1)
    print(f"{status:8}{name}{': ' + detail if detail else ''} ({seconds} s)", flush=True)
    return {"check": name, "status": status, "detail": detail, "seconds": seconds}


def main():
    if not os.access(options.topic_peer, os.X_OK):
        print(f"failed  {options.topic_peer} is missing: build it first")
        print("topics: 0 passed, 1 failed, 0 skipped")
        return 1
    chosen = [item for item in CHECKS if options.only in item[0]]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(run_one, chosen))
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"checks": rows}, out, indent=1)
    count = {status: sum(row["status"] == status for row in rows) for status in ["passed", "failed", "skipped"]}
    print("topics: {passed} passed, {failed} failed, {skipped} skipped".format(**count), flush=True)
    required = os.environ.get("PEERKIT_INTEROP") == "required"
    return 1 if count["failed"] or required and count["skipped"] else 0


if __name__ == "__main__":
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--topic-peer", default=f"{ROOT}/.build/debug/TopicPeer", help="the built example")
    top.add_argument("--only", default="", help="only checks whose name contains this")
    top.add_argument("--jobs", type=int, default=3, help="checks at the same time")
    top.add_argument("--json", help="also write the results to this file")
    options = top.parse_args()
    options.topic_peer = os.path.abspath(options.topic_peer)
    sys.exit(main())
