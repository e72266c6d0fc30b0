#!/usr/bin/env python3
"""Writes Tests/PeerKitTests/GossipSub/Vectors/ScoreVectors.swift: random histories of a router and the score
of every peer after each step, by a second implementation of the score function.

    Tests/Vectors/gossipsub_scores.py        # Python 3.8, no packages; the same output each time

Written from gossipsub-v1.1, "The Score Function", as plainly as possible and without a look at the Swift one:
every score is computed from scratch, nothing is ordered, bounded or forgotten early. Where the
specification leaves a choice it is made as PeerScoring says in its header.
"""
import pathlib
import random

TOPICS = {
    "a": dict(topicWeight=1.0, timeInMeshWeight=0.01, timeInMeshQuantum=1.0, timeInMeshCap=60.0,
              firstMessageDeliveriesWeight=1.0, firstMessageDeliveriesDecay=0.9,
              firstMessageDeliveriesCap=8.0,
              meshMessageDeliveriesWeight=-0.5, meshMessageDeliveriesDecay=0.8,
              meshMessageDeliveriesCap=12.0, meshMessageDeliveriesThreshold=4.0,
              meshMessageDeliveriesWindow=0.05, meshMessageDeliveriesActivation=10.0,
              meshFailurePenaltyWeight=-0.25, meshFailurePenaltyDecay=0.95,
              invalidMessageDeliveriesWeight=-3.0, invalidMessageDeliveriesDecay=0.97),
    "b": dict(topicWeight=0.5, timeInMeshWeight=0.5, timeInMeshQuantum=3.0, timeInMeshCap=10.0,
              firstMessageDeliveriesWeight=2.0, firstMessageDeliveriesDecay=0.5,
              firstMessageDeliveriesCap=5.0,
              meshMessageDeliveriesWeight=0.0, meshMessageDeliveriesDecay=0.5,
              meshMessageDeliveriesCap=5.0, meshMessageDeliveriesThreshold=1.0,
              meshMessageDeliveriesWindow=0.01, meshMessageDeliveriesActivation=5.0,
              meshFailurePenaltyWeight=0.0, meshFailurePenaltyDecay=0.5,
              invalidMessageDeliveriesWeight=-1.0, invalidMessageDeliveriesDecay=0.9),
}
ALL = dict(topicScoreCap=9.0, applicationWeight=2.0, ipColocationWeight=-1.5, ipColocationThreshold=1,
           behaviourPenaltyWeight=-0.75, behaviourPenaltyThreshold=1.0, behaviourPenaltyDecay=0.9,
           decayInterval=1.0, decayToZero=0.01, retainScore=30.0)
ADDRESSES = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "127.0.0.1"]


class Stats:
    def __init__(self):
        self.in_mesh, self.active, self.graft_time, self.mesh_time = False, False, 0.0, 0.0
        self.first = self.mesh = self.failure = self.invalid = 0.0


class Peer:
    def __init__(self):
        self.connected, self.expire = True, None
        self.topics = {t: Stats() for t in TOPICS}
        self.addresses, self.behaviour, self.app = [], 0.0, 0.0


class Reference:
    def __init__(self):
        self.peers, self.messages = {}, {}

    @staticmethod
    def groups(address):
        if address == "127.0.0.1":
            return []
        if ":" not in address:
            return [address]
        network = {"2001:db8::1": "n0", "2001:db8::2": "n0", "2001:db8:0:1::1": "n1"}[address]
        return [address, network]

    def score(self, name):
        peer = self.peers.get(name)
        if peer is None:
            return 0.0
        total = 0.0
        for topic, s in peer.topics.items():
            p = TOPICS[topic]
            part = 0.0
            if s.in_mesh:
                part += min(s.mesh_time // p["timeInMeshQuantum"], p["timeInMeshCap"]) * p["timeInMeshWeight"]
            part += s.first * p["firstMessageDeliveriesWeight"]
            part += self.deficit(s, p) ** 2 * p["meshMessageDeliveriesWeight"]
            part += s.failure * p["meshFailurePenaltyWeight"]
            part += s.invalid ** 2 * p["invalidMessageDeliveriesWeight"]
            total += part * p["topicWeight"]
        total = min(total, ALL["topicScoreCap"])
        total += peer.app * ALL["applicationWeight"]
        for group in {g for a in peer.addresses for g in self.groups(a)}:
            count = sum(any(group in self.groups(a) for a in other.addresses) for other in self.peers.values())
            if count > ALL["ipColocationThreshold"]:
                total += (count - ALL["ipColocationThreshold"]) ** 2 * ALL["ipColocationWeight"]
        if peer.behaviour > ALL["behaviourPenaltyThreshold"]:
            total += (peer.behaviour - ALL["behaviourPenaltyThreshold"]) ** 2 * ALL["behaviourPenaltyWeight"]
        return total

    @staticmethod
    def deficit(s, p):
        return max(0.0, p["meshMessageDeliveriesThreshold"] - s.mesh) if s.in_mesh and s.active else 0.0

    def live(self, name):
        peer = self.peers.get(name)
        return peer if peer is not None and peer.connected else None

    # events
    def add(self, now, name, address):
        peer = self.peers.get(name)
        if peer is None or (not peer.connected and peer.expire < now):
            peer = self.peers[name] = Peer()
        peer.connected, peer.addresses = True, [address]

    def remove(self, now, name):
        peer = self.live(name)
        if peer is None:
            return
        if self.score(name) > 0:
            del self.peers[name]
            return
        for topic, s in peer.topics.items():
            self.leave(s, TOPICS[topic])
            s.first = 0.0
            if s.failure == 0 and s.invalid == 0:
                peer.topics[topic] = Stats()  # nothing against it: nothing to remember
        peer.connected, peer.expire = False, now + ALL["retainScore"]
        if peer.behaviour == 0 and peer.app >= 0 and all(
                s.failure == 0 and s.invalid == 0 for s in peer.topics.values()):
            del self.peers[name]

    def leave(self, s, p):
        s.failure += self.deficit(s, p) ** 2
        s.in_mesh = s.active = False
        s.mesh_time = 0.0

    def graft(self, now, name, topic):
        if self.live(name):
            s = self.peers[name].topics[topic]
            s.in_mesh, s.active, s.graft_time, s.mesh_time = True, False, now, 0.0

    def prune(self, now, name, topic):
        if self.live(name):
            self.leave(self.peers[name].topics[topic], TOPICS[topic])

    def count_delivery(self, name, topic, is_first):
        if self.live(name):
            s, p = self.peers[name].topics[topic], TOPICS[topic]
            if is_first:
                s.first = min(s.first + 1, p["firstMessageDeliveriesCap"])
            if s.in_mesh:
                s.mesh = min(s.mesh + 1, p["meshMessageDeliveriesCap"])

    def count_invalid(self, name, topic):
        if self.live(name):
            self.peers[name].topics[topic].invalid += 1

    def validating(self, now, name, topic, id):
        self.messages[id] = dict(state="pending", senders=[name], topic=topic)

    def delivered(self, now, name, topic, id):
        m = self.messages[id]
        m["state"], m["at"] = "valid", now
        for sender in m["senders"]:
            self.count_delivery(sender, topic, sender == name)

    def rejected(self, now, name, topic, id):
        m = self.messages[id]
        m["state"] = "invalid"
        for sender in m["senders"]:
            self.count_invalid(sender, topic)

    def ignored(self, now, name, topic, id):
        self.messages[id]["state"] = "ignored"

    def duplicate(self, now, name, topic, id):
        m = self.messages[id]
        if m["state"] == "invalid":
            self.count_invalid(name, topic)
        elif m["state"] != "ignored" and name not in m["senders"]:
            if m["state"] == "pending":
                m["senders"].append(name)
            elif now - m["at"] <= TOPICS[topic]["meshMessageDeliveriesWindow"] + 1e-9:
                m["senders"].append(name)
                self.count_delivery(name, topic, False)

    def invalid(self, now, name, topic):
        self.count_invalid(name, topic)

    def penalty(self, now, name, count):
        if name in self.peers:
            self.peers[name].behaviour += count

    def application(self, now, name, score):
        if name in self.peers:
            self.peers[name].app = score

    def decay(self, now):
        for name, peer in list(self.peers.items()):
            if not peer.connected:
                if peer.expire < now:
                    del self.peers[name]
                continue
            for topic, s in peer.topics.items():
                p = TOPICS[topic]
                s.first *= p["firstMessageDeliveriesDecay"]
                s.mesh *= p["meshMessageDeliveriesDecay"]
                s.failure *= p["meshFailurePenaltyDecay"]
                s.invalid *= p["invalidMessageDeliveriesDecay"]
                for counter in ("first", "mesh", "failure", "invalid"):
                    if getattr(s, counter) < ALL["decayToZero"]:
                        setattr(s, counter, 0.0)
                if s.in_mesh:
                    s.mesh_time = now - s.graft_time
                    s.active = s.active or s.mesh_time > p["meshMessageDeliveriesActivation"]
            peer.behaviour *= ALL["behaviourPenaltyDecay"]
            if peer.behaviour < ALL["decayToZero"]:
                peer.behaviour = 0.0


def history(seed, steps):
    """Lines of "MILLISECONDS EVENT ARGUMENTS = SCORE OF EACH PEER"."""
    draw = random.Random(seed)
    reference, lines = Reference(), []
    names, pending, settled = ["1", "2", "3", "4"], [], []
    ms, next_decay, count = 0, 1000, 0

    def step(event, *args):
        getattr(reference, event)(ms / 1000, *args)
        scores = " ".join(f"{reference.score(n):.10g}" for n in names)
        lines.append(f"{ms} {event} {' '.join(map(str, args))} = {scores}")

    for name in names:
        step("add", name, draw.choice(ADDRESSES))
    for name in names[:3]:
        step("graft", name, "a")
    while len(lines) < steps:
        ms += draw.choice([0, 1, 4, 20, 60, 300, 900])
        while ms >= next_decay:
            ms, later = next_decay, ms
            step("decay")
            ms, next_decay = later, next_decay + 1000
        name, topic = draw.choice(names), draw.choice("aab")
        event = draw.choices(
            ["new", "settle", "duplicate", "invalid", "penalty", "application", "graft", "prune",
             "remove", "add"], [30, 26, 30, 1, 2, 2, 4, 2, 2, 4])[0]
        if event == "new":
            count += 1
            pending.append((f"m{count}", topic, name))
            step("validating", name, topic, f"m{count}")
        elif event == "settle" and pending:
            id, topic, name = pending.pop(0)
            settled.append((id, topic))
            step(draw.choices(["delivered", "rejected", "ignored"], [20, 1, 2])[0], name, topic, id)
        elif event == "duplicate" and (pending or settled):
            known = [p[:2] for p in pending] + settled[-3:]
            id, topic = draw.choice(known)
            step("duplicate", name, topic, id)
        elif event in ("invalid", "graft", "prune"):
            step(event, name, topic)
        elif event == "penalty":
            step("penalty", name, draw.choice([1, 2]))
        elif event == "application":
            step("application", name, draw.choice([-2, -0.5, 0, 1.5]))
        elif event == "remove":
            step("remove", name)
        elif event == "add":
            step("add", name, draw.choice(ADDRESSES))
    return lines


def swift(value, name):
    seconds = ("Quantum", "Window", "Activation", "decayInterval", "retainScore")
    if any(name.endswith(s) for s in seconds):
        return f".milliseconds({round(value * 1000)})"
    return repr(value)


def write(path):
    lines = ["// Made by Tests/Vectors/gossipsub_scores.py.", "", "@testable import PeerKit", "",
             "/// Histories of a router, and the scores of four peers after each step, by a second",
             "/// implementation of the score function.", "enum ScoreVectors {",
             "    /// The parameters that the scores were computed with.",
             "    static var parameters: PeerScoreParameters {",
             "        var all = PeerScoreParameters()", "        all.otherTopics = nil"]
    lines += [f"        all.{k} = {swift(v, k)}" for k, v in ALL.items()]
    for topic, values in TOPICS.items():
        lines.append(f"        var {topic} = TopicScoreParameters()")
        lines += [f"        {topic}.{k} = {swift(v, k)}" for k, v in values.items()]
        lines.append(f'        all.topics["{topic}"] = {topic}')
    lines += ["        return all", "    }", "",
              "    /// In each line: milliseconds, event, peer, arguments, then the scores.",
              "    static let histories = ["]
    for seed in (1, 2, 3):
        lines += ['        """', *("        " + line for line in history(seed, 400)), '        """,']
    lines += ["    ]", "}", ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


if __name__ == "__main__":
    write(pathlib.Path(__file__).resolve().parent.parent
          / "PeerKitTests/GossipSub/Vectors/ScoreVectors.swift")
