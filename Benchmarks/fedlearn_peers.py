#!/usr/bin/env python3
"""What Flower, NumPy, SciPy, PyTorch and Opacus take for what `PeerBench fedlearn PART` measures.

    fedlearn_peers.py PART

Prints one JSON object: {"ms": {measurement: {peer: CPU milliseconds}}, "versions": …, "missing": …}. One thread. A
peer that cannot be imported is missing, with the reason.
"""
import json
import os
import sys
import time

# Ours uses one core, so these get one too. Must be set before the imports.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

import numpy as np

versions, missing, times = {"NumPy": np.__version__}, {}, {}
generator = np.random.default_rng(1)


def optional(peer, load):
    """What LOAD imports, or None."""
    try:
        return load()
    except Exception as error:  # whatever an import may raise
        missing[peer] = f"{type(error).__name__}: {error}"[:120]
        return None


def version(peer, package):
    from importlib import metadata
    versions[peer] = metadata.version(package)


def flower():
    from flwr.server.strategy import aggregate
    version("Flower", "flwr")
    return aggregate


def torch():
    import torch
    torch.set_num_threads(1)
    version("PyTorch", "torch")
    return torch


def measure(what, peer, body, runs=5, each=1, warm=True):
    if warm:
        body()
    values = []
    for _ in range(runs):
        start = time.process_time()
        body()
        values.append(time.process_time() - start)
    values.sort()
    times.setdefault(what, {})[peer] = 1e3 * values[len(values) // 2] / each


def updates(rows, count):
    return [generator.random(count, dtype=np.float32) - np.float32(0.5) for _ in range(rows)]


def sums():
    aggregate = optional("Flower", flower)
    all_rows = updates(100, 1_000_000)
    for count, name in ((100_000, "100k"), (1_000_000, "1m")):
        matrix = np.stack([row[:count] for row in all_rows])
        for rows in (10, 50, 100):
            x, w = matrix[:rows], np.full(rows, 1 / rows, np.float32)
            measure(f"sum {rows} x {name}", "NumPy w @ X", lambda: w @ x, 15)
            if aggregate:
                results = [([row], 1) for row in x]
                measure(f"mean {rows} x {name}", "Flower", lambda: aggregate.aggregate(results), 5)


def large_sum():
    x = np.empty((50, 10_000_000), np.float32)
    x[:] = np.arange(10_000_000, dtype=np.float32) % 1024
    w = np.full(50, 0.02, np.float32)
    measure("sum 50 x 10m", "NumPy w @ X", lambda: w @ x, 5)


def weiszfeld(x):
    """The geometric median by Weiszfeld's iteration, until a pass changes it by less than 10⁻⁶."""
    point = x.mean(axis=0)
    for _ in range(200):
        distance = np.sqrt(((x - point) ** 2).sum(axis=1, dtype=np.float64))
        weight = (1 / np.maximum(distance, 1e-12))
        following = ((weight / weight.sum()).astype(np.float32) @ x)
        if np.linalg.norm(following - point) <= 1e-6 * np.linalg.norm(following):
            return following
        point = following
    return point


def rules():
    rows = updates(100, 1_000_000)
    x = np.stack(rows)
    fifty = x[:50]
    measure("median 50 x 1m", "NumPy", lambda: np.median(fifty, axis=0), 1, warm=False)
    measure("geometric median 50 x 1m", "NumPy", lambda: weiszfeld(fifty), 1, warm=False)
    aggregate = optional("Flower", flower)
    if aggregate:
        results = [([row], 1) for row in rows]
        short = [([row[:100_000]], 1) for row in rows]
        measure("median 50 x 1m", "Flower", lambda: aggregate.aggregate_median(results[:50]), 1, warm=False)
        measure("trimmed mean 50 x 1m", "Flower",
                lambda: aggregate.aggregate_trimmed_avg(results[:50], 0.2), 1, warm=False)
        krum = aggregate.aggregate_krum
        measure("Krum 100 x 1m", "Flower", lambda: krum(results, 20, 0), 1, warm=False)
        measure("Multi-Krum 100 x 1m", "Flower", lambda: krum(results, 20, 80), 1, warm=False)
        measure("Krum 100 x 100k", "Flower", lambda: krum(short, 20, 0), 3)
        measure("Bulyan 100 x 100k", "Flower",
                lambda: aggregate.aggregate_bulyan(short, 20, krum, to_keep=0), 1, warm=False)

    def scipy():
        from scipy import stats
        from scipy.spatial import distance
        version("SciPy", "scipy")
        return stats, distance

    loaded = optional("SciPy", scipy)
    if loaded:
        stats, distance = loaded
        measure("trimmed mean 50 x 1m", "SciPy", lambda: stats.trim_mean(fifty, 0.2, axis=0), 1, warm=False)
        measure("Krum 100 x 1m", "SciPy pdist (distances alone)",
                lambda: distance.pdist(x, "sqeuclidean"), 1, warm=False)


def compression():
    update = updates(1, 1_000_000)[0]
    k = 10_000
    measure("top-k 1 % of 1m", "NumPy argpartition", lambda: np.sort(np.argpartition(np.abs(update), -k)[-k:]), 7)

    def int8():
        blocks = np.pad(update, (0, -len(update) % 256)).reshape(-1, 256)
        scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
        return np.rint(blocks / scale).astype(np.int8)

    measure("int8 in blocks of 256, 1m", "NumPy", int8, 7)
    library = optional("PyTorch", torch)
    if library:
        tensor = library.from_numpy(update)
        measure("top-k 1 % of 1m", "PyTorch", lambda: library.topk(tensor.abs(), k, sorted=False), 7)

        def int8_torch():
            blocks = library.nn.functional.pad(tensor, (0, -len(tensor) % 256)).view(-1, 256)
            scale = blocks.abs().amax(dim=1, keepdim=True) / 127
            return (blocks / scale).round().to(library.int8)

        measure("int8 in blocks of 256, 1m", "PyTorch", int8_torch, 7)


def privacy():
    values = updates(1, 1_000_000)[0]
    measure("Gaussian noise 1m", "NumPy (not cryptographic)",
            lambda: values + np.random.normal(0, 0.1, values.shape).astype(np.float32), 7)
    words = np.zeros(1_000_000, np.uint32)

    def openssl():
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
        version("OpenSSL by cryptography", "cryptography")
        return Cipher, algorithms

    loaded = optional("OpenSSL by cryptography", openssl)
    if loaded:
        cipher, algorithms = loaded
        zeros, stream = bytes(4_000_000), bytearray(4_000_000)

        def chacha():
            cipher(algorithms.ChaCha20(bytes(32), bytes(16)), mode=None).encryptor().update_into(zeros, stream)
            return words + np.frombuffer(stream, np.uint32)

        measure("mask 1m", "OpenSSL ChaCha20 + NumPy", chacha, 15)

    def secagg():
        from flwr.common.secure_aggregation.crypto import shamir
        from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen
        version("Flower", "flwr")
        return shamir, pseudo_rand_gen

    loaded = optional("Flower", secagg)
    if loaded:
        shamir, stream_of = loaded
        measure("mask 1m", "Flower (32-bit key)",
                lambda: words + stream_of(bytes(range(32)), 1 << 32, [(1_000_000,)])[0].astype(np.uint32), 7)
        shares = shamir.create_shares(bytes(range(32)), 51, 100)
        measure("Shamir split 32 B, 51 of 100", "Flower", lambda: shamir.create_shares(bytes(range(32)), 51, 100), 3)
        measure("Shamir combine 32 B, 51 of 100", "Flower", lambda: shamir.combine_shares(shares[:51]), 3)

    def accountants():
        from opacus.accountants import PRVAccountant, RDPAccountant
        version("Opacus", "opacus")
        return RDPAccountant, PRVAccountant

    loaded = optional("Opacus", accountants)
    if loaded:
        def epsilon(kind):
            account = kind()
            account.history = [(1.0, 0.01, 3_000)]
            return account.get_epsilon(delta=1e-5)

        measure("RDP accountant, 3,000 steps", "Opacus", lambda: epsilon(loaded[0]), 3)
        measure("PLD accountant, 3,000 steps", "Opacus (PRV)", lambda: epsilon(loaded[1]), 3)


def training():
    rows, size, rate = 1_600, 16, np.float32(0.1)
    x = generator.random((rows, 64), dtype=np.float32)
    y = np.arange(rows) % 10
    w1 = (generator.standard_normal((64, 64)) * (2 / 64) ** 0.5).astype(np.float32)
    w2 = (generator.standard_normal((64, 10)) * (2 / 64) ** 0.5).astype(np.float32)
    b1, b2 = np.zeros(64, np.float32), np.zeros(10, np.float32)
    all_rows = np.arange(size)

    def epochs():
        for _ in range(10):
            order = generator.permutation(rows)
            for start in range(0, rows, size):
                chosen = order[start:start + size]
                a, label = x[chosen], y[chosen]
                h = np.maximum(a @ w1 + b1, 0)
                z = h @ w2 + b2
                z -= z.max(axis=1, keepdims=True)
                np.exp(z, out=z)
                z /= z.sum(axis=1, keepdims=True)
                z[all_rows, label] -= 1
                z /= size
                back = (z @ w2.T) * (h > 0)
                w2[...] -= rate * (h.T @ z)
                b2[...] -= rate * z.sum(axis=0)
                w1[...] -= rate * (a.T @ back)
                b1[...] -= rate * back.sum(axis=0)

    measure("MLP step, batch 16", "NumPy", epochs, 5, each=1_000)
    library = optional("PyTorch", torch)
    if not library:
        return
    nn = library.nn
    tx, ty = library.from_numpy(x), library.from_numpy(y)

    def network():
        return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    model = network()
    optimiser, loss = library.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()

    def epochs_torch():
        for _ in range(2):
            order = library.randperm(rows)
            for start in range(0, rows, size):
                chosen = order[start:start + size]
                optimiser.zero_grad()
                loss(model(tx[chosen]), ty[chosen]).backward()
                optimiser.step()

    measure("MLP step, batch 16", "PyTorch", epochs_torch, 3, each=200)

    def opacus():
        import warnings
        warnings.simplefilter("ignore")
        from opacus import PrivacyEngine
        version("Opacus", "opacus")
        return PrivacyEngine

    engine = optional("Opacus", opacus)
    if engine:
        model = network()
        optimiser = library.optim.SGD(model.parameters(), lr=0.1)
        data = library.utils.data.DataLoader(library.utils.data.TensorDataset(tx, ty), batch_size=64)
        model, optimiser, data = engine().make_private(
            module=model, optimizer=optimiser, data_loader=data, noise_multiplier=1.0, max_grad_norm=1.0)
        steps = len(data)

        def epoch_private():
            for a, label in data:
                optimiser.zero_grad()
                loss(model(a), label).backward()
                optimiser.step()

        measure("DP-SGD step, 64 expected", "Opacus", epoch_private, 3, each=steps)


parts = {"sums": sums, "large-sum": large_sum, "rules": rules, "compression": compression,
         "privacy": privacy, "training": training}
if len(sys.argv) != 2 or sys.argv[1] not in parts:
    sys.exit(f"fedlearn_peers.py {'|'.join(parts)}")
parts[sys.argv[1]]()
print(json.dumps({"ms": times, "versions": versions, "missing": missing}))
