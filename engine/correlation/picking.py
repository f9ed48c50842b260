"""Weights of one channel's patterns, chosen many times over: compiled, where `weights.py` looks at a window of pictures once.

The squared error of every unit (some samples that are restored or left together) is a quadratic form of the weights. Whole numbers of
1/UNIT are chosen by least squares and by the bits they take: of all patterns, and of as many as help most; for all units, then for those
that the last choice helped.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS
from engine.entropy.weights import MOST

_COUNT = 5      # bits that say how many weights follow
_ROUNDS = 3     # of choosing for those units that gain


@njit(**FLAGS)
def bits(z):
    """What weights `[K]` cost: the same as `weights.bits`."""
    last = 0
    for k in range(z.size):
        if z[k] != 0:
            last = k + 1
    total = _COUNT
    for k in range(last):
        size, more = abs(z[k]) + 4, 0
        while size >> (more + 3) > 0:
            more += 1
        total += 2 * (more + 2) - 1 + (1 if z[k] != 0 else 0)
    return total


@njit(**FLAGS)
def cost(z, a, b, price):
    """The squared error under weights z beside that under none, and what their bits cost."""
    total = price * bits(z)
    for i in range(z.size):
        if z[i] != 0:
            row = 0.0
            for k in range(z.size):
                row += a[i, k] * z[k]
            total += z[i] * (row - 2 * b[i])
    return total


@njit(**FLAGS)
def inverse(a):
    """Of a positive matrix, by Gauss and Jordan."""
    n = a.shape[0]
    out, m = np.eye(n), a.copy()
    for i in range(n):
        pivot = 1 / m[i, i]
        for k in range(n):
            m[i, k] *= pivot
            out[i, k] *= pivot
        for r in range(n):
            if r != i:
                by = m[r, i]
                for k in range(n):
                    m[r, k] -= by * m[i, k]
                    out[r, k] -= by * out[i, k]
    return out


@njit(**FLAGS)
def best(a, b, price):
    """Weights int64 `[K]` of least cost, for a and b in units of 1/UNIT: starts from rounded least squares of all patterns and of as many
    as help most, then moves one weight at a time."""
    n = b.size
    scale = 0.0
    for i in range(n):
        scale += a[i, i] / n
    chosen, least = np.zeros(n, np.int64), price * _COUNT
    if not scale > 0:
        return chosen
    held = a.copy()
    for i in range(n):
        held[i, i] += 1e-6 * scale
    way, there = inverse(held), np.ones(n, np.bool_)
    for _ in range(n):
        exact, other = np.zeros(n), np.zeros(n, np.int64)
        worst, loss = -1, np.inf
        for i in range(n):
            if there[i]:
                for k in range(n):
                    if there[k]:
                        exact[i] += way[i, k] * b[k]
                other[i] = np.int64(min(max(np.rint(exact[i]), -MOST), MOST))
                grows = exact[i] ** 2 / max(way[i, i], 1e-300)  # what the error grows by without it
                if grows < loss:
                    worst, loss = i, grows
        now = cost(other, a, b, price)
        if now < least:
            chosen, least = other, now
        if worst < 0:
            break
        there[worst] = False
        column, middle = way[:, worst].copy(), way[worst, worst]
        for i in range(n):
            for k in range(n):
                way[i, k] -= column[i] * column[k] / middle
    for _ in range(2):
        for k in range(n - 1, -1, -1):
            for move in range(3):
                was = chosen[k]
                to = 0 if move == 0 else was - 1 if move == 1 else was + 1
                if to == was or abs(to) > MOST:
                    continue
                chosen[k] = to
                now = cost(chosen, a, b, price)
                if now < least:
                    least = now
                else:
                    chosen[k] = was
    return chosen


@njit(**FLAGS)
def gains(a, b, z, out):
    """What the squared error of every unit falls by under weights z: a `[U, K, K]`, b `[U, K]` -> out `[U]`."""
    for u in range(out.size):
        out[u] = -cost(z, a[u], b[u], 0.0)


@njit(**FLAGS)
def pick(a, b, price, before, cheap, clearly):
    """Weights int64 `[K]` for patterns whose products are a float64 `[U, K, K]`, and with the error b `[U, K]`, by unit, in 1/UNIT. A bit
    costs `price`. before: weights that cost one bit. cheap: so many patterns come first that take little time; with others the gain must be
    `clearly` times as much."""
    units, n = b.shape
    chosen, most, plain = np.zeros(n, np.int64), 0.0, 0.0
    gained = np.empty(units)
    for turn in range(2):
        count = cheap if turn == 0 else n
        if turn == 1 and n <= cheap:
            break
        helped = np.ones(units, np.bool_)
        for attempt in range(_ROUNDS + 1):
            weights, taken = np.zeros(n, np.int64), price
            if attempt == 0:
                weights[:] = before
                if np.any(weights[count:]) or not np.any(weights):
                    continue
            else:
                aa, bb = np.zeros((count, count)), np.zeros(count)
                for u in range(units):
                    if helped[u]:
                        aa += a[u, :count, :count]
                        bb += b[u, :count]
                weights[:count] = best(aa, bb, price)
                taken += price * bits(weights)
            gains(a, b, weights, gained)
            total = -taken
            for u in range(units):
                total += max(gained[u], 0.0)
            needs = most if turn == 0 or np.any(chosen[cheap:]) else max(most, plain * clearly)
            if total > needs:
                chosen, most = weights, total
            if attempt > 0:
                now = gained > 0
                if not np.any(now) or np.all(now == helped):
                    break
                helped = now
        plain = most
    return chosen
