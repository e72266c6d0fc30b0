#!/usr/bin/env python3
"""Flower's own aggregation functions on one core: 50 or 100 updates of COUNT floats. Prints one JSON object.

Needs flwr (1.42 was measured); without it prints {}. CPU time, so that a busy machine matters less.
"""
import json
import os
import sys
import time

# Ours uses one core, so NumPy gets one too. Must be set before the imports.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

try:
    import numpy as np
    from flwr.server.strategy import aggregate as flower
except ImportError:
    print("{}")
    sys.exit()

count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
generator = np.random.default_rng(1)
updates = [([generator.standard_normal(count, dtype=np.float32)], 1) for _ in range(100)]


def milliseconds(body, runs):
    times = []
    for _ in range(runs):
        start = time.process_time()
        body()
        times.append(time.process_time() - start)
    times.sort()
    return round(1e3 * times[len(times) // 2], 1)


print(
    json.dumps(
        {
            "measure": "flower",
            "floats": count,
            "mean_50_ms": milliseconds(lambda: flower.aggregate(updates[:50]), 3),
            "median_50_ms": milliseconds(lambda: flower.aggregate_median(updates[:50]), 3),
            "trimmed_50_ms": milliseconds(lambda: flower.aggregate_trimmed_avg(updates[:50], 0.2), 3),
            "krum_100_ms": milliseconds(lambda: flower.aggregate_krum(updates, 20, 0), 2),
        }
    )
)
