"""Least squares in whole numbers: exact sums, a fixed-point LDL' solve. Same answer on every machine.

Weights are in units of 2^-16 and correct a default prediction: they start at zero and are pulled towards it while data are few.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS

_BITS = np.array([n.bit_length() for n in range(1 << 16)], np.int64)     # a loop would cost the walk a third of its time


@njit(**FLAGS)
def bits(v):
    """Bit length of v >= 0."""
    n = 0
    while v >= 65536:
        v >>= 16
        n += 16
    return n + _BITS[v] if v > 0 else n


@njit(**FLAGS)
def solve(a, b, n, w, low, d):
    """Solve (A + ridge) w = b for w in 2^-16; a `[n, n]` (lower half used), b `[n]` int64 sums of
    products in 2^-8. low, d: scratch."""
    top = np.int64(1)
    for i in range(n):
        if a[i, i] > top:
            top = a[i, i]
    shift = bits(top) - 36
    for i in range(n):
        for j in range(i + 1):
            v = a[i, j]
            v = v >> shift if shift >= 0 else v << -shift
            if i == j:
                v += (v >> 9) + (np.int64(1) << 24)
            for k in range(j):
                v -= (((low[i, k] * d[k]) >> 20) * low[j, k]) >> 20
            if i == j:
                d[i] = v if v > (1 << 20) else 1 << 20
            else:
                q = (v << 20) // d[j] if abs(v) < (np.int64(1) << 42) else (v // d[j]) << 20
                low[i, j] = min(max(q, -(1 << 23)), 1 << 23)
    for i in range(n):
        v = b[i]
        v = v >> (shift + 8) if shift + 8 >= 0 else v << -(shift + 8)
        for k in range(i):
            v -= (low[i, k] * w[k]) >> 20
        w[i] = min(max(v, -(np.int64(1) << 38)), np.int64(1) << 38)
    for i in range(n):
        w[i] = min(max((w[i] << 16) // d[i], -(1 << 24)), 1 << 24)
    for i in range(n - 1, -1, -1):
        v = w[i]
        for k in range(i + 1, n):
            v -= (low[k, i] * w[k]) >> 20
        w[i] = min(max(v, -(1 << 20)), 1 << 20)
