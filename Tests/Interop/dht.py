#!/usr/bin/env python3
"""The distributed hash table: DHTPeer against go-libp2p and py-libp2p on 127.0.0.1, both directions.

    dht.py [--dht-peer FILE] [--pairs go:psic,...] [--only WORD] [--json FILE]

As in run.py, of which this borrows the peers, the report and the exit status, a check is a question
that a client asks of a server; here client and server may also be two peers that meet in a third one.
"""
import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time

import run
from run import Failed, LISTEN, ROOT, SERVER_SECONDS, expect, refused

KAD = "/ipfs/kad/1.0.0"
# py-libp2p's values have keys of text: a namespace of its own for them.
TEXT_KEY, TEXT_VALUE = "/text/greeting", b"hello from the table".hex()


class Script(run.Script):
    def __init__(self, kind):
        super().__init__(kind)
        self.options = ["--arg=-tls=false", "--no-pubsub"] if kind == "go" else []
        self.prefix = "dht" if kind == "go" else "kad"

    def dht(self, name, address, *arguments):
        return self.command(f"{self.prefix}-{name}", address, *arguments, seconds=30)

    def find_peer(self, address, peer):
        return self.dht("findpeer", address, peer)["addrs"]

    def provide(self, address, content):
        return self.dht("provide", address, content)["provider"]

    def find_providers(self, address, content):
        return [found.get("peer") or found.get("id") for found in self.dht("findprovs", address, content)["providers"]]

    def put_own_key(self, address):
        found = self.dht("put", address)
        return found["key"], found["value"]

    def put(self, address, key, value):
        self.dht("put", address, key, value)

    def get(self, address, key):
        return self.dht("get", address, key)["value"]


class Psic(run.Client):
    kind = "psic"

    def dht(self, name, address, *arguments):
        answer = self.run([options.dht_peer, name, *map(str, arguments), "--bootstrap", address, "--accept", "text",
                           "--format", "json"], 45)
        if answer["status"] != 0 or answer.get("ok") is not True:
            lines = answer["stderr"].splitlines()
            raise Failed(lines[-1] if lines else f"status {answer['status']}, and no word why on stderr")
        return answer

    def find_peer(self, address, peer):
        return self.dht("find-peer", address, peer)["addresses"]

    def provide(self, address, content):
        # A client that does not listen has no address to be found at.
        return self.dht("provide", address, content, "--listen", LISTEN)["provider"]

    def find_providers(self, address, content):
        return [found["id"] for found in self.dht("find-providers", address, content)["providers"]]

    def put_own_key(self, address):
        found = self.dht("put", address)
        return found["key"], found["value"]

    def put(self, address, key, value):
        self.dht("put", address, key, value)

    def get(self, address, key):
        return self.dht("get", address, key)["value"]


class Server(run.Server):
    """A peer that serves the table, and knows `known` from the start."""

    def __init__(self, kind, stack, known=None):
        self.kind, self.log = kind, stack.enter_context(run.tempfile.TemporaryFile("w+", errors="replace"))
        if kind == "psic":
            command = [options.dht_peer, "--listen", LISTEN, "--accept", "text"]
            command += ["--bootstrap", known] if known else []
        else:
            command = [sys.executable, f"{run.HERE}/{kind}peer.py", "--timeout", str(SERVER_SECONDS)]
            command += ["--arg=-tls=false", "--no-pubsub"] if kind == "go" else []
            command += ["serve-echo", run.ECHO] + (["--target", known] if known else [])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
                                        env=run.environment(), preexec_fn=run.die_with_parent)
        stack.callback(self.kill)
        line = self.first_line(30)
        self.address = line if kind == "psic" else json.loads(line)["addrs"][0]
        if not self.address.startswith("/ip4/127.0.0.1/tcp/") or "/p2p/" not in self.address:
            raise Failed(f"{kind}: the first line is no full multiaddr on 127.0.0.1: {line!r}")
        self.peer = self.address.rpartition("/p2p/")[2]
        threading.Thread(target=self.process.stdout.read, daemon=True).start()


# ---------------------------------------------------------------------------------- checks

CHECKS = []


def check(name, when=lambda kinds: True):
    def add(function):
        CHECKS.append((name, function, when))
        return function
    return add


class Pair:
    """A client, the server that it asks, and a third peer that the server knows."""

    def __init__(self, client, server, stack):
        self.kinds = (client, server)
        self.client = peer_of(client)
        # Whoever asks the server the other way: a peer of the other implementation.
        self.witness = peer_of(server if client == "psic" else "psic")
        self.server = Server(server, stack)
        self.third = Server(server if client == "psic" else "psic", stack, known=self.server.address)

    def eventually(self, what, ask, seconds=15):
        """Tables fill by themselves, a little after the connection stands."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return ask()
            except Failed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


def peer_of(kind):
    return Psic() if kind == "psic" else Script(kind)


def among(found, wanted, what):
    if wanted not in (found or []):
        raise Failed(f"{what}: {wanted} is not among {found}")


@check("finds a third peer by its ID")
def finds_peer(pair):
    found = pair.eventually("the third peer", lambda: pair.client.find_peer(pair.server.address, pair.third.peer))
    bare = pair.third.address.rpartition("/p2p/")[0]
    if not {bare, pair.third.address} & set(found):
        raise Failed(f"{bare} is not among the addresses {found}")


@check("finds no peer that does not exist")
def finds_nobody(pair):
    try:
        found = pair.client.find_peer(pair.server.address, run.SOMEBODY_ELSE)
    except Failed as error:
        if "crashed" in str(error) or "no end" in str(error):
            raise
        return
    expect(found, [], "addresses of nobody")


@check("provides a content and finds it again")
def provides(pair):
    content = f"content of {pair.kinds}"
    provider = pair.client.provide(pair.server.address, content)
    among(pair.client.find_providers(pair.server.address, content), provider, "providers")


@check("what it provides is found by the other implementation")
def provides_for_others(pair):
    content = f"content for others of {pair.kinds}"
    provider = pair.client.provide(pair.server.address, content)
    among(pair.witness.find_providers(pair.server.address, content), provider, "providers")


@check("finds what the other implementation provides")
def finds_of_others(pair):
    content = f"content of others for {pair.kinds}"
    provider = pair.witness.provide(pair.server.address, content)
    among(pair.client.find_providers(pair.server.address, content), provider, "providers")


@check("puts its public key, which the other implementation gets", lambda kinds: "py" not in kinds)
def puts_key(pair):
    key, value = pair.client.put_own_key(pair.server.address)
    expect(pair.witness.get(pair.server.address, key), value, "value")


@check("gets the public key that the other implementation put", lambda kinds: "py" not in kinds)
def gets_key(pair):
    key, value = pair.witness.put_own_key(pair.server.address)
    expect(pair.client.get(pair.server.address, key), value, "value")


@check("a value that is none for its key is refused", lambda kinds: "py" not in kinds)
def refuses_value(pair):
    key = f"/pk/{run.SOMEBODY_ELSE}"
    refused("a put of a wrong key", [], lambda: pair.client.put(pair.server.address, key, "00"))


@check("puts a value under a text, which the other implementation gets", lambda kinds: "py" in kinds)
def puts_text(pair):
    pair.client.put(pair.server.address, TEXT_KEY, TEXT_VALUE)
    expect(pair.witness.get(pair.server.address, TEXT_KEY), TEXT_VALUE, "value")


@check("gets the value under a text that the other implementation put", lambda kinds: "py" in kinds)
def gets_text(pair):
    pair.witness.put(pair.server.address, TEXT_KEY + "2", TEXT_VALUE)
    expect(pair.client.get(pair.server.address, TEXT_KEY + "2"), TEXT_VALUE, "value")


# ------------------------------------------------------------------------------------- run

def chosen(kinds):
    return [(name, function) for name, function, when in CHECKS if options.only in name and when(kinds)]


def run_pair(report, kinds, stack):
    name = ":".join(kinds)
    try:
        pair = Pair(*kinds, stack)
    except Failed as error:
        for check_name, _ in chosen(kinds):
            report.add(name, check_name, "failed", str(error))
        return
    for check_name, function in chosen(kinds):
        start = time.monotonic()
        try:
            pair.server.must_live()
            pair.third.must_live()
            function(pair)
            report.add(name, check_name, "passed", f"{time.monotonic() - start:.1f} s")
        except Exception as error:  # a fault of this script is a failed check, too
            text = str(error) if isinstance(error, Failed) else repr(error)
            report.add(name, check_name, "failed", " ".join(text.split())[:600])


def run_all(report):
    pairs = [tuple(pair.split(":")) for pair in options.pairs.split(",")]
    kinds = sorted({kind for pair in pairs for kind in pair} | {"psic"})
    if not os.access(options.dht_peer, os.X_OK):
        raise Failed(f"there is no DHTPeer at {os.path.relpath(options.dht_peer)}: build it first")
    missing = {kind: run.available(kind) for kind in kinds}
    for pair in pairs:
        why = missing[pair[0]] or missing[pair[1]]
        if why:
            for check_name, _ in chosen(pair):
                report.add(":".join(pair), check_name, "skipped", why)
            continue
        # The servers of one pair live no longer than its checks. One pair after the other: tables fill
        # by timers of the peers' own, which a busy machine stretches.
        with contextlib.ExitStack() as stack:
            run_pair(report, pair, stack)


def main():
    report, start = run.Report(), time.monotonic()
    try:
        run_all(report)
    except Failed as error:
        report.add("-", "set-up", "failed", str(error))
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"checks": report.rows, "seconds": round(time.monotonic() - start, 1)}, out, indent=1)
    print(report.summary(), flush=True)
    required = os.environ.get("PEERKIT_INTEROP") == "required"
    return 1 if report.count("failed") or required and report.count("skipped") else 0


if __name__ == "__main__":
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--dht-peer", default=f"{ROOT}/.build/debug/DHTPeer", help="the built example")
    top.add_argument("--pairs", default="go:psic,py:psic,psic:go,psic:py", help="client:server,…")
    top.add_argument("--only", default="", help="only checks whose name contains this")
    top.add_argument("--json", help="also write the results to this file")
    options = top.parse_args()
    options.dht_peer = os.path.abspath(options.dht_peer)
    sys.exit(main())
