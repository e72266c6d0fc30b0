#!/usr/bin/env python3
"""Floods one psic peer through go-libp2p daemons, ten times beyond its limits, and weighs it afterwards.

Each flood is repeated by new peers until the node's memory does not grow any more (ten times at most),
then once again: that may add no more than 5 %, and all together no more than 64 MiB; the node must still
answer, and the flooder must stand worse than before. The last line is the count, as run.py has it.

  flood.py [--psic-node FILE] [--only WORD]
"""
import argparse
import concurrent.futures
import contextlib
import os
import struct
import sys
import time

import gopeer
import psicpeer
import run
from gopeer import pb, uvarint

KAD, MESHSUB = "/ipfs/kad/1.0.0", "/meshsub/1.1.0"
FLOODS = {}


def flood(function):
    FLOODS[function.__name__.replace("_", "-")] = function
    return function


def delimited(message):
    return uvarint(len(message)) + message


def pour(conn, messages):
    """Sends all, as far as the other side lets us; -> how many."""
    conn.sock.settimeout(5)
    sent = 0
    with contextlib.suppress(OSError):
        for message in messages:
            conn.sock.sendall(message)
            sent += 1
    return sent


def fill(conn_of, messages, tries=20):
    """Like pour, on a new stream whenever the old one is reset."""
    messages, sent = list(messages), 0
    for _ in range(tries):
        if sent >= len(messages):
            break
        try:
            conn = conn_of()
        except (gopeer.ControlError, OSError):
            break  # not even a stream any more: refused
        with conn:
            done = pour(conn, messages[sent:])
            sent += max(1, done)
            time.sleep(0.5)  # p2pd drops what it has not passed on when the stream is closed
    return sent


@flood
def streams(peer, remote, scale):
    """Streams that are opened and held."""
    held = []
    for _ in range(120 * scale):
        try:
            held.append(peer.open_stream(remote, "/ipfs/ping/1.0.0")[0])
        except (gopeer.ControlError, OSError):
            pass
    for conn in held:
        conn.close()


@flood
def providers(peer, remote, scale):
    """Provider records for keys without end."""
    me, addrs = peer.identity()
    own = pb((1, me), (2, [gopeer.maddr_bytes(a) for a in addrs]))

    def message():
        return delimited(pb((1, 2), (2, b"\x12\x20" + os.urandom(32)), (9, own)))

    fill(lambda: peer.open_stream(remote, KAD)[0], (message() for _ in range(1500 * scale)))


@flood
def values(peer, remote, scale):
    """Records that are false, 8 KiB each: a public key that is not the peer's."""
    def message():
        key = b"/pk/\x12\x20" + os.urandom(32)
        return delimited(pb((1, 0), (2, key), (3, pb((1, key), (2, os.urandom(8192))))))

    fill(lambda: peer.open_stream(remote, KAD)[0], (message() for _ in range(200 * scale)))


@flood
def queries(peer, remote, scale):
    """Questions faster than any peer may ask, whose answers are not read."""
    def message():
        return delimited(pb((1, 4), (2, os.urandom(34))))

    fill(lambda: peer.open_stream(remote, KAD)[0], (message() for _ in range(2000 * scale)))


@flood
def subscriptions(peer, remote, scale):
    """Topics without end."""
    def message():
        return delimited(pb((1, [pb((1, 1), (2, os.urandom(20).hex())) for _ in range(50)])))

    fill(lambda: peer.open_stream(remote, MESHSUB)[0], (message() for _ in range(60 * scale)))


@flood
def promises(peer, remote, scale):
    """IHAVE for messages that do not exist, IWANT for the same, GRAFT and PRUNE for a topic it has."""
    def message():
        ids = [os.urandom(20) for _ in range(500)]
        have = pb((1, "flood"), (2, ids))
        control = pb((1, have), (2, pb((1, ids))), (3, [pb((1, "flood"))] * 20), (4, [pb((1, "flood"))] * 20),
                     (5, pb((1, ids))))
        return delimited(pb((3, control)))

    fill(lambda: peer.open_stream(remote, MESHSUB)[0], (message() for _ in range(40 * scale)))


@flood
def messages(peer, remote, scale):
    """Messages with false signatures, 4 KiB each."""
    me, _ = peer.identity()

    def message(number):
        fields = (1, me), (2, os.urandom(4096)), (3, struct.pack(">Q", time.time_ns() + number)), (4, "flood")
        return delimited(pb((2, pb(*fields, (5, os.urandom(64))))))

    fill(lambda: peer.open_stream(remote, MESHSUB)[0], (message(n) for n in range(300 * scale)))


def resident(pid):
    rollup = dict(line.split(":") for line in open(f"/proc/{pid}/smaps_rollup").read().splitlines()[1:])
    return int(rollup["Rss"].split()[0]) / 1024


def one(name, function, options):
    """-> what went wrong, or None; and figures."""
    with psicpeer.Peer(options.psic_node, ["--no-lan", "--dht-prefix", "/ipfs"]) as node:
        node.subscribe("flood", lambda _: None)

        def wave():
            # A flooder that was banned comes again under another name, as flooders do.
            with gopeer.Peer(f"{run.LAB}/p2pd", dht="server", pubsub=False, timeout=20) as peer:
                try:
                    remote = peer.connect(node.addrs()[0])
                    function(peer, remote, 30)
                except (gopeer.ControlError, OSError):
                    pass
                name = gopeer.b58encode(peer.identity()[0])
            time.sleep(1)
            return resident(node.pid), node.score_of(name)

        # To the full first: caches fill up to their limits, the allocator keeps what it has had.
        start, waves = resident(node.pid), [wave()]
        while len(waves) < 10 and (len(waves) < 4 or waves[-1][0] > waves[-2][0] * 1.01):
            waves.append(wave())
        before = waves[-1][0]
        waves.append(wave())
        after = waves[-1][0]
        # One of them may have gone before it was heard, as p2pd drops what is not yet sent.
        standing = min(score for _, score in waves)
        growth = f"{start:.1f} -> {before:.1f} -> {after:.1f} MiB, {100 * (after / before - 1):+.1f} %; {len(waves)} waves; worst score {standing:.1f}"
        if node.process.poll() is not None:
            return "the node has ended", growth
        if after > before * 1.05 or after > start + 64:
            return "its memory has grown", growth
        with gopeer.Peer(f"{run.LAB}/p2pd", dht="server", pubsub=True, timeout=20) as honest:
            remote = honest.connect(node.addrs()[0])
            conn, _ = honest.open_stream(remote, "/ipfs/ping/1.0.0")
            with conn:
                conn.sock.sendall(bytes(32))
                if conn.read_exactly(32) != bytes(32):
                    return "it does not answer an honest peer any more", growth
        if name != "streams" and not standing < 0:
            return "the flooder stands as if nothing had been", growth
        return None, growth


def main():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--psic-node", default=psicpeer.BINARY)
    top.add_argument("--only", default="")
    top.add_argument("--jobs", type=int, default=3, help="floods at the same time")
    options = top.parse_args()
    if why := run.available("go"):
        print(f"flood: skipped: {why}\nflood: 0 passed, 0 failed, {len(FLOODS)} skipped")
        return os.environ.get("PEERKIT_INTEROP") == "required"
    chosen = [(name, function) for name, function in FLOODS.items() if options.only in name]

    def play(flood):
        try:
            problem, figures = one(*flood, options)
        except Exception as error:
            problem, figures = f"{type(error).__name__}: {error}", "it could not be played"
        print(f"{'FAILED' if problem else 'ok'}: flood of {flood[0]}: {problem + ': ' if problem else ''}{figures}", flush=True)
        return not problem

    # Each has a node of its own; most of the time is waiting.
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        passed = sum(pool.map(play, chosen))
    failed = len(chosen) - passed
    print(f"flood: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
