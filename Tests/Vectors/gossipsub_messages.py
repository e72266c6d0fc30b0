#!/usr/bin/env python3
"""Writes Tests/PeerKitTests/GossipSub/Vectors/MessageVectors.swift: RPCs and messages as other people's
peers make them.

    PEERKIT_LAB=DIR Tests/Vectors/gossipsub_messages.py      # DIR as Tests/Interop/setup.sh makes it

- by py-libp2p: its protobuf classes, its keys, and its own verifier as a check;
- by go-libp2p (p2pd): what the daemon really sends on a pubsub stream, captured on loopback. Its keys are
  new in each run, so these vectors differ from run to run;
- by hand: Ed25519 signatures that some verifiers accept and others do not.
"""
import hashlib
import os
import pathlib
import sys
import tempfile
import threading

here = pathlib.Path(__file__).resolve().parent
lab = os.environ.get("PEERKIT_LAB", os.path.join(tempfile.gettempdir(), "peerkit-lab"))
try:
    import libp2p  # noqa: F401
except ImportError:
    python = lab + "/py/bin/python"
    if os.path.realpath(sys.prefix) == os.path.realpath(lab + "/py"):
        raise
    os.execv(python, [python] + sys.argv)

sys.path.insert(0, str(here.parent / "Interop"))
import gopeer
from libp2p.crypto import ed25519, rsa, secp256k1
from libp2p.peer.id import ID
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.validators import PUBSUB_SIGNING_PREFIX, signature_validator

vectors = []


def add(name, what, data):
    vectors.append((name, what, data))


def numbered(number):
    """The seed of the test kit's PeerIdentity.numbered."""
    return bytes(number >> (i % 8 * 8) & 255 for i in range(32))


# ------------------------------------------------------------------ py-libp2p

def message(pair, seqno, data=b"hello", topics=("news",)):
    """As libp2p.pubsub.pubsub.Pubsub.publish does it."""
    msg = rpc_pb2.Message(data=data, topicIDs=list(topics),
                          from_id=ID.from_pubkey(pair.public_key).to_bytes(),
                          seqno=seqno.to_bytes(8, "big"))
    msg.signature = pair.private_key.sign(PUBSUB_SIGNING_PREFIX.encode() + msg.SerializeToString())
    msg.key = pair.public_key.serialize()
    assert signature_validator(msg)
    return msg


def publish(msg):
    return rpc_pb2.RPC(publish=[msg]).SerializeToString()


def by_py():
    pair = ed25519.create_new_key_pair(numbered(1))
    add("pySigned", "py-libp2p, key included: data \"hello\", topic \"news\", sequence number 7",
        publish(message(pair, 7)))
    add("pyEmptyData", "py-libp2p: data present and empty", publish(message(pair, 8, data=b"")))
    add("pyTwoTopics", "py-libp2p: one message in two topics, then one in one",
        rpc_pb2.RPC(publish=[message(pair, 9, topics=("news", "olds")), message(pair, 10)])
        .SerializeToString())
    add("pySecp256k1", "py-libp2p: by a secp256k1 key",
        publish(message(secp256k1.create_new_key_pair(numbered(2)), 11)))
    add("pyRSA", "py-libp2p: by an RSA key", publish(message(rsa.create_new_key_pair(2048), 12)))
    foreign = message(pair, 13)
    foreign.key = ed25519.create_new_key_pair(numbered(3)).public_key.serialize()
    add("pyForeignKey", "py-libp2p's classes: the key is another peer's", publish(foreign))

    other = ID.from_pubkey(ed25519.create_new_key_pair(numbered(2)).public_key).to_bytes()
    rpc = rpc_pb2.RPC()
    rpc.subscriptions.add(subscribe=True, topicid="news")
    rpc.subscriptions.add(subscribe=False, topicid="olds")
    rpc.publish.add(data=b"\x00\x01", topicIDs=["news"])
    rpc.control.ihave.add(topicID="news", messageIDs=[b"\xff\xfe", b"id-2"])
    rpc.control.iwant.add(messageIDs=[b"\x80want"])
    rpc.control.graft.add(topicID="news")
    prune = rpc.control.prune.add(topicID="olds", backoff=60)
    prune.peers.add(peerID=other, signedPeerRecord=b"record")
    prune.peers.add(peerID=other)
    rpc.control.idontwant.add(messageIDs=[b"\x00no"])
    add("pyEverything", "py-libp2p's classes: every part that there is", rpc.SerializeToString())

    rpc = rpc_pb2.RPC(senderRecord=b"record")
    rpc.subscriptions.add(subscribe=True, topicid="news")
    rpc.control.extensions.topicObservation = True
    rpc.control.observe.add(topicID="news")
    rpc.control.prune.add(topicID="news")
    add("pyExtensions", "py-libp2p's classes: parts that only py-libp2p has", rpc.SerializeToString())


# ------------------------------------------------------------------ by hand

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493


def unknown_fields():
    """A message with a field 9 that is under the signature (specification, "Message Signing")."""
    pair = ed25519.create_new_key_pair(numbered(1))
    msg = rpc_pb2.Message(data=b"hello", topicIDs=["news"],
                          from_id=ID.from_pubkey(pair.public_key).to_bytes(),
                          seqno=(14).to_bytes(8, "big"))
    extra = bytes([9 << 3 | 2, 5]) + b"extra"
    signature = pair.private_key.sign(PUBSUB_SIGNING_PREFIX.encode() + msg.SerializeToString() + extra)
    raw = msg.SerializeToString() + gopeer.pb((5, signature)) + extra
    add("unknownFields", "with a field 9 that the signature covers", gopeer.pb((2, raw)))


def small_order():
    """R is the neutral point and S = h·a: valid for verifiers without a check of small order (Go's,
    BoringSSL's), invalid for libsodium. Only the holder of the key can make one."""
    seed = numbered(1)
    pair = ed25519.create_new_key_pair(seed)
    public = pair.public_key.to_bytes()
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    msg = rpc_pb2.Message(data=b"hello", topicIDs=["news"],
                          from_id=ID.from_pubkey(pair.public_key).to_bytes(),
                          seqno=(15).to_bytes(8, "big"))
    signed = PUBSUB_SIGNING_PREFIX.encode() + msg.SerializeToString()
    point = (1).to_bytes(32, "little")
    h = int.from_bytes(hashlib.sha512(point + public + signed).digest(), "little") % L
    msg.signature = point + (h * scalar % L).to_bytes(32, "little")
    assert not signature_validator(msg), "libsodium has changed its mind"
    add("smallOrder", "signed with a point of small order", publish(msg))


# ------------------------------------------------------------------ go-libp2p

def by_go():
    """A daemon subscribes, grafts, publishes, gossips and leaves; the other end only listens."""
    received = []
    arrived = threading.Condition()

    def listen(_peer, _protocol, conn):
        while True:
            size = shift = 0
            while True:
                byte = conn.read_exactly(1)
                if not byte:
                    return
                size |= (byte[0] & 127) << shift
                shift += 7
                if byte[0] < 128:
                    break
            with arrived:
                received.append(conn.read_exactly(size))
                arrived.notify_all()

    def wait(what, test):
        with arrived:
            found = arrived.wait_for(lambda: next((r for r in received if test(gopeer.unpb(r))), None), 20)
            assert found is not None, f"p2pd did not send: {what}"
            received.remove(found)
            return found

    def control(rpc):
        return gopeer.unpb(gopeer.first(rpc, 3, b""))

    def holds(data):
        return lambda rpc: any(gopeer.first(gopeer.unpb(m), 2, b"") == data for m in rpc.get(2, []))

    daemon = os.environ.get("P2PD", lab + "/p2pd")
    with gopeer.Peer(daemon) as go, gopeer.Peer(daemon, pubsub=False) as ear:
        ear.serve(["/meshsub/1.1.0"], listen)
        ear.connect(go.addrs()[0])
        subscription = go.subscribe("news")
        hello = wait("the hello", lambda rpc: 1 in rpc)
        add("goHello", "p2pd: subscribes to \"news\"", hello)
        mouth, _ = ear.open_stream(go.identity()[0], "/meshsub/1.1.0")
        mouth.send(gopeer.pb((1, gopeer.pb((1, 1), (2, "news")))))
        add("goGraft", "p2pd: grafts us in \"news\"", wait("GRAFT", lambda rpc: 3 in control(rpc)))
        go.publish("news", b"hello")
        add("goSigned", "p2pd, without key: data \"hello\", topic \"news\"", wait("hello", holds(b"hello")))
        go.publish("news", b"")
        add("goEmptyData", "p2pd: no data", wait("no data", holds(b"")))
        mouth.send(gopeer.pb((3, gopeer.pb((4, gopeer.pb((1, "news"), (3, 60)))))))
        go.publish("news", b"gossip")
        add("goHave", "p2pd: IHAVE in \"news\"", wait("IHAVE", lambda rpc: 1 in control(rpc)))
        mouth.send(gopeer.pb((3, gopeer.pb((3, gopeer.pb((1, "news")))))))
        add("goPrune", "p2pd: PRUNE of a GRAFT that came too soon",
            wait("PRUNE", lambda rpc: 4 in control(rpc)))
        subscription.close()
        mouth.close()


# ------------------------------------------------------------------ Swift

def write(path):
    lines = [
        "// Made by Tests/Vectors/gossipsub_messages.py.",
        "",
        "/// RPCs as py-libp2p 0.8.1 and go-libp2p-pubsub 0.10.0 (p2pd) write them, in hexadecimal.",
        "enum MessageVectors {",
    ]
    for name, what, data in vectors:
        text = data.hex()
        lines += [f"    /// {what[0].upper()}{what[1:]}.", f'    static let {name} = """']
        lines += [f"        {text[i:i + 88]}" for i in range(0, len(text), 88)]
        lines += ['        """']
    lines += ["}", ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


if __name__ == "__main__":
    by_py()
    unknown_fields()
    small_order()
    by_go()
    write(here.parent / "PeerKitTests/GossipSub/Vectors/MessageVectors.swift")
    print(f"{len(vectors)} vectors")
