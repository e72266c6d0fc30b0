#!/usr/bin/env python3
"""A py-libp2p peer for interop tests (noise + yamux over TCP on 127.0.0.1).

Runs in the virtual environment that setup.sh makes: when libp2p cannot be imported it
re-executes itself with $PEERKIT_LAB/py/bin/python.

Same contract as gopeer.py: the LAST line of stdout is one JSON object with "ok", the exit
status is 0 when ok is true, else 1; serving commands first print a "ready" JSON line; every
command ends within --timeout seconds (serve-echo: only when --timeout was given; it ends
with status 0 on SIGTERM or SIGINT).
"""
import argparse
import contextlib
import hashlib
import json
import os
import tempfile
import signal
import sys
import time

try:
    import libp2p
except ImportError:
    python = os.environ.get("PEERKIT_LAB", os.path.join(tempfile.gettempdir(), "peerkit-lab")) + "/py/bin/python"
    if os.path.realpath(sys.prefix) == os.path.realpath(os.path.dirname(os.path.dirname(python))):
        raise
    os.execv(python, [python] + sys.argv)

import logging

import multiaddr
import trio
from libp2p import create_yamux_muxer_option, new_host
from libp2p.crypto.ed25519 import create_new_key_pair as ed25519_key_pair
from libp2p.crypto.x25519 import create_new_key_pair as x25519_key_pair
from libp2p.host.autonat.autonat import AutoNATService
from libp2p.identity.identify.identify import ID as IDENTIFY, parse_identify_response
from libp2p.kad_dht.kad_dht import DHTMode, KadDHT
from libp2p.network import swarm
from libp2p.network.stream.exceptions import StreamEOF, StreamError, StreamReset
from libp2p.peer.envelope import consume_envelope
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pubsub import Pubsub
from libp2p.records.validator import NamespacedValidator, Validator
from libp2p.relay.circuit_v2.config import RelayConfig, RelayRole
from libp2p.relay.circuit_v2.dcutr import DCUtRProtocol
from libp2p.relay.circuit_v2.protocol import CircuitV2Protocol, PROTOCOL_ID as HOP
from libp2p.relay.circuit_v2.transport import CircuitV2Transport
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE, Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX, Yamux
from libp2p.tools.anyio_service import background_trio_service

CHUNK = 1 << 16
swarm._HAPPY_EYEBALLS_DELAY = 0  # else every dial waits 250 ms, though TCP is the only transport


class Failed(Exception):
    pass


class RawKey(str):
    """A DHT key whose bytes are not UTF-8 (as /pk/ and /ipns/ keys are): py-libp2p only takes str."""

    def encode(self, *_):
        return self.raw

    @classmethod
    def of(cls, raw):
        key = cls(raw.decode("latin-1"))
        key.raw = raw
        return key


class AnyRecord(Validator):
    def validate(self, key, value):
        pass

    def select(self, key, values):
        return 0


def show(**line):
    print(json.dumps(line), flush=True)


def pattern(size):
    block = hashlib.sha256(b"peerkit").digest() * 2048
    return (block * (size // len(block) + 1))[:size]


def b58(peer):
    return ID(peer).to_base58() if isinstance(peer, bytes) else peer.to_base58()


def kad_key(text):
    for namespace in ("pk", "ipns"):
        if text.startswith(f"/{namespace}/"):
            raw = ID.from_base58(text.split("/")[2]).to_bytes()
            return RawKey.of(f"/{namespace}/".encode() + raw)
    return text


class Node:
    """One py-libp2p host with what the command needs."""

    def __init__(self, a):
        keys = ed25519_key_pair(hashlib.sha256(a.seed.encode()).digest() if a.seed else None)
        noise = NoiseTransport(keys, noise_privkey=x25519_key_pair().private_key)
        self.a = a
        self.host = new_host(key_pair=keys, muxer_opt={YAMUX: Yamux}, sec_opt={NOISE: noise},
                             listen_addrs=[multiaddr.Multiaddr(f"/ip4/127.0.0.1/tcp/{a.port}")])
        self.dht = self.pubsub = self.gossip = None

    @contextlib.asynccontextmanager
    async def run(self):
        a = self.a
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(
                self.host.run([multiaddr.Multiaddr(f"/ip4/127.0.0.1/tcp/{a.port}")]))
            if a.gossip:
                # py-libp2p's own default heartbeat is 120 s; go's is 1 s. Its spam protection would keep
                # it from publishing or forwarding more than 10 messages a second in a topic.
                self.gossip = GossipSub([f"/meshsub/{v}" for v in a.meshsub], degree=6, degree_low=5,
                                        degree_high=12, heartbeat_interval=1, time_to_live=60,
                                        spam_protection_enabled=False)
                self.pubsub = Pubsub(self.host, self.gossip, strict_signing=True)
                await stack.enter_async_context(background_trio_service(self.pubsub))
                await stack.enter_async_context(background_trio_service(self.gossip))
                await self.pubsub.wait_until_ready()
            if a.kad:
                # py-libp2p's own "pk" validator wants the key in hex, which no other implementation does.
                validators = NamespacedValidator({"pk": AnyRecord(), "ipns": AnyRecord()})
                self.dht = KadDHT(self.host, DHTMode.SERVER, validator=validators, validator_changed=True)
                await stack.enter_async_context(background_trio_service(self.dht))
            if a.autonat:
                AutoNATService(self.host)
            if a.hop or a.reserve or a.dcutr:
                relay = CircuitV2Protocol(self.host, allow_hop=a.hop)
                await stack.enter_async_context(background_trio_service(relay))
                await relay.event_started.wait()
                if a.reserve:
                    await self.reserve(relay, await stack.enter_async_context(trio.open_nursery()))
            if a.dcutr:
                dcutr = DCUtRProtocol(self.host)
                await stack.enter_async_context(background_trio_service(dcutr))
                await dcutr.event_started.wait()
            yield self

    async def reserve(self, relay, nursery):
        peer = await self.connect(self.a.reserve)
        stream = await self.host.new_stream(peer, [HOP])
        transport = CircuitV2Transport(self.host, relay, RelayConfig(roles=RelayRole.STOP | RelayRole.CLIENT))
        if not await transport.reserve(stream, peer, nursery):
            raise Failed("the relay refused the reservation")

    def addrs(self):
        peer = self.host.get_id()
        return [f"{a}/p2p/{peer}" for a in self.host.get_transport_addrs()]

    async def connect(self, target):
        if not target.startswith("/ip4/127.0.0.1/"):
            raise Failed(f"refused: {target} is not on 127.0.0.1")
        if "/p2p-circuit/" in target:
            stop_end = CircuitV2Protocol(self.host)
            await CircuitV2Transport(self.host, stop_end, RelayConfig()).dial(multiaddr.Multiaddr(target))
            return ID.from_base58(target.rsplit("/", 1)[1])
        info = info_from_p2p_addr(multiaddr.Multiaddr(target))
        await self.host.connect(info)
        return info.peer_id

    async def kad_connect(self, target):
        peer = await self.connect(target)
        with trio.fail_after(10):
            while not await self.dht.add_peer(peer):  # needs identify to have shown the kad protocol
                await trio.sleep(0.05)
        return peer


async def read_exactly(stream, size):
    got = bytearray()
    while len(got) < size:
        part = await stream.read(size - len(got))
        if not part:
            raise Failed(f"stream ended after {len(got)} of {size} bytes")
        got += part
    return bytes(got)


async def read_all(stream):
    got = bytearray()
    while True:
        try:
            part = await stream.read(CHUNK)
        except StreamEOF:
            return bytes(got)
        if not part:
            return bytes(got)
        got += part


async def echo_handler(stream):
    """Echo until the far side half-closes, then close."""
    try:
        while True:
            part = await stream.read(CHUNK)
            if not part:
                break
            await stream.write(part)
    except StreamEOF:
        pass
    except StreamError:
        return
    with contextlib.suppress(Exception):
        await stream.close()


async def sink_handler(stream):
    size = left = int.from_bytes(await read_exactly(stream, 8), "big")
    while left:
        left -= len(await read_exactly(stream, min(left, CHUNK)))
    await stream.write(size.to_bytes(8, "big"))
    await stream.close()


# -------------------------------------------------------------------- commands

async def cmd_identify(node, a):
    peer = await node.connect(a.target)
    stream = await node.host.new_stream(peer, [IDENTIFY])
    msg = parse_identify_response(await read_all(stream))
    record = None
    if msg.signedPeerRecord:  # raises unless the signature is right
        envelope, signed = consume_envelope(msg.signedPeerRecord, "libp2p-peer-record")
        record = {"payloadType": envelope.payload_type.hex(), "peer": b58(signed.peer_id), "seq": signed.seq,
                  "signedBy": b58(ID.from_pubkey(envelope.public_key)), "addrs": [str(x) for x in signed.addrs]}
    return {"peer": b58(peer), "protocolVersion": msg.protocol_version, "agentVersion": msg.agent_version,
            "publicKey": msg.public_key.hex(), "listenAddrs": [str(multiaddr.Multiaddr(x)) for x in msg.listen_addrs],
            "observedAddr": str(multiaddr.Multiaddr(msg.observed_addr)) if msg.observed_addr else None,
            "protocols": sorted(msg.protocols), "signedPeerRecord": record}


async def cmd_ping(node, a):
    peer = await node.connect(a.target)
    stream = await node.host.new_stream(peer, ["/ipfs/ping/1.0.0"])
    times = []
    for _ in range(a.count):
        data, start = os.urandom(32), time.perf_counter()
        await stream.write(data)
        if await read_exactly(stream, 32) != data:
            raise Failed("ping came back different")
        times.append(round((time.perf_counter() - start) * 1e6, 1))
    await stream.close()
    return {"rtt_us": times}


async def cmd_echo(node, a):
    """Send SIZE bytes, half-close, read the echo to its EOF (--read-first: read, then half-close)."""
    peer = await node.connect(a.target)
    stream = await node.host.new_stream(peer, [a.proto])
    data, got = pattern(a.size), bytearray()

    async def send():
        for at in range(0, a.size, CHUNK):
            await stream.write(data[at:at + CHUNK])
        if not a.read_first:
            await stream.close_write()

    start = time.perf_counter()
    eof = reset = False
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        try:
            while not a.read_first or len(got) < a.size:
                part = await stream.read(CHUNK)
                if not part:
                    break
                got += part
        except StreamEOF:
            eof = True
        except StreamReset:
            reset = True
    seconds = time.perf_counter() - start
    if a.read_first and len(got) == a.size:
        await stream.close_write()
        try:
            eof = await stream.read(1) == b""
        except StreamEOF:
            eof = True
    return {"ok": bytes(got) == data and eof, "size": a.size, "got": len(got), "eof": eof, "reset": reset,
            "seconds": round(seconds, 6), "MiB_per_s": round(a.size / (1 << 20) / seconds, 2)}


async def cmd_echo_many(node, a):
    """COUNT streams of one connection, SIZE bytes echoed on each, --together of them open at a time.

    py-libp2p keeps no more than 256 streams of its own open on a connection: the next open waits.
    """
    peer = await node.connect(a.target)
    data, start, good = pattern(a.size), time.perf_counter(), 0

    async def begin(streams):
        stream = await node.host.new_stream(peer, [a.proto])
        await stream.write(data)
        streams.append(stream)

    for first in range(0, a.count, a.together):
        streams = []
        async with trio.open_nursery() as nursery:
            for _ in range(first, min(first + a.together, a.count)):
                nursery.start_soon(begin, streams)
        for stream in streams:
            good += await read_exactly(stream, a.size) == data
        for stream in streams:
            await stream.close()
    held = len(node.host.get_network().get_connections(peer))
    return {"ok": good == a.count and held == 1, "streams": a.count, "together": a.together, "good": good,
            "size": a.size, "connections": held, "seconds": round(time.perf_counter() - start, 3)}


async def cmd_send(node, a):
    """One-way throughput: SIZE bytes to a serve-sink handler, which answers with the count it got."""
    peer = await node.connect(a.target)
    stream = await node.host.new_stream(peer, [a.proto])
    block = pattern(CHUNK)
    start, left = time.perf_counter(), a.size
    await stream.write(a.size.to_bytes(8, "big"))
    while left:
        await stream.write(block[:left])
        left -= min(left, CHUNK)
    answer = await read_exactly(stream, 8)
    seconds = time.perf_counter() - start
    return {"ok": int.from_bytes(answer, "big") == a.size, "size": a.size, "seconds": round(seconds, 6),
            "MiB_per_s": round(a.size / (1 << 20) / seconds, 2)}


def serving(handler):
    async def command(node, a):
        for protocol in a.proto:
            node.host.set_stream_handler(protocol, handler)
        subscriptions = [await node.pubsub.subscribe(t) for t in a.topic] if a.gossip else []
        if a.target:
            await (node.kad_connect if a.kad else node.connect)(a.target)
        show(event="ready", pid=os.getpid(), addrs=node.addrs(), protocols=a.proto, topics=a.topic)
        async with trio.open_nursery() as nursery:
            for subscription in subscriptions:
                nursery.start_soon(drain, subscription)
            await trio.sleep_forever()
    return command


async def drain(subscription):
    while True:
        await subscription.get()


async def cmd_kad_put(node, a):
    """Put, then ask the target itself for the record: py-libp2p does not say whether anyone stored it."""
    peer = await node.kad_connect(a.target)
    key, value = kad_key(a.key), bytes.fromhex(a.value)
    await node.dht.put_value(key, value)
    held = await node.dht.value_store._get_from_peer(peer, key.encode())
    return {"ok": held == value, "key": a.key, "value": a.value, "target_has": held.hex() if held else None}


async def cmd_kad_get(node, a):
    await node.kad_connect(a.target)
    value = await node.dht.get_value(kad_key(a.key))
    return {"ok": value is not None, "key": a.key, "value": value.hex() if value is not None else None}


def cid_key(text):
    """The multihash of the CID that gopeer.py makes of the same text, as hex."""
    return "1220" + hashlib.sha256(text.encode()).hexdigest()


async def cmd_kad_provide(node, a):
    await node.kad_connect(a.target)
    ok = await node.dht.provide(cid_key(a.cid))
    if a.stay:
        show(event="ready", pid=os.getpid(), addrs=node.addrs(), cid=a.cid)
        await trio.sleep(a.stay)
    return {"ok": bool(ok), "key": cid_key(a.cid), "provider": b58(node.host.get_id())}


async def cmd_kad_findprovs(node, a):
    await node.kad_connect(a.target)
    found = await node.dht.find_providers(cid_key(a.cid), a.count)
    return {"ok": bool(found), "key": cid_key(a.cid),
            "providers": [{"peer": b58(i.peer_id), "addrs": [str(x) for x in i.addrs]} for i in found]}


async def cmd_kad_findpeer(node, a):
    await node.kad_connect(a.target)
    info = await node.dht.find_peer(ID.from_base58(a.peer))
    return {"ok": info is not None, "peer": a.peer, "addrs": [str(x) for x in info.addrs] if info else []}


async def cmd_pub(node, a):
    if not a.fanout:
        subscription = await node.pubsub.subscribe(a.topic)
    peer = await node.connect(a.target)
    await node.pubsub.wait_for_peer(peer, timeout=15)
    await node.pubsub.wait_for_subscription(peer, a.topic, timeout=15)
    await trio.sleep(a.settle)
    for i in range(a.count):
        await node.pubsub.publish(a.topic, a.message.replace("{i}", str(i)).encode())
    await trio.sleep(a.linger)
    return {"topic": a.topic, "count": a.count, "from": b58(node.host.get_id()),
            "mesh": [b58(p) for p in node.gossip.mesh.get(a.topic, ())]}


async def cmd_sub(node, a):
    subscription = await node.pubsub.subscribe(a.topic)
    if a.target:
        await node.connect(a.target)
    show(event="ready", pid=os.getpid(), addrs=node.addrs(), topic=a.topic)
    messages = []
    with trio.move_on_after(a.seconds):
        while len(messages) < a.n:
            m = await subscription.get()
            messages.append({"from": b58(m.from_id), "data": m.data.decode("utf-8", "replace"),
                             "seqno": m.seqno.hex(), "signed": bool(m.signature), "key": bool(m.key)})
    return {"ok": len(messages) >= a.n, "topic": a.topic, "messages": messages}


async def cmd_agent(node, a):
    """Do what lines of JSON on stdin ask, a line of JSON on stdout for each and for each message heard.

    {"id":1,"connect":TARGET} {"id":2,"find":PEERID} {"id":3,"publish":TEXT}
    """
    subscription = await node.pubsub.subscribe(a.topic)

    async def hear():
        while True:
            m = await subscription.get()
            show(event="message", data=m.data.decode("utf-8", "replace"), **{"from": b58(m.from_id)})

    async def do(ask):
        try:
            if "connect" in ask:
                await node.kad_connect(ask["connect"])
                answer = {}
            elif "find" in ask:
                info = await node.dht.find_peer(ID.from_base58(ask["find"]))
                answer = {"ok": info is not None, "addrs": [str(x) for x in info.addrs] if info else []}
            else:
                await node.pubsub.publish(a.topic, ask["publish"].encode())
                answer = {}
            show(event="answer", id=ask["id"], **{"ok": True, **answer})
        except Exception as error:
            show(event="answer", id=ask["id"], ok=False, error=reason(error))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear)
        show(event="ready", pid=os.getpid(), addrs=node.addrs(), topic=a.topic)
        async for line in trio.wrap_file(sys.stdin):
            nursery.start_soon(do, json.loads(line))
        nursery.cancel_scope.cancel()
    return {}


async def cmd_connect_rate(node, a):
    """Serial connect+disconnect (identify runs in the background and is not waited for)."""
    times = []
    for _ in range(a.n):
        start = time.perf_counter()
        peer = await node.connect(a.target)
        times.append(time.perf_counter() - start)
        await node.host.disconnect(peer)
    times.sort()
    return {"connections": a.n, "per_s": round(a.n / sum(times), 1), "ms_min": round(times[0] * 1e3, 3),
            "ms_median": round(times[len(times) // 2] * 1e3, 3), "ms_max": round(times[-1] * 1e3, 3)}


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                  allow_abbrev=False)
    top.add_argument("--timeout", type=float, help="whole command, seconds (default 30; serve-*: none)")
    top.add_argument("--port", type=int, default=0, help="listen on 127.0.0.1:PORT (default: any free)")
    top.add_argument("--seed", help="any text: the same text gives the same identity")
    top.add_argument("--meshsub", type=lambda text: text.split(","), default=["1.1.0", "1.0.0"],
                     help="gossipsub versions to offer, as 1.2.0,1.1.0")
    top.add_argument("--verbose", action="store_true", help="py-libp2p's warnings on stderr")
    sub = top.add_subparsers(dest="command", required=True)

    def command(name, function, *args, target=True, serve=False, gossip=False, kad=False):
        c = sub.add_parser(name, help=(function.__doc__ or "").split("\n")[0], allow_abbrev=False)
        if target:
            c.add_argument("target")
        for names, options in args:
            c.add_argument(*names.split(), **options)
        c.set_defaults(function=function, serve=serve, gossip=gossip, kad=kad)
        if not serve or name == "agent":
            c.set_defaults(autonat=False, hop=False, reserve=None, dcutr=False)

    count = lambda default: dict(type=int, default=default)
    command("identify", cmd_identify)
    command("ping", cmd_ping, ("--count", count(5)))
    command("echo", cmd_echo, ("proto", {}), ("size", dict(type=int)),
            ("--read-first", dict(action="store_true", help="p2pd handlers need it: see README")))
    command("echo-many", cmd_echo_many, ("proto", {}), ("size", dict(type=int)), ("count", dict(type=int)),
            ("--together", dict(type=int, default=250, help="streams open at the same time, 256 at most")))
    command("send", cmd_send, ("proto", {}), ("size", dict(type=int)))
    for name, handler in (("serve-echo", echo_handler), ("serve-sink", sink_handler)):
        command(name, serving(handler), ("proto", dict(nargs="+")), ("--target", dict(help="connect here first")),
                ("--topic", dict(action="append", default=[])),
                ("--autonat", dict(action="store_true", help="AutoNAT v1 server; dials back on loopback")),
                ("--hop", dict(action="store_true", help="circuit relay v2 hop")),
                ("--reserve", dict(help="reserve a slot at this relay (TARGET)")),
                ("--dcutr", dict(action="store_true", help="DCUtR, both roles; starts it on a relayed connection")),
                target=False, serve=True, gossip=True, kad=True)
    command("kad-put", cmd_kad_put, ("key", {}), ("value", dict(help="hex")), kad=True)
    command("kad-get", cmd_kad_get, ("key", {}), kad=True)
    command("kad-provide", cmd_kad_provide, ("cid", {}), ("--stay", dict(type=float, default=0)), kad=True)
    command("kad-findprovs", cmd_kad_findprovs, ("cid", {}), ("--count", count(20)), kad=True)
    command("kad-findpeer", cmd_kad_findpeer, ("peer", {}), kad=True)
    command("pub", cmd_pub, ("topic", {}), ("message", {}), ("--count", count(1)),
            ("--fanout", dict(action="store_true")), ("--settle", dict(type=float, default=1.5)),
            ("--linger", dict(type=float, default=1.0)), gossip=True)
    command("sub", cmd_sub, ("topic", {}), ("n", dict(type=int)), ("seconds", dict(type=float)),
            ("--target", dict(help="connect here; without it, wait to be dialled")), target=False, gossip=True)
    command("agent", cmd_agent, ("topic", {}), target=False, serve=True, gossip=True, kad=True)
    command("connect-rate", cmd_connect_rate, ("--n", count(50)))
    return top


async def bounded(a, limit, outcome):
    async def on_signal(scope):
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                outcome.update({"ok": True} if a.serve else {"ok": False, "error": "ended by a signal"})
                scope.cancel()
                return

    node = Node(a)
    with trio.move_on_after(limit or float("inf")) as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(on_signal, scope)
            async with node.run():
                outcome.update({"ok": True, **(await a.function(node, a))})
                outcome["done"] = True
                scope.cancel()  # py-libp2p can be slow to wind down: nothing after this matters
    if not outcome:
        outcome.update({"ok": False, "error": f"the command took more than {limit:g} s"})


def reason(error):
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    cause = f" <- {error.__cause__!r}" if error.__cause__ else ""
    return f"{type(error).__name__}: {error}{cause}"


def main():
    a = parser().parse_args()
    logging.disable(logging.NOTSET if a.verbose else logging.CRITICAL)
    limit = a.timeout if a.timeout else None if a.serve else 30.0
    outcome = {}
    try:
        trio.run(bounded, a, limit, outcome)
    except BaseException as error:
        if not outcome.get("done"):
            outcome.clear()
            outcome.update({"ok": False, "error": reason(error)})
    outcome.pop("done", None)
    show(event="result", command=a.command, **outcome)
    sys.stdout.flush()
    os._exit(0 if outcome.get("ok") else 1)


if __name__ == "__main__":
    main()
