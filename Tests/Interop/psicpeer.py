#!/usr/bin/env python3
"""A psic peer for interop tests and benchmarks: runs `psic-node run` and speaks its control socket.

The same surface as gopeer.Peer, so that a check or a benchmark can drive either. Standard library
only. Everything listens and dials on 127.0.0.1 only.
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

from gopeer import die_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("PSIC_NODE") or os.path.join(HERE, "../../.build/debug/psic-node")


class PsicError(Exception):
    pass


class Call:
    """One request on a control connection of its own; iterate for its events."""

    def __init__(self, path, method, params, timeout):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.file = self.sock.makefile("rwb")
        self.file.write(json.dumps({"v": 1, "id": 1, "method": method, "params": params}).encode() + b"\n")
        self.file.flush()
        self.result = None

    def next(self):
        """The next event; None when the result has come instead."""
        line = self.file.readline()
        if not line:
            raise PsicError("the node closed its control socket")
        reply = json.loads(line)
        if "error" in reply:
            raise PsicError(reply["error"].get("message", str(reply["error"])))
        if "event" in reply:
            return reply["event"]
        self.result = reply.get("result")
        return None

    def close(self):
        self.file.close()
        self.sock.close()


class Peer:
    """A running `psic-node run` with a home of its own. Use as a context manager."""

    def __init__(self, binary=BINARY, options=("--no-lan",), timeout=30, home=None, environment=None,
                 serves_metrics=False):
        self.timeout = timeout
        if serves_metrics:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.http_port = free.getsockname()[1]
            options = [*options, "--http-port", str(self.http_port)]
        else:
            options = [*options, "--no-http"]
        self.is_own_home = home is None
        self.home = home or tempfile.mkdtemp(prefix="psic-")
        node = [binary, "--home", self.home, "--format", "json"]
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": self.home, **(environment or {})}
        if not os.path.exists(self.home + "/identity.key"):
            subprocess.run([binary, "init", "--home", self.home], check=True, env=self.environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = open(self.home + "/node.log", "ab")
        self.process = subprocess.Popen(
            [binary, "run", *node[1:], "--listen", "/ip4/127.0.0.1/tcp/0", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, env=self.environment,
            preexec_fn=die_with_parent)
        self.pid = self.process.pid
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            with open(self.log.name, errors="replace") as log:
                raise PsicError("psic-node did not start: " + log.read()[-500:])
        listening = json.loads(line)
        self.id = listening["peerID"]
        self.listening = listening["addresses"]
        self.socket = self.home + "/node.sock"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    __enter__ = lambda self: self
    __exit__ = lambda self, *_: self.close()

    def close(self, kill=False):
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        if self.is_own_home and not kill:
            shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, method, **params):
        """The result of one request."""
        call = Call(self.socket, method, params, self.timeout)
        try:
            while call.next() is not None:
                pass
            return call.result
        finally:
            call.close()

    def addrs(self):
        return self.listening

    def connect(self, target):
        self.ask("connect", target=target)

    # -- DHT
    def find(self, peer):
        """The addresses that the DHT has of a peer."""
        return self.ask("dht.findPeer", peer=peer)["addresses"]

    def put_public_key(self):
        self.ask("dht.put", key=f"/pk/{self.id}")

    def get_public_key(self, peer):
        return base64.b64decode(self.ask("dht.get", key=f"/pk/{peer}")["value"])

    def provide(self, cid):
        self.ask("dht.provide", cid=cid_text(cid))

    def find_providers(self, cid):
        return self.ask("dht.providers", cid=cid_text(cid), limit=1)["peers"]

    # -- topics
    def publish(self, topic, data):
        self.ask("topic.publish", topic=topic, data=base64.b64encode(data).decode())

    def subscribe(self, topic, heard=None):
        """Calls `heard(data)` for each message in a thread of its own; returns once subscribed.

        Without `heard` the messages are left for the caller to read from the returned call.
        """
        call = Call(self.socket, "topic.subscribe", {"topic": topic}, None)

        def listen():
            try:
                while (message := call.next()) is not None:
                    heard(base64.b64decode(message["data"]))
            except (OSError, ValueError, PsicError):
                pass

        if heard:
            threading.Thread(target=listen, daemon=True).start()
        wait_until("the subscription", lambda: any(
            entry["topic"] == topic for entry in self.ask("topic.list")["topics"]), 10)
        return call

    # -- views
    def known_peers(self):
        """The IDs of the connected peers."""
        return {peer["peerID"] for peer in self.ask("peers")["peers"] if peer["isConnected"]}

    def metrics(self):
        """The samples of /metrics of a peer that was started with serves_metrics, by name and labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/metrics", timeout=self.timeout) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line and line[0] != "#"}

    def score_of(self, peer):
        """How a peer stands: 0 or less."""
        return next((p["standing"] or 0 for p in self.ask("peers")["peers"] if p["peerID"] == peer), 0)


def cid_text(raw):
    """The base32 text of a CID in bytes."""
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def wait_until(what, test, seconds):
    deadline = time.monotonic() + seconds
    while not (value := test()):
        if time.monotonic() > deadline:
            raise PsicError(f"timed out waiting for {what}")
        time.sleep(0.1)
    return value
