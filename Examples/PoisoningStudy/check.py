#!/usr/bin/env python3
"""Replays PoisoningStudy's runs with other people's code, from the same seeds.

    PoisoningStudy --rules weightedMean,median,trimmedMean,krum,multiKrum,bulyan,… --format json > study.json
    python3 check.py study.json [--seeds N] [--rules A,B] [--tolerance 0.5]

What comes from Flower 1.42 itself: the weighted mean, median, trimmed mean, Krum, Multi-Krum and Bulyan, called as they are in
its package, also behind nearest-neighbour mixing. What is written here in NumPy, from the papers and not from the Swift code:
training, partitions, attacks, mixing, the geometric median and centred clipping. What is the same on purpose: the generator
(xoshiro256++, Fisher-Yates, polar normals, Marsaglia-Tsang gammas), so that members have the same examples in the same order
and the model starts in the same place, and the rejection of updates that are not finite, without which Flower's weighted mean
gives NaN and with it the accuracy of a constant answer.

Prints every run that differs by more than the tolerance, and the largest difference. Runs in which the model was driven out of
bounds (the mean under a tenfold sign flip) are counted apart: what such a model answers depends on the last bit, and says
nothing but that it is ruined. Needs numpy and flwr; exits 2 without.
"""
import argparse
import importlib.util
import json
import math
import os
import pathlib
import re
import sys
import types

# Small matrices: one thread is fastest, and the order of sums stays the same.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(2)


def flower_functions():
    """flwr/server/strategy/aggregate.py alone, without Flower's gRPC and protobuf dependencies."""
    spec = importlib.util.find_spec("flwr")
    if spec is None:
        print("skipped: no flwr")
        sys.exit(2)
    for module, names in {
        "flwr": (),
        "flwr.common": ("FitRes", "NDArray", "NDArrays", "parameters_to_ndarrays"),
        "flwr.server": (),
        "flwr.server.client_proxy": ("ClientProxy",),
    }.items():
        stub = types.ModuleType(module)
        for attribute in names:
            setattr(stub, attribute, list)  # only in annotations
        sys.modules[module] = stub
    path = pathlib.Path(spec.origin).parent / "server/strategy/aggregate.py"
    spec = importlib.util.spec_from_file_location("flower_aggregate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


flower = flower_functions()
MASK = (1 << 64) - 1
# No parameter of a trained model comes near; the mean's under a tenfold sign flip reach thousands.
RUIN = 100


class Generator:
    """xoshiro256++ seeded through SplitMix64, with the distributions that the study uses."""

    def __init__(self, *seeds):
        state = seeds[0]
        if len(seeds) > 1:
            state = 0
            for seed in seeds:
                state = self.mix(state ^ seed)[1]
        self.state = []
        for _ in range(4):
            state, value = self.mix(state)
            self.state.append(value)

    @staticmethod
    def mix(state):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return state, z ^ (z >> 31)

    def next(self):
        a, b, c, d = self.state
        total = (a + d) & MASK
        result = ((((total << 23) | (total >> 41)) & MASK) + a) & MASK
        c ^= a
        d ^= b
        self.state = [a ^ d, b ^ c, c ^ ((b << 17) & MASK), ((d << 45) | (d >> 19)) & MASK]
        return result

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def below(self, bound):
        product = self.next() * bound
        if (product & MASK) < bound:
            threshold = (1 << 64) % bound
            while (product & MASK) < threshold:
                product = self.next() * bound
        return product >> 64

    def shuffle(self, items):
        for remaining in range(len(items), 1, -1):
            other = self.below(remaining)
            items[other], items[remaining - 1] = items[remaining - 1], items[other]

    def normal(self):
        while True:
            u = 2 * self.uniform() - 1
            v = 2 * self.uniform() - 1
            square = u * u + v * v
            if 0 < square < 1:
                return u * math.sqrt(-2 * math.log(square) / square)

    def log_gamma(self, shape):
        if shape < 1:
            boosted = self.log_gamma(shape + 1)
            return boosted + math.log(1 - self.uniform()) / shape
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self.normal()
            root = 1 + c * x
            if root <= 0:
                continue
            v = root**3
            if math.log(1 - self.uniform()) < 0.5 * x * x + d - d * v + d * math.log(v):
                return math.log(d) + math.log(v)

    def dirichlet(self, count, concentration):
        logs = np.array([self.log_gamma(concentration) for _ in range(count)])
        shares = np.exp(logs - logs.max())
        return shares / shares.sum()


def digits():
    """Training and test parts of the data that come with the package."""
    source = pathlib.Path(__file__).resolve().parents[2] / "Sources/FedLearn/Data/DigitsFile.swift"
    text = re.search(r'"""\n(.*?)"""', source.read_text(), re.DOTALL).group(1)
    rows = np.array([[int(x) for x in line.split(",")] for line in text.split()[1:]])
    labels = rows[:, 64]
    rank = np.zeros(len(labels), int)
    for label in range(10):
        rank[labels == label] = np.arange((labels == label).sum())
    inputs = (rows[:, :64] / 16).astype(np.float32)
    test = rank % 5 == 0
    return (inputs[~test], labels[~test]), (inputs[test], labels[test])


def partition(labels, members, form, seed):
    generator = Generator(seed)
    shares = [[] for _ in range(members)]
    if form == "iid":
        rows = list(range(len(labels)))
        generator.shuffle(rows)
        for place, row in enumerate(rows):
            shares[place % members].append(row)
    else:
        concentration = float(form.removeprefix("dirichlet:"))
        for label in sorted(set(labels.tolist())):
            rows = np.flatnonzero(labels == label).tolist()
            generator.shuffle(rows)
            total, start = 0.0, 0
            for member, part in enumerate(generator.dirichlet(members, concentration)):
                total += part
                end = len(rows) if member == members - 1 else min(len(rows), max(start, int(total * len(rows))))
                shares[member] += rows[start:end]
                start = end
        for share in shares:
            if not share:
                share.append(max(shares, key=len).pop())
    return [sorted(share) for share in shares]


class Model:
    """Softmax regression or one hidden layer of ReLU; parameters in one vector."""

    def __init__(self, sizes):
        self.sizes = sizes

    def start(self, seed):
        if len(self.sizes) == 2:
            return np.zeros((self.sizes[0] + 1) * self.sizes[1], np.float32)
        generator = Generator(seed)
        parts = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            scale = math.sqrt(2 / inputs)
            parts += [[generator.normal() * scale for _ in range(inputs * outputs)], [0] * outputs]
        return np.concatenate(parts).astype(np.float32)

    def layers(self, values):
        views, start = [], 0
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            middle = start + inputs * outputs
            views.append((values[start:middle].reshape(inputs, outputs), values[middle : middle + outputs]))
            start = middle + outputs
        return views

    def forward(self, values, x):
        activations = [x]
        layers = self.layers(values)
        for place, (weights, biases) in enumerate(layers):
            x = x @ weights + biases
            if place + 1 < len(layers):
                x = np.maximum(x, 0)
            activations.append(x)
        return activations

    def accuracy(self, values, x, y):
        return float((self.forward(values, x)[-1].argmax(1) == y).mean())

    def step(self, values, x, y, rate):
        activations = self.forward(values, x)
        logits = activations[-1]
        delta = np.exp(logits - logits.max(1, keepdims=True))
        delta /= delta.sum(1, keepdims=True)
        delta[np.arange(len(y)), y] -= 1
        delta /= np.float32(len(y))
        gradient = np.empty_like(values)
        slots, layers = self.layers(gradient), self.layers(values)
        for place in range(len(layers) - 1, -1, -1):
            slots[place][0][:] = activations[place].T @ delta
            slots[place][1][:] = delta.sum(0)
            if place:
                delta = (delta @ layers[place][0].T) * (activations[place] > 0)
        values -= np.float32(rate) * gradient


def train(model, start, x, y, seed, round_number, member, rate):
    generator = Generator(Generator(seed, round_number, member).next())
    values = start.copy()
    order = list(range(len(y)))
    for _ in range(2):
        generator.shuffle(order)
        for first in range(0, len(order), 16):
            rows = order[first : first + 16]
            model.step(values, x[rows], y[rows], rate)
    return values - start


def forge(attack, honest, own, generator):
    """What the attackers send, `None` for attacks that are not known here; `own` is what they trained."""
    mean, deviation = honest.mean(0, dtype=np.float64), honest.std(0, dtype=np.float64)
    if attack in ("none", "labelflip"):
        return own
    if attack == "gauss":
        return np.array([[generator.normal() for _ in mean] for _ in own], np.float32)
    family = re.fullmatch(r"(signflip|alie|ipm)([0-9.]+)", attack)
    if family is None:
        return None
    factor = float(family.group(2))
    if family.group(1) == "signflip":
        return -np.float32(factor) * own
    forged = -factor * mean if family.group(1) == "ipm" else mean - factor * deviation
    return np.tile(forged, (len(own), 1)).astype(np.float32)


def mixed(updates, faults):
    """Nearest-neighbour mixing (Allouah et al. 2023)."""
    wide = updates.astype(np.float64)
    squares = ((wide[:, None] - wide[None]) ** 2).sum(2)
    np.fill_diagonal(squares, -1)
    nearest = np.argsort(squares, axis=1, kind="stable")[:, : len(updates) - faults]
    return np.array([wide[rows].mean(0) for rows in nearest])


def geometric_median(updates, **_):
    point = updates.mean(0, dtype=np.float64)
    for _ in range(1000):
        distance = np.maximum(np.linalg.norm(updates - point, axis=1), 1e-12)
        following = (updates / distance[:, None]).sum(0) / (1 / distance).sum()
        if np.linalg.norm(following - point) < 1e-9 * (1 + np.linalg.norm(point)):
            return following
        point = following
    return point


def centred_clipping(updates, state, **_):
    center = state.get("center", np.zeros(updates.shape[1]))
    radius = np.median(np.linalg.norm(updates - center, axis=1))
    for _ in range(3):
        gaps = updates - center
        lengths = np.linalg.norm(gaps, axis=1)
        center = center + (gaps * np.minimum(1, radius / np.maximum(lengths, 1e-300))[:, None]).mean(0)
    state["center"] = center
    return center


def by_flower(function, weighted=False, **fixed):
    def run(updates, weights, **_):
        results = [([u], int(w) if weighted else 1) for u, w in zip(updates, weights)]
        return function(results, **fixed)[0]

    return run


def rules(members, faults):
    bulyan = dict(num_malicious=faults // 3, aggregation_rule=flower.aggregate_krum, to_keep=0)
    plain = {
        "median": by_flower(flower.aggregate_median),
        # A hair more, as Flower truncates the product with n and 0.3 is not a binary fraction.
        "trimmedMean": by_flower(flower.aggregate_trimmed_avg, proportiontocut=faults / members + 1e-9),
        "krum": by_flower(flower.aggregate_krum, num_malicious=faults, to_keep=0),
        "multiKrum": by_flower(flower.aggregate_krum, num_malicious=faults, to_keep=members - faults),
        "bulyan": by_flower(flower.aggregate_bulyan, **bulyan),
        "geometricMedian": geometric_median,
        "centeredClipping": centred_clipping,
    }

    def behind_mixing(rule):
        return lambda updates, **rest: rule(mixed(updates, faults), **rest)

    chosen = {"weightedMean": by_flower(flower.aggregate, weighted=True)} | plain
    return chosen | {f"nnm+{name}": behind_mixing(rule) for name, rule in plain.items()}


def replay(setting, data, rule, attack, seed):
    """The mean accuracy of the last five rounds, and whether the model was driven out of bounds."""
    (x, y), (test_x, test_y) = data
    members, honest = setting["members"], setting["members"] - setting["byzantine"]
    softmax = setting["model"] == "softmax"
    model = Model([64, 10] if softmax else [64, 64, 10])
    shares = partition(y, members, setting["partition"], seed)
    values = model.start(seed)
    generator = Generator(seed, 0xA77AC)
    state, accuracies = {}, []
    weights = np.array([len(share) for share in shares])
    for round_number in range(setting["rounds"]):
        updates = []
        for member, rows in enumerate(shares):
            labels = y[rows]
            if member >= honest and attack == "labelflip":
                labels = 9 - labels
            updates.append(
                train(model, values, x[rows], labels, seed, round_number, member, 0.5 if softmax else 0.1)
            )
        updates = np.array(updates)
        if honest < members:
            updates[honest:] = forge(attack, updates[:honest], updates[honest:], generator)
        # The package's admission: finite, and no magnitude that training cannot give.
        fine = np.array([np.isfinite(u).all() and np.abs(u).max() <= 32_768 for u in updates])
        if fine.any():
            values = values + rule(updates[fine], weights=weights[fine], state=state).astype(np.float32)
        accuracies.append(model.accuracy(values, test_x, test_y))
    return sum(accuracies[-5:]) / 5, not np.abs(values).max() < RUIN


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("study", help="PoisoningStudy's JSON")
    parser.add_argument("--seeds", type=int, default=100, help="at most this many seeds")
    parser.add_argument("--rules", default="", help="only these")
    parser.add_argument("--tolerance", type=float, default=0.5, help="points")
    options = parser.parse_args()
    studies = json.loads(pathlib.Path(options.study).read_text())["studies"]
    data = digits()
    differences, skipped, ruined = [], set(), []
    np.seterr(all="ignore")
    for setting in studies:
        known = rules(setting["members"], setting["byzantine"])
        for result in setting["results"]:
            rule, attack = result["rule"], result["attack"]
            if options.rules and rule not in options.rules.split(","):
                continue
            if rule not in known or forge(attack, np.zeros((2, 2)), np.zeros((1, 2)), Generator(1)) is None:
                skipped.add(rule if rule not in known else attack)
                continue
            for seed, ours in list(enumerate(result["accuracies"], 1))[: options.seeds]:
                theirs, is_ruined = replay(setting, data, known[rule], attack, seed)
                if is_ruined:
                    ruined.append((100 * ours, 100 * theirs))
                    continue
                gap = 100 * (ours - theirs)
                differences.append((abs(gap), setting["partition"], rule, attack, seed, 100 * ours, 100 * theirs))
                if abs(gap) > options.tolerance:
                    print("%s %s %s seed %d: %.2f here, %.2f there" % differences[-1][1:], flush=True)
    if skipped:
        print("not replayed:", ", ".join(sorted(skipped)))
    if ruined:
        here, there = zip(*ruined)
        print("ruined in %d runs: at most %.1f %% here, %.1f %% there" % (len(ruined), max(here), max(there)))
    if not differences:
        print("nothing to compare")
        sys.exit(1)
    gaps = np.array([d[0] for d in differences])
    print(
        "%d runs: largest difference %.2f points, mean %.3f, exactly equal %d, within %.1f: %d"
        % (len(gaps), gaps.max(), gaps.mean(), (gaps == 0).sum(), options.tolerance, (gaps <= options.tolerance).sum())
    )
    sys.exit(0 if gaps.max() <= options.tolerance else 1)


main()
