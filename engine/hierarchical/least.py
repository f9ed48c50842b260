"""Least squares in whole numbers: exact sums, a fixed-point LDL' solve. Same answer on every machine.

Weights are in units of 2^-16 and correct a default prediction: they start at zero and are pulled towards it while data are few.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS

TOGETHER = 32         # samples whose sums are made at once
# small enough to stay in the fastest memory of a processor; a loop over the bits would cost the walk a third of its time
_BITS = np.array([n.bit_length() for n in range(1 << 12)], np.uint8)


@njit(**FLAGS)
def bits(v):
    """Bit length of v >= 0."""
    n = 0
    while v >= 4096:
        v >>= 12
        n += 12
    return n + np.int64(_BITS[v]) if v > 0 else n


@njit(inline="always")
def keep(waiting, filled, c, u, n, miss):
    """Puts features u[1 .. n] and what their prediction missed aside, for `gather`: waiting int32 `[channels, features + 1, TOGETHER]`,
    filled `[channels]` samples of each."""
    at = filled[c]
    for i in range(waiting.shape[1] - 1):
        waiting[c, i, at] = u[i + 1] if i < n else 0
    waiting[c, waiting.shape[1] - 1, at] = miss
    filled[c] = at + 1


@njit(**FLAGS)
def gather(waiting, count, used, sums):
    """sums[i, j] = sum of products of features i and j <= i over the `count` samples of waiting int32 `[features + 1, TOGETHER]`; the last
    row is what was missed, and of the features those from `used` on were 0.

    Sums are exact, so a run of samples at once is the same as one after the other, and much quicker."""
    n, length = waiting.shape      # not the constant: an unrolled loop would not use the processor's vectors
    if count < length:
        waiting[:, count:] = 0
    sums[:] = 0
    for i in range(n):
        if used <= i < n - 1:
            continue
        for j in range(min(i + 1, used)):
            total = np.int64(0)
            for t in range(length):
                total += np.int64(waiting[i, t]) * np.int64(waiting[j, t])
            sums[i, j] = total


@njit(**FLAGS)
def add(sums, a, b):
    """Adds what `gather` found to the sums of the least squares."""
    n = sums.shape[0] - 1
    for i in range(n):
        for j in range(i + 1):
            a[i, j] += sums[i, j]
        b[i] += sums[n, i]


@njit(**FLAGS)
def solve(a, b, n, w, low, d):
    """Solve (A + ridge) w = b for w in 2^-16; a `[n, n]` (lower half used), b `[n]` int64 sums of
    products in 2^-8. low, d: scratch."""
    top = np.int64(1)
    for i in range(n):
        if a[i, i] > top:
            top = a[i, i]
    shift = bits(top) - 36
    while n > 1 and _empty(a, b, n - 1):
        n -= 1
        w[n] = 0
    for i in range(n):
        for j in range(i + 1):
            low[i, j] = a[i, j] >> shift if shift >= 0 else a[i, j] << -shift
        low[i, i] += (low[i, i] >> 9) + (np.int64(1) << 24)
    # column by column; w holds the column
    for j in range(n):
        dj = max(low[j, j], np.int64(1) << 20)
        d[j] = dj
        turned = (np.int64(1) << 59) // dj      # one division; what is left of 7 dj has a product under 2^62
        for i in range(j + 1, n):
            w[i] = (min(max(low[i, j], -7 * dj), 7 * dj) * turned) >> 39
        for i in range(j + 1, n):
            share = (w[i] * dj) >> 20
            low[i, j] = w[i]
            for k in range(j + 1, i + 1):
                low[i, k] -= (share * w[k]) >> 20
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


@njit(**FLAGS)
def _empty(a, b, i):
    """Whether nothing was ever seen of feature i."""
    some = b[i]
    for j in range(i + 1):
        some |= a[i, j]
    return some == 0
