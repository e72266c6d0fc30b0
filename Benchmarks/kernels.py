#!/usr/bin/env python3
"""The weighted sum of ROWS vectors of COUNT floats in NumPy, three ways. Prints one JSON object."""
import json
import os
import sys
import time

# Ours uses one core, so NumPy gets one too. Must be set before the import.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np

rows, count, runs = 50, 1_000_000, 15
x = ((np.arange(count) * 31 + np.arange(rows)[:, None]) & 1023).astype(np.float32) / 1024
w = (np.arange(rows) + 1).astype(np.float32) / rows


def axpy():
    total = np.zeros(count, np.float32)
    for weight, row in zip(w, x):
        total += weight * row
    return total


def timed(body, repetitions):
    body()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    times.sort()
    return x.nbytes / times[len(times) // 2] / 1e9, x.nbytes / times[0] / 1e9


result = {"measure": "numpy", "numpy": np.__version__, "python": sys.version.split()[0]}
for name, body, repetitions in (
    ("matmul", lambda: w @ x, runs),
    ("average", lambda: np.average(x, axis=0, weights=w), 5),
    ("axpy", axpy, runs),
):
    result[f"{name}_gb_s"], result[f"{name}_gb_s_best"] = timed(body, repetitions)
print(json.dumps(result))
