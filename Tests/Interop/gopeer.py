#!/usr/bin/env python3
"""A go-libp2p peer for interop tests: drives a p2pd daemon over its control socket.

Standard library only. Everything listens and dials on 127.0.0.1 only.
The p2pd binary is found by --p2pd, else $P2PD, else $PEERKIT_LAB/p2pd (see setup.sh).

The LAST line of stdout is always one JSON object with "ok"; the exit status is 0
when ok is true, else 1. Commands that serve first print a "ready" JSON line with
the addresses to dial. Every command ends within --timeout seconds (serve-*: only
when --timeout was given; they also end, with status 0, on SIGTERM or SIGINT).

  TARGET is /ip4/127.0.0.1/tcp/PORT/p2p/PEERID (also over a /p2p-circuit relay).
"""
import argparse
import concurrent.futures
import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

# ---------------------------------------------------------------- wire helpers

def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def read_uvarint(data, at=0):
    shift = value = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def pb(*fields):
    """Encode (number, value) pairs; int -> varint, bytes/str -> length-delimited, None -> absent."""
    out = bytearray()
    for number, value in fields:
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            out += pb(*[(number, v) for v in value])
        elif isinstance(value, int):
            out += uvarint(number << 3) + uvarint(value & (1 << 64) - 1)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += uvarint(number << 3 | 2) + uvarint(len(value)) + value
    return bytes(out)


def unpb(data):
    """Decode one message to {field number: [values]}; nested messages stay bytes."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = read_uvarint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = read_uvarint(data, at)
        elif kind == 1:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        elif kind == 2:
            size, at = read_uvarint(data, at)
            if at + size > len(data):
                raise ValueError("truncated protobuf")
            value, at = bytes(data[at:at + size]), at + size
        elif kind == 5:
            value, at = struct.unpack_from("<I", data, at)[0], at + 4
        else:
            raise ValueError(f"protobuf wire type {kind}")
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def first(fields, number, default=None):
    return fields.get(number, [default])[0]


B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def b58encode(data):
    n, out = int.from_bytes(data, "big"), ""
    while n:
        n, digit = divmod(n, 58)
        out = B58[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def b58decode(text):
    n = 0
    for char in text:
        n = n * 58 + B58.index(char)
    body = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


# name -> (code, size of the value in bits; -1: length-prefixed)
MULTIADDR = {
    "ip4": (4, 32), "tcp": (6, 16), "dns": (53, -1), "dns4": (54, -1), "dns6": (55, -1),
    "dnsaddr": (56, -1), "ip6": (41, 128), "udp": (273, 16), "p2p-circuit": (290, 0),
    "unix": (400, -1), "p2p": (421, -1), "tls": (448, 0), "noise": (454, 0),
    "quic": (460, 0), "quic-v1": (461, 0), "webtransport": (465, 0), "certhash": (466, -1),
    "ws": (477, 0), "wss": (478, 0), "webrtc-direct": (280, 0),
}
MULTIADDR_CODE = {code: (name, bits) for name, (code, bits) in MULTIADDR.items()}


def maddr_bytes(text):
    parts, out = text.strip("/").split("/"), bytearray()
    while parts:
        name = parts.pop(0)
        code, bits = MULTIADDR[name]
        out += uvarint(code)
        if bits == 0:
            continue
        if name == "unix":
            value, parts = ("/" + "/".join(parts)).encode(), []
        else:
            text_value = parts.pop(0)
            if name == "ip4":
                value = socket.inet_aton(text_value)
            elif name == "ip6":
                value = socket.inet_pton(socket.AF_INET6, text_value)
            elif name in ("tcp", "udp"):
                value = struct.pack(">H", int(text_value))
            elif name == "p2p":
                value = b58decode(text_value)
            else:
                value = text_value.encode()
        out += (uvarint(len(value)) if bits < 0 else b"") + value
    return bytes(out)


def maddr_text(data):
    out, at = "", 0
    while at < len(data):
        code, at = read_uvarint(data, at)
        if code not in MULTIADDR_CODE:
            return out + f"/unknown-{code}/{data[at:].hex()}"
        name, bits = MULTIADDR_CODE[code]
        out += "/" + name
        if bits == 0:
            continue
        size = bits // 8
        if bits < 0:
            size, at = read_uvarint(data, at)
        value, at = data[at:at + size], at + size
        if name == "ip4":
            out += "/" + socket.inet_ntoa(value)
        elif name == "ip6":
            out += "/" + socket.inet_ntop(socket.AF_INET6, value)
        elif name in ("tcp", "udp"):
            out += f"/{struct.unpack('>H', value)[0]}"
        elif name == "p2p":
            out += "/" + b58encode(value)
        elif name == "unix":
            out += value.decode()
        else:
            out += "/" + value.decode("ascii", "backslashreplace")
    return out


def split_target(target):
    """TARGET -> (peer id bytes, transport multiaddr bytes without the last /p2p)."""
    head, sep, peer = target.rpartition("/p2p/")
    if not sep or not peer:
        raise SystemExit(f"no /p2p/PEERID at the end of {target!r}")
    loopback_only(head)
    return b58decode(peer), maddr_bytes(head)


def loopback_only(address):
    parts = address.strip("/").split("/")
    for name, value in zip(parts, parts[1:]):
        if name in ("ip4", "ip6", "dns", "dns4", "dns6", "dnsaddr") and value != "127.0.0.1":
            raise SystemExit(f"refused: {address} is not on 127.0.0.1")


# Field names for what an identify stream carries.
def decode_identify(data):
    msg = unpb(data)
    record = first(msg, 8)
    out = {
        "protocolVersion": first(msg, 5, b"").decode(),
        "agentVersion": first(msg, 6, b"").decode(),
        "publicKey": first(msg, 1, b"").hex(),
        "listenAddrs": [maddr_text(a) for a in msg.get(2, [])],
        "observedAddr": maddr_text(first(msg, 4)) if 4 in msg else None,
        "protocols": sorted(p.decode() for p in msg.get(3, [])),
        "signedPeerRecord": None,
    }
    if record:
        envelope = unpb(record)
        payload = unpb(first(envelope, 3, b""))
        out["signedPeerRecord"] = {
            "payloadType": first(envelope, 2, b"").hex(),
            "signatureBytes": len(first(envelope, 5, b"")),
            "peer": b58encode(first(payload, 1, b"")),
            "seq": first(payload, 2, 0),
            "addrs": [maddr_text(first(unpb(a), 1)) for a in payload.get(3, [])],
        }
    return out


# ------------------------------------------------------------ the daemon's end

class ControlError(Exception):
    pass


class Conn:
    """One control connection: varint-delimited protobuf both ways, then maybe raw stream bytes."""

    def __init__(self, path, timeout):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.reader = self.sock.makefile("rb", buffering=1 << 16)

    @classmethod
    def accepted(cls, sock):
        conn = cls.__new__(cls)
        conn.sock, conn.reader = sock, sock.makefile("rb", buffering=1 << 16)
        return conn

    def send(self, message):
        self.sock.sendall(uvarint(len(message)) + message)

    def recv(self):
        size = shift = 0
        while True:
            byte = self.reader.read(1)
            if not byte:
                raise ControlError("control connection closed")
            size |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        data = self.reader.read(size)
        if len(data) < size:
            raise ControlError("control connection closed inside a message")
        return unpb(data)

    def response(self):
        msg = self.recv()
        if first(msg, 1) != 0:
            raise ControlError(first(unpb(first(msg, 2, b"")), 1, b"?").decode("utf-8", "replace"))
        return msg

    def ask(self, message):
        self.send(message)
        return self.response()

    def read(self, size):
        return self.reader.read1(size)

    def read_exactly(self, size):
        return self.reader.read(size)

    def close(self):
        with contextlib.suppress(OSError):
            self.reader.close()
            self.sock.close()

    __enter__ = lambda self: self
    __exit__ = lambda self, *_: self.close()


REQ = dict(IDENTIFY=0, CONNECT=1, STREAM_OPEN=2, STREAM_HANDLER=3, DHT=4, LIST_PEERS=5,
           DISCONNECT=7, PUBSUB=8)
DHT = dict(FIND_PEER=0, FIND_PROVIDERS=2, GET_CLOSEST_PEERS=3, GET_VALUE=5, PUT_VALUE=7, PROVIDE=8)
PS = dict(LIST_PEERS=1, PUBLISH=2, SUBSCRIBE=3)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Peer:
    """A running p2pd. Use as a context manager, from a thread that outlives it (it dies with its thread)."""

    def __init__(self, binary, port=0, dht=None, pubsub=True, identity=None, extra=(),
                 heartbeat=None, timeout=30, listen=True):
        self.dir = tempfile.mkdtemp(prefix="gopeer-", dir=tempfile.gettempdir())
        self.control = self.dir + "/c.sock"
        self.timeout = timeout
        self.handlers = []
        # Never given: -b (dials bootstrap peers; the default list is the public IPFS one),
        # -natPortMap, -autoRelay. -bootstrapPeers names a dead loopback port all the same, so
        # that no public address is even configured.
        nobody = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
        args = [binary, "-listen", "/unix" + self.control, "-bootstrapPeers", nobody,
                "-relayDiscovery=false"]
        if listen:
            args += ["-hostAddrs", f"/ip4/127.0.0.1/tcp/{port}"]
        else:
            args += ["-noListenAddrs"]
        if dht:
            args.append({"server": "-dhtServer", "client": "-dhtClient", "auto": "-dht"}[dht])
        if pubsub:
            args.append("-pubsub")
            if heartbeat:
                args += ["-gossipsubHeartbeatInterval", heartbeat]
        if identity:
            args += ["-id", identity]
        self.log = open(self.dir + "/log", "wb")
        self.process = subprocess.Popen(args + list(extra), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        self.pid = self.process.pid
        try:
            self.wait_until_up(time.monotonic() + 10)
        except BaseException:
            self.close()
            raise

    def wait_until_up(self, deadline):
        while True:
            try:
                self.ask(pb((1, REQ["IDENTIFY"])))
                return
            except (FileNotFoundError, ConnectionRefusedError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    with open(self.log.name, errors="replace") as log:
                        raise ControlError("p2pd did not start: " + log.read()[-500:]) from None
                time.sleep(0.01)

    __enter__ = lambda self: self
    __exit__ = lambda self, *_: self.close()

    def close(self):
        for server in self.handlers:
            with contextlib.suppress(OSError):
                server.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def conn(self):
        return Conn(self.control, self.timeout)

    def ask(self, message):
        with self.conn() as conn:
            return conn.ask(message)

    # -- host
    def identity(self):
        me = unpb(first(self.ask(pb((1, REQ["IDENTIFY"]))), 4))
        return first(me, 1), [maddr_text(a) for a in me.get(2, [])]

    def addrs(self):
        peer, addrs = self.identity()
        return [f"{a}/p2p/{b58encode(peer)}" for a in addrs]

    def connect(self, target):
        """Dial, secure, multiplex, and wait until identify is done (go's host.Connect)."""
        peer, addr = split_target(target)
        self.ask(pb((1, REQ["CONNECT"]), (2, pb((1, peer), (2, addr), (3, max(1, int(self.timeout)))))))
        return peer

    def disconnect(self, peer):
        self.ask(pb((1, REQ["DISCONNECT"]), (7, pb((1, peer)))))

    def peers(self):
        found = self.ask(pb((1, REQ["LIST_PEERS"]))).get(6, [])
        return [(first(unpb(p), 1), maddr_text(first(unpb(p), 2, b""))) for p in found]

    def open_stream(self, peer, *protocols):
        """-> (Conn carrying the raw stream, negotiated protocol). Closing one way closes both: see echo."""
        conn = self.conn()
        try:
            info = conn.ask(pb((1, REQ["STREAM_OPEN"]),
                               (3, pb((1, peer), (2, list(protocols)), (3, max(1, int(self.timeout)))))))
        except BaseException:
            conn.close()
            raise
        return conn, first(unpb(first(info, 3)), 3).decode()

    def serve(self, protocols, handler):
        """handler(peer id bytes, protocol, Conn) in a thread for each inbound stream."""
        path = f"{self.dir}/h{len(self.handlers)}.sock"
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen(4096)  # p2pd resets a stream whose handler it cannot connect to at once
        self.handlers.append(server)

        def one(sock):
            with Conn.accepted(sock) as conn:
                info = conn.recv()
                with contextlib.suppress(OSError, struct.error, ControlError):  # the far side went away
                    handler(first(info, 1), first(info, 3).decode(), conn)

        def accept():
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        self.ask(pb((1, REQ["STREAM_HANDLER"]),
                    (4, pb((1, maddr_bytes("/unix" + path)), (2, list(protocols)), (3, 0)))))

    # -- DHT
    def dht(self, kind, **f):
        message = pb((1, REQ["DHT"]), (5, pb((1, DHT[kind]), (2, f.get("peer")), (3, f.get("cid")),
                                             (4, f.get("key")), (5, f.get("value")), (6, f.get("count")),
                                             (7, max(1, int(self.timeout))))))
        found = []
        with self.conn() as conn:
            reply = first(conn.ask(message), 5)
            reply = unpb(reply) if reply is not None else {}
            if first(reply, 1) == 1:  # VALUE: a single answer
                return [reply]
            if first(reply, 1) == 0:  # BEGIN: a series, ended by END
                while True:
                    reply = conn.recv()
                    if first(reply, 1) == 2:
                        return found
                    found.append(reply)
        return found

    # -- pubsub
    def topic_peers(self, topic):
        reply = self.ask(pb((1, REQ["PUBSUB"]), (8, pb((1, PS["LIST_PEERS"]), (2, topic)))))
        return unpb(first(reply, 7, b"")).get(2, [])

    def publish(self, topic, data):
        self.ask(pb((1, REQ["PUBSUB"]), (8, pb((1, PS["PUBLISH"]), (2, topic), (3, data)))))

    def subscribe(self, topic):
        """-> Conn; each recv() is a PSMessage (1 from, 2 data, 3 seqno, 4 topics, 5 signature, 6 key)."""
        conn = self.conn()
        conn.ask(pb((1, REQ["PUBSUB"]), (8, pb((1, PS["SUBSCRIBE"]), (2, topic)))))
        return conn


# ------------------------------------------------------------------ small utils

def wait_for(what, test, seconds):
    deadline = time.monotonic() + seconds
    while not (value := test()):
        if time.monotonic() > deadline:
            raise ControlError(f"timed out waiting for {what}")
        time.sleep(0.02)
    return value


def quiet(function, *args):
    with contextlib.suppress(OSError):
        function(*args)


def pattern(size):
    block = hashlib.sha256(b"peerkit").digest() * 2048  # 64 KiB
    return (block * (size // len(block) + 1))[:size]


def cid_of(text):
    """A CID argument: 'b58 CIDv0', or any other text -> CIDv1 raw of its SHA-256."""
    if text.startswith("Qm") and len(text) == 46:
        return b58decode(text)
    return b"\x01\x55\x12\x20" + hashlib.sha256(text.encode()).digest()


def record_key(text):
    """/pk/PEERID and /ipns/PEERID carry the peer id's raw bytes on the wire."""
    namespace, _, rest = text.lstrip("/").partition("/")
    if namespace in ("pk", "ipns"):
        return b"/" + namespace.encode() + b"/" + b58decode(rest)
    return text.encode()


def peer_info(message):
    info = unpb(first(message, 2))
    return {"peer": b58encode(first(info, 1)), "addrs": [maddr_text(a) for a in info.get(2, [])]}


def show(**line):
    print(json.dumps(line), flush=True)


def ready(peer, **more):
    show(event="ready", pid=os.getpid(), p2pd=peer.pid, addrs=peer.addrs(), **more)


# -------------------------------------------------------------------- commands

def cmd_identify(peer, a):
    remote = peer.connect(a.target)
    conn, _ = peer.open_stream(remote, "/ipfs/id/1.0.0")
    with conn:
        stream = conn.reader.read()  # the far side half-closes after its message(s)
    at, merged = 0, b""
    while at < len(stream):  # identify may come in several delimited parts that merge
        size, at = read_uvarint(stream, at)
        merged += stream[at:at + size]
        at += size
    return {"peer": b58encode(remote), "conns": [c for p, c in peer.peers() if p == remote],
            **decode_identify(merged)}


def cmd_ping(peer, a):
    remote = peer.connect(a.target)
    conn, _ = peer.open_stream(remote, "/ipfs/ping/1.0.0")
    times = []
    with conn:
        for _ in range(a.count):
            data, start = os.urandom(32), time.perf_counter()
            conn.sock.sendall(data)
            if conn.read_exactly(32) != data:
                raise ControlError("ping came back different")
            times.append((time.perf_counter() - start) * 1e6)
    return {"rtt_us": [round(t, 1) for t in times]}


def cmd_echo(peer, a):
    """Send SIZE bytes, read them back, then half-close and expect the far side's EOF.

    p2pd maps a shutdown of the control connection's write side to libp2p Stream.Close(), which
    ends BOTH directions, so the echo is read before the half-close, never after it.
    """
    remote = peer.connect(a.target)
    conn, protocol = peer.open_stream(remote, a.proto)
    data, got, start = pattern(a.size), 0, time.perf_counter()
    with conn:
        sender = threading.Thread(target=quiet, args=(conn.sock.sendall, data), daemon=True)
        sender.start()
        while got < a.size:
            part = conn.read(1 << 18)
            if not part:
                break
            if part != data[got:got + len(part)]:
                return {"ok": False, "error": f"echo differs in bytes {got}..{got + len(part)}"}
            got += len(part)
        seconds = time.perf_counter() - start
        if got < a.size:
            return {"ok": False, "error": f"stream ended after {got} of {a.size} bytes", "got": got}
        sender.join()
        conn.sock.shutdown(socket.SHUT_WR)
        eof = conn.read(1) == b""
    return {"ok": eof, "protocol": protocol, "size": a.size, "eof": eof, "seconds": round(seconds, 6),
            "MiB_per_s": round(a.size / (1 << 20) / seconds, 1)}


def cmd_echo_many(peer, a):
    """COUNT streams of one connection, all open at the same time, SIZE bytes echoed on each."""
    remote = peer.connect(a.target)
    data, start = pattern(a.size), time.perf_counter()
    conns, good = [], 0

    def begin(_):
        conn, _ = peer.open_stream(remote, a.proto)
        conn.sock.sendall(data)  # small against the window, so that it need not wait for the echo
        return conn

    try:
        with concurrent.futures.ThreadPoolExecutor(32) as pool:  # many opens under way at once
            for begun in [pool.submit(begin, i) for i in range(a.count)]:
                conns.append(begun.result())
        for conn in conns:
            good += conn.read_exactly(a.size) == data
        held = sum(1 for p, _ in peer.peers() if p == remote)
    finally:
        for conn in conns:
            conn.close()
    return {"ok": good == a.count and held == 1, "streams": a.count, "good": good, "size": a.size,
            "connections": held, "seconds": round(time.perf_counter() - start, 3)}


def cmd_send(peer, a):
    """One-way throughput: SIZE bytes to a serve-sink handler, which answers with the count it got."""
    remote = peer.connect(a.target)
    conn, _ = peer.open_stream(remote, a.proto)
    block = pattern(1 << 18)
    with conn:
        start, left = time.perf_counter(), a.size
        conn.sock.sendall(struct.pack(">Q", a.size))
        while left:
            part = block[:left]
            conn.sock.sendall(part)
            left -= len(part)
        answer = conn.read_exactly(8)
        seconds = time.perf_counter() - start
    ok = answer == struct.pack(">Q", a.size)
    return {"ok": ok, "size": a.size, "seconds": round(seconds, 6),
            "MiB_per_s": round(a.size / (1 << 20) / seconds, 1)}


def echo_handler(_peer, _protocol, conn):
    while part := conn.read(1 << 18):
        conn.sock.sendall(part)


def sink_handler(_peer, _protocol, conn):
    size = struct.unpack(">Q", conn.read_exactly(8))[0]
    left = size
    while left and (part := conn.read(min(left, 1 << 18))):
        left -= len(part)
    conn.sock.sendall(struct.pack(">Q", size - left))


def cmd_raw(peer, a):
    """Open PROTO, send one varint-delimited message (hex), print the delimited replies as hex."""
    remote = peer.connect(a.target)
    conn, _ = peer.open_stream(remote, a.proto)
    replies = []
    with conn:
        if a.message is not None:
            message = bytes.fromhex(a.message)
            conn.sock.sendall(uvarint(len(message)) + message)
        while len(replies) < a.replies:
            size = shift = 0
            while True:
                byte = conn.read_exactly(1)
                if not byte:
                    return {"ok": False, "error": "stream ended", "replies": replies}
                size |= (byte[0] & 0x7F) << shift
                shift += 7
                if byte[0] < 0x80:
                    break
            replies.append(conn.read_exactly(size).hex())
    return {"replies": replies}


def cmd_autonat(peer, a):
    """Ask an AutoNAT v1 server to dial this peer's own addresses back."""
    remote = peer.connect(a.target)
    me, addrs = peer.identity()
    conn, _ = peer.open_stream(remote, "/libp2p/autonat/1.0.0")
    with conn:
        conn.send(pb((1, 0), (2, pb((1, pb((1, me), (2, [maddr_bytes(x) for x in addrs])))))))
        answer = unpb(first(conn.recv(), 3))
    status = first(answer, 1, 0)
    names = {0: "OK", 100: "E_DIAL_ERROR", 101: "E_DIAL_REFUSED", 200: "E_BAD_REQUEST", 300: "E_INTERNAL_ERROR"}
    return {"ok": status == 0, "status": names.get(status, status), "text": first(answer, 2, b"").decode(),
            "addr": maddr_text(first(answer, 3)) if 3 in answer else None}


def cmd_dcutr(peer, a):
    """Dial TARGET (/p2p-circuit) and record the DCUtR exchange it starts (use --no-listen --dht off --no-pubsub).

    p2pd's own DCUtR never starts on loopback, so this handler answers for it, with an address where
    nobody listens: what is checked is the far side's CONNECT and SYNC, not a hole punched.
    """
    seen, done = {}, threading.Event()

    def handler(_peer, _protocol, conn):
        m = conn.recv()
        seen["connect"] = {"type": first(m, 1), "addrs": [maddr_text(x) for x in m.get(2, [])]}
        conn.send(pb((1, 100), (2, maddr_bytes("/ip4/127.0.0.1/tcp/9"))))
        seen["sync"] = {"type": first(conn.recv(), 1)}
        done.set()

    peer.serve(["/libp2p/dcutr"], handler)
    peer.connect(a.target)
    done.wait(max(1, peer.timeout - 3))
    return {"ok": seen.get("connect", {}).get("type") == 100 and seen.get("sync", {}).get("type") == 300, **seen}


def serving(handler):
    def command(peer, a):
        peer.serve(a.proto, handler)
        if a.target:
            peer.connect(a.target)
        subscriptions = [peer.subscribe(t) for t in a.topic]
        if a.relay:
            time.sleep(1)  # p2pd says nothing of a reservation whose relay is on loopback
        ready(peer, protocols=a.proto, topics=a.topic)
        for conn in subscriptions:
            threading.Thread(target=drain, args=(conn,), daemon=True).start()
        while peer.process.poll() is None:
            time.sleep(0.1)
        return {"ok": False, "error": "p2pd ended"}
    return command


def drain(conn):
    with contextlib.suppress(Exception):
        conn.sock.settimeout(None)
        while True:
            conn.recv()


def dht_connect(peer, a):
    """Connect and wait until the target is in p2pd's routing table (it must speak /ipfs/kad/1.0.0)."""
    remote = peer.connect(a.target)
    wait_for("the target to enter the routing table",
             lambda: [1 for m in closest(peer, remote) if first(m, 3) == remote], peer.timeout)
    return remote


def closest(peer, key):
    try:
        return peer.dht("GET_CLOSEST_PEERS", key=key)
    except ControlError as error:
        if "failed to find any peer in table" in str(error):
            return []
        raise


def kad_get_from(peer, remote, key):
    """GET_VALUE asked of one peer over a stream of our own -> the record's value or None."""
    conn, _ = peer.open_stream(remote, "/ipfs/kad/1.0.0")
    with conn:
        conn.send(pb((1, 1), (2, key)))
        record = first(conn.recv(), 3)
    return first(unpb(record), 2) if record else None


def cmd_dht_put(peer, a):
    """Put, then ask the target itself for the record: go reports success even where nobody stored it."""
    me, _ = peer.identity()
    key = record_key(a.key) if a.key else b"/pk/" + me
    # A /pk/ record's value is the public key protobuf, which an Ed25519 peer id carries after 2 bytes.
    value = bytes.fromhex(a.value) if a.value else me[2:]
    remote = dht_connect(peer, a)
    peer.dht("PUT_VALUE", key=key, value=value)
    held = kad_get_from(peer, remote, key)
    return {"ok": held == value, "key": a.key or f"/pk/{b58encode(me)}", "value": value.hex(),
            "target_has": held.hex() if held else None}


def cmd_dht_get(peer, a):
    dht_connect(peer, a)
    found = peer.dht("GET_VALUE", key=record_key(a.key))
    return {"key": a.key, "value": first(found[0], 3, b"").hex()}


def cmd_dht_provide(peer, a):
    dht_connect(peer, a)
    peer.dht("PROVIDE", cid=cid_of(a.cid))
    if a.stay:
        ready(peer, cid=a.cid)
        time.sleep(a.stay)
    return {"cid": cid_of(a.cid).hex(), "provider": b58encode(peer.identity()[0])}


def cmd_dht_findprovs(peer, a):
    dht_connect(peer, a)
    found = [peer_info(m) for m in peer.dht("FIND_PROVIDERS", cid=cid_of(a.cid), count=a.count)]
    return {"ok": len(found) >= 1, "cid": cid_of(a.cid).hex(), "providers": found}


def cmd_dht_findpeer(peer, a):
    dht_connect(peer, a)
    return peer_info(peer.dht("FIND_PEER", peer=b58decode(a.peer))[0])


def cmd_dht_closest(peer, a):
    dht_connect(peer, a)
    return {"peers": [b58encode(first(m, 3)) for m in closest(peer, record_key(a.key))]}


def cmd_pub(peer, a):
    conn = None if a.fanout else peer.subscribe(a.topic)
    remote = peer.connect(a.target)
    wait_for("the target's subscription to the topic",
             lambda: remote in peer.topic_peers(a.topic), peer.timeout)
    time.sleep(a.settle)  # let GRAFT go both ways: the mesh forms at the next heartbeat
    for i in range(a.count):
        peer.publish(a.topic, a.message.replace("{i}", str(i)).encode())
    time.sleep(a.linger)
    if conn:
        conn.close()
    return {"topic": a.topic, "count": a.count, "from": b58encode(peer.identity()[0])}


def cmd_sub(peer, a):
    conn = peer.subscribe(a.topic)
    if a.target:
        peer.connect(a.target)
    ready(peer, topic=a.topic)
    messages, deadline = [], time.monotonic() + a.seconds
    with conn:
        while len(messages) < a.n:
            conn.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                m = conn.recv()
            except TimeoutError:
                break
            messages.append({"from": b58encode(first(m, 1, b"")), "data": first(m, 2, b"").decode("utf-8", "replace"),
                             "seqno": first(m, 3, b"").hex(), "signed": 5 in m, "key": 6 in m})
    return {"ok": len(messages) >= a.n, "topic": a.topic, "messages": messages}


def cmd_connect_rate(peer, a):
    """Serial connect+disconnect: TCP, multistream, noise, yamux and identify each time (use --dht off)."""
    times, remote = [], split_target(a.target)[0]
    for _ in range(a.n):
        if any(p == remote for p, _ in peer.peers()):
            raise ControlError("still connected after a disconnect")
        start = time.perf_counter()
        peer.connect(a.target)
        times.append(time.perf_counter() - start)
        peer.disconnect(remote)
    times.sort()
    total = sum(times)
    return {"connections": a.n, "per_s": round(a.n / total, 1), "ms_min": round(times[0] * 1e3, 3),
            "ms_median": round(times[len(times) // 2] * 1e3, 3), "ms_max": round(times[-1] * 1e3, 3)}


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                  allow_abbrev=False)
    top.add_argument("--p2pd", default=os.environ.get("P2PD") or os.environ.get("PEERKIT_LAB", os.path.join(tempfile.gettempdir(), "peerkit-lab")) + "/p2pd")
    top.add_argument("--timeout", type=float, help="whole command, seconds (default 30; serve-*: none)")
    top.add_argument("--port", type=int, default=0, help="listen on 127.0.0.1:PORT (default: any free)")
    top.add_argument("--id", help="private key file (libp2p PrivateKey protobuf)")
    top.add_argument("--dht", choices=["server", "client", "auto", "off"], default="server",
                     help="'auto' stays a client on loopback: AutoNAT never finds it public")
    top.add_argument("--no-pubsub", action="store_true")
    top.add_argument("--no-listen", action="store_true", help="no listen address: reachable by nobody")
    top.add_argument("--heartbeat", help="gossipsub heartbeat, a Go duration such as 200ms (default 1s)")
    top.add_argument("--relay", help="reserve a slot at this relay (TARGET) and be reachable through it; "
                     "whoever dials needs --dht off --no-pubsub to stay on the relayed connection")
    top.add_argument("--arg", action="append", default=[], help="one more p2pd argument, as --arg=-tls=false")
    sub = top.add_subparsers(dest="command", required=True)

    def command(name, function, *args, target=True, serve=False):
        c = sub.add_parser(name, help=(function.__doc__ or "").split("\n")[0], allow_abbrev=False)
        if target:
            c.add_argument("target")
        for names, options in args:
            c.add_argument(*names.split(), **options)
        c.set_defaults(function=function, serve=serve)

    count = lambda default: dict(type=int, default=default)
    command("identify", cmd_identify)
    command("ping", cmd_ping, ("--count", count(5)))
    command("echo", cmd_echo, ("proto", {}), ("size", dict(type=int)))
    command("echo-many", cmd_echo_many, ("proto", {}), ("size", dict(type=int)), ("count", dict(type=int)))
    command("autonat", cmd_autonat)
    command("dcutr", cmd_dcutr)
    command("raw", cmd_raw, ("proto", {}), ("message", dict(nargs="?", help="hex, without the length")),
            ("--replies", count(1)))
    command("send", cmd_send, ("proto", {}), ("size", dict(type=int)))
    for name, handler in (("serve-echo", echo_handler), ("serve-sink", sink_handler)):
        command(name, serving(handler), ("proto", dict(nargs="+")), ("--target", dict(help="connect here first")),
                ("--topic", dict(action="append", default=[], help="also subscribe (relays gossip)")),
                target=False, serve=True)
    command("dht-put", cmd_dht_put, ("key", dict(nargs="?")), ("value", dict(nargs="?", help="hex")))
    command("dht-get", cmd_dht_get, ("key", {}))
    command("dht-provide", cmd_dht_provide, ("cid", {}), ("--stay", dict(type=float, default=0)))
    command("dht-findprovs", cmd_dht_findprovs, ("cid", {}), ("--count", count(20)))
    command("dht-findpeer", cmd_dht_findpeer, ("peer", {}))
    command("dht-closest", cmd_dht_closest, ("key", {}))
    command("pub", cmd_pub, ("topic", {}), ("message", {}), ("--count", count(1)),
            ("--fanout", dict(action="store_true", help="publish without subscribing")),
            ("--settle", dict(type=float, default=1.5)), ("--linger", dict(type=float, default=1.0)))
    command("sub", cmd_sub, ("topic", {}), ("n", dict(type=int)), ("seconds", dict(type=float)),
            ("--target", dict(help="connect here; without it, wait to be dialled")), target=False)
    command("connect-rate", cmd_connect_rate, ("--n", count(200)))
    return top


def main():
    a = parser().parse_args()
    limit = a.timeout if a.timeout else None if a.serve else 30.0

    class Stop(BaseException):
        pass

    def on_alarm(*_):
        raise TimeoutError(f"the command took more than {limit:g} s")

    def on_term(*_):
        for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not break the cleanup
            signal.signal(number, signal.SIG_IGN)
        raise Stop

    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_term)
    if limit:
        signal.setitimer(signal.ITIMER_REAL, limit)
    extra = list(a.arg)
    if a.relay:
        loopback_only(a.relay)
        extra += ["-autoRelay", "-trustedRelays", a.relay, "-forceReachabilityPrivate"]
    result = {"ok": True}
    try:
        with Peer(a.p2pd, port=a.port, dht=None if a.dht == "off" else a.dht, pubsub=not a.no_pubsub,
                  identity=a.id, extra=extra, heartbeat=a.heartbeat, timeout=limit or 60,
                  listen=not a.no_listen) as peer:
            result.update(a.function(peer, a))
    except Stop:
        result = {"ok": a.serve, **({} if a.serve else {"error": "ended by a signal"})}
    except (ControlError, OSError, ValueError) as error:
        result = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    signal.setitimer(signal.ITIMER_REAL, 0)
    show(event="result", command=a.command, **result)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
