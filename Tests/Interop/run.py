#!/usr/bin/env python3
"""EchoPeer against go-libp2p and py-libp2p on 127.0.0.1, both directions. Standard library only.

A check is a question that a client asks of a server. Client and server are each one of `psic` (the
EchoPeer example), `go` and `py`, so that the same checks also run between the two others, which
tells a fault of ours from one of theirs:   run.py --pairs go:py,py:go

Peers that this machine cannot have are skipped, one line a check, and counted; with
PEERKIT_INTEROP=required a skipped check is a failure. The last line is always
"interop: P passed, F failed, S skipped"; the exit status is 0 exactly when nothing failed.
Every command is bounded in time, and nothing outlives this process.
"""
import argparse
import concurrent.futures
import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LAB = os.path.abspath(os.environ.get("PEERKIT_LAB") or os.path.join(ROOT, ".lab"))
ECHO = "/echo/1.0.0"
UNKNOWN = "/psic-interop-unknown/1.0.0"
SOMEBODY_ELSE = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
LISTEN = "/ip4/127.0.0.1/tcp/0"
SERVER_SECONDS = 900  # the lives of go and py servers end then, whatever happens to us
libc = ctypes.CDLL(None)
stopping = threading.Event()


class Failed(Exception):
    pass


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG; Linux, as p2pd is


def environment():
    return {**os.environ, "PEERKIT_LAB": LAB, "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no"}


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


# ------------------------------------------------------------------------- peers as clients
# Each method returns a dictionary with what the checks look at, or raises Failed with the
# client's own words.

class Client:
    def run(self, arguments, seconds):
        start = time.monotonic()
        try:
            # Killed by its own process id when the time is up; p2pd dies with its gopeer.py.
            done = subprocess.run(arguments, capture_output=True, text=True, errors="replace",
                                  timeout=seconds, stdin=subprocess.DEVNULL, env=environment())
        except subprocess.TimeoutExpired:
            raise Failed(f"no end after {seconds} s") from None
        if done.returncode < 0 or done.returncode >= 128:
            raise Failed(f"crashed with status {done.returncode}: {last_line(done.stderr)}")
        try:
            answer = json.loads(last_line(done.stdout) or "{}")
        except ValueError:
            raise Failed(f"last line is not JSON: {last_line(done.stdout)[:200]!r}") from None
        answer["status"], answer["stderr"] = done.returncode, done.stderr.strip()
        answer["took"] = time.monotonic() - start
        return answer


class Script(Client):
    """gopeer.py or pypeer.py."""

    def __init__(self, kind):
        self.kind = kind
        # go would prefer TLS where the other side has it too; without the DHT and gossip it opens
        # no stream that the check did not ask for.
        self.options = ["--arg=-tls=false", "--dht", "off", "--no-pubsub"] if kind == "go" else []

    def command(self, *arguments, seconds=30):
        answer = self.run([sys.executable, f"{HERE}/{self.kind}peer.py", *self.options,
                           "--timeout", str(seconds), *map(str, arguments)], seconds + 15)
        if (answer.get("ok") is True) != (answer["status"] == 0):
            raise Failed(f"status {answer['status']}: {answer['stderr'][-300:]}")
        if not answer["ok"]:
            raise Failed(answer.get("error") or json.dumps(answer))
        return answer

    def identify(self, address):
        found = self.command("identify", address)
        record = found["signedPeerRecord"]
        return {"peer": found["peer"], "agent": found["agentVersion"], "protocols": found["protocols"],
                "addresses": found["listenAddrs"], "observed": found["observedAddr"],
                "record": record and {"peer": record["peer"], "addresses": record["addrs"]}}

    def connect(self, address):
        return {"connections": self.command("connect-rate", address, "--n", 5)["connections"]}

    def ping(self, address, count):
        return {"count": len(self.command("ping", address, "--count", count)["rtt_us"])}

    def echo(self, address, size, protocol=ECHO):
        # A p2pd that answers would lose bytes after a half-close, so py reads before it closes then.
        more = ["--read-first"] if self.kind == "py" and address in READ_FIRST else []
        return {"bytes": self.command("echo", address, protocol, size, *more, seconds=60)["size"]}

    def echo_many(self, address, size, count):
        return {"streams": self.command("echo-many", address, ECHO, size, count, seconds=60)["good"]}


class Psic(Client):
    """The EchoPeer example; README.md says what it is expected to print."""

    kind = "psic"

    def command(self, *arguments, seconds=30):
        answer = self.run([options.echo_peer, *map(str, arguments), "--format", "json"], seconds)
        if answer["status"] != 0:
            lines = answer["stderr"].splitlines()
            raise Failed(lines[-1] if lines else f"status {answer['status']}, and no word why on stderr")
        if answer.get("ok") is not True:
            raise Failed("status 0 without \"ok\": true")
        return answer

    def identify(self, address):
        found = self.command("identify", address)
        record = found.get("signedPeerRecord")
        return {"peer": found.get("peerID"), "agent": found.get("agentVersion"),
                "protocols": found.get("protocols"), "addresses": found.get("listenAddresses"),
                "observed": found.get("observedAddress"),
                "record": record and {"peer": record.get("peerID"), "addresses": record.get("addresses")}}

    def connect(self, address):
        for _ in range(5):
            self.command("dial", address, "--bytes", 1)
        return {"connections": 5}

    def ping(self, address, count):
        return {"count": len(self.command("ping", address, "--count", count).get("roundTripMicroseconds", []))}

    def echo(self, address, size, protocol=ECHO):
        return {"bytes": self.command("dial", address, "--bytes", size, "--protocol", protocol,
                                      seconds=60).get("bytes")}

    def echo_many(self, address, size, count):
        found = self.command("dial", address, "--bytes", size, "--streams", count, seconds=60)
        if found.get("connections", 1) != 1:
            raise Failed(f"{found['connections']} connections instead of one")
        return {"streams": found.get("streams")}


# ------------------------------------------------------------------------- peers as servers

READ_FIRST = set()  # addresses of go servers


class Server:
    """A peer that serves ECHO until it is told to end."""

    def __init__(self, kind, stack):
        self.kind = kind
        if kind == "psic":
            command = [options.echo_peer, "--listen", LISTEN]
        else:
            command = [sys.executable, f"{HERE}/{kind}peer.py", "--timeout", str(SERVER_SECONDS)]
            command += ["--arg=-tls=false"] if kind == "go" else []
            command += ["serve-echo", ECHO]
        self.log = stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
        # Started from the main thread, which lives to the end: the signal above follows threads.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, env=environment(), preexec_fn=die_with_parent)
        stack.callback(self.kill)
        line = self.first_line(30)
        if kind == "psic":
            self.address = line
        else:
            self.address = json.loads(line)["addrs"][0]
        if kind == "go":
            READ_FIRST.add(self.address)
        if not self.address.startswith("/ip4/127.0.0.1/tcp/") or "/p2p/" not in self.address:
            raise Failed(f"{kind}: the first line is no full multiaddr on 127.0.0.1: {line!r}")
        self.peer = self.address.rpartition("/p2p/")[2]
        # Whatever else it prints must not fill the pipe and stop it.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def first_line(self, seconds):
        line, deadline = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            byte = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not byte:
                raise Failed(f"{self.kind} did not start within {seconds} s: {self.last_words()}")
            line += byte
        return line.decode(errors="replace").strip()

    def last_words(self):
        self.log.seek(0)
        return last_line(self.log.read())[:500]

    def must_live(self):
        if self.process.poll() is not None:
            raise Failed(f"the server ended by itself with status {self.process.returncode}: {self.last_words()}")

    def stop(self, seconds=10):
        self.must_live()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"still there {seconds} s after SIGTERM") from None

    def kill(self):
        with contextlib.suppress(Exception):
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# ---------------------------------------------------------------------------------- checks

CHECKS = []


def check(name):
    def add(function):
        CHECKS.append((name, function))
        return function
    return add


def expect(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r} instead of {wanted!r}")


def refused(what, words, call):
    """The call must fail in good time, and say these words."""
    start = time.monotonic()
    try:
        call()
    except Failed as error:
        missing = [word for word in words if word not in str(error)]
        if missing:
            raise Failed(f"{what} failed, but its error does not name {' and '.join(missing)}: {error}") from None
        if time.monotonic() - start > 20:
            raise Failed(f"{what} failed only after {time.monotonic() - start:.0f} s") from None
        return
    raise Failed(f"{what} succeeded")


@check("Noise and Yamux, five connections one after the other")
def connects(client, server):
    expect(client.connect(server.address)["connections"], 5, "connections")


@check("identify with signed record")
def identifies(client, server):
    found = client.identify(server.address)
    expect(found["peer"], server.peer, "peer ID")
    for protocol in [ECHO, "/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"]:
        if protocol not in (found["protocols"] or []):
            raise Failed(f"{protocol} is not among the protocols {found['protocols']}")
    if not found["agent"]:
        raise Failed("no agent version")
    if not (found["observed"] or "").startswith("/ip4/127.0.0.1/tcp/"):
        raise Failed(f"observed address: {found['observed']!r}")
    if not found["record"]:
        raise Failed("no signed peer record")
    expect(found["record"]["peer"], server.peer, "peer ID in the signed record")
    bare = server.address.rpartition("/p2p/")[0]
    # py ends the record's addresses with the peer ID, go does not: both are allowed.
    if not {bare, server.address} & set(found["record"]["addresses"] or []):
        raise Failed(f"{bare} is not among the signed addresses {found['record']['addresses']}")


@check("ping, twenty times")
def pings(client, server):
    expect(client.ping(server.address, 20)["count"], 20, "answers")


@check("echo of 0 bytes")
def echoes_nothing(client, server):
    expect(client.echo(server.address, 0)["bytes"], 0, "bytes")


@check("echo of 1 byte")
def echoes_one(client, server):
    expect(client.echo(server.address, 1)["bytes"], 1, "bytes")


@check("echo of 70 000 bytes, more than a Noise frame")
def echoes_frames(client, server):
    expect(client.echo(server.address, 70_000)["bytes"], 70_000, "bytes")


@check("echo of 4 MiB, many windows")
def echoes_windows(client, server):
    expect(client.echo(server.address, 4 << 20)["bytes"], 4 << 20, "bytes")


@check("500 streams on one connection")
def many_streams(client, server):
    expect(client.echo_many(server.address, 1000, 500)["streams"], 500, "streams")


@check("unknown protocol is refused, and the peer serves on")
def unknown_protocol(client, server):
    refused("a stream of an unknown protocol", [UNKNOWN], lambda: client.echo(server.address, 1, UNKNOWN))
    expect(client.echo(server.address, 1)["bytes"], 1, "bytes afterwards")


@check("wrong peer ID is refused, and the peer serves on")
def wrong_peer(client, server):
    wrong = server.address.replace(server.peer, SOMEBODY_ELSE)
    # py names only the peer that it looked for.
    words = [SOMEBODY_ELSE] + ([] if client.kind == "py" else [server.peer])
    refused("a dial to another peer ID", words, lambda: client.ping(wrong, 1))
    expect(client.ping(server.address, 1)["count"], 1, "answers afterwards")


@check("SIGTERM ends the serving peer with status 0")
def ends(_client, server):  # the last one, as nothing can be asked afterwards
    expect(server.stop(), 0, "status")


# ------------------------------------------------------------------------------------- run

class Report:
    def __init__(self):
        self.lock = threading.Lock()
        self.rows = []

    def add(self, pair, name, result, detail=""):
        with self.lock:
            self.rows.append({"pair": pair, "check": name, "result": result, "detail": detail})
            title = f"{pair.replace(':', ' -> '):<12} {name}"
            print({"passed": f"ok       {title} ({detail})", "failed": f"FAILED   {title}: {detail}",
                   "skipped": f"skipped: {title}: {detail}"}[result], flush=True)

    def count(self, result):
        return sum(row["result"] == result for row in self.rows)

    def summary(self):
        reasons = sorted({row["detail"] for row in self.rows if row["result"] == "skipped"})
        return (f"interop: {self.count('passed')} passed, {self.count('failed')} failed, "
                f"{self.count('skipped')} skipped{' (' + '; '.join(reasons) + ')' if reasons else ''}")


def chosen():
    return [(name, function) for name, function in CHECKS if options.only in name]


def run_pair(report, pair, client, server):
    for name, function in chosen():
        if stopping.is_set():
            return
        start = time.monotonic()
        try:
            server.must_live()
            function(client, server)
            report.add(pair, name, "passed", f"{time.monotonic() - start:.1f} s")
        except Exception as error:  # a fault of this script is a failed check, too
            text = str(error) if isinstance(error, Failed) else repr(error)
            report.add(pair, name, "failed", " ".join(text.split())[:600])


def available(kind):
    """-> None when the peer can be had, else why not. A fault of the lab is raised."""
    if kind == "psic":
        return None
    print(f"interop: making the {kind} peer ready in {os.path.relpath(LAB)}", flush=True)
    try:
        done = subprocess.run([f"{HERE}/setup.sh", LAB], capture_output=True, text=True, timeout=600,
                              stdin=subprocess.DEVNULL, env={**environment(), "ONLY": kind})
    except subprocess.TimeoutExpired:
        return "its set-up took more than 600 s"
    if done.returncode == 69:
        return last_line(done.stderr)
    if done.returncode != 0:
        raise Failed(f"{kind}: setup.sh ended with {done.returncode}: {last_line(done.stderr)}")
    return None


def run_all(report, stack):
    pairs = [tuple(pair.split(":")) for pair in options.pairs.split(",")]
    kinds = sorted({kind for pair in pairs for kind in pair})
    if "psic" in kinds and not os.access(options.echo_peer, os.X_OK):
        raise Failed(f"there is no EchoPeer at {os.path.relpath(options.echo_peer)}: build it first")
    missing = {kind: available(kind) for kind in kinds}
    work = []
    for client, server in pairs:
        pair, why = f"{client}:{server}", missing[client] or missing[server]
        if why:
            for name, _ in chosen():
                report.add(pair, name, "skipped", why)
            continue
        try:
            started = Server(server, stack)
        except Failed as error:
            for name, _ in chosen():
                report.add(pair, name, "failed", str(error))
            continue
        work.append((pair, Psic() if client == "psic" else Script(client), started))
    # Pairs share nothing; within a pair one check follows the other.
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(run_pair, report, *each) for each in work]
        try:
            for future in futures:
                future.result()
        except BaseException:  # a signal: no further check begins
            stopping.set()
            raise


def main():
    def on_signal(number, _):
        raise KeyboardInterrupt(f"signal {number}")

    signal.signal(signal.SIGTERM, on_signal)
    report, start = Report(), time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            run_all(report, stack)
        except KeyboardInterrupt as error:
            report.add("-", "all", "failed", f"ended by {error or 'an interrupt'}")
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
    top.add_argument("--echo-peer", default=f"{ROOT}/.build/debug/EchoPeer", help="the built example")
    top.add_argument("--pairs", default="go:psic,py:psic,psic:go,psic:py", help="client:server,…")
    top.add_argument("--only", default="", help="only checks whose name contains this")
    top.add_argument("--jobs", type=int, default=2, help="pairs at the same time")
    top.add_argument("--json", help="also write the results to this file")
    options = top.parse_args()
    options.echo_peer = os.path.abspath(options.echo_peer)
    sys.exit(main())
