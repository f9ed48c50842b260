"""Least squares by a compiled loop: libraries for matrices start threads of their own, which for so little work wait for each other."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.correlation.picking import inverse
from engine.entropy.coder import FLAGS

_FLAGS = {**FLAGS, "fastmath": {"contract", "reassoc"}}


@njit(**_FLAGS)
def _products(seen, wanted, count, a, b):
    """a `[F, F]` and b `[F]` become the weighted products of seen `[F, n]` with itself and with wanted `[n]`."""
    held = np.empty(seen.shape[1])
    for i in range(seen.shape[0]):
        for k in range(held.size):
            held[k] = seen[i, k] * count[k]
        total = 0.0
        for k in range(held.size):
            total += held[k] * wanted[k]
        b[i] = total
        for j in range(i + 1):
            total = 0.0
            for k in range(held.size):
                total += held[k] * seen[j, k]
            a[i, j] = a[j, i] = total


@njit(**_FLAGS)
def least(seen, wanted, count, ridge):
    """(weights `[F]`, offset) of what is seen `[F, n]` that come nearest to what is wanted `[n]`, each sample counting as much as `count`
    `[n]` says; ridge: what a weight of one costs for each sample."""
    features, n = seen.shape
    total, level = 0.0, 0.0
    for k in range(n):
        total += count[k]
        level += count[k] * wanted[k]
    level /= total
    middle, centred, rest = np.zeros(features), np.empty(seen.shape), np.empty(n)
    for i in range(features):
        part = 0.0
        for k in range(n):
            part += count[k] * seen[i, k]
        middle[i] = part / total
        for k in range(n):
            centred[i, k] = seen[i, k] - middle[i]
    for k in range(n):
        rest[k] = wanted[k] - level
    a, b = np.empty((features, features)), np.empty(features)
    _products(centred, rest, count, a, b)
    for i in range(features):
        a[i, i] += ridge * total
    way, weights = inverse(a), np.zeros(features)
    for i in range(features):
        for k in range(features):
            weights[i] += way[i, k] * b[k]
        level -= weights[i] * middle[i]
    return weights, level


@njit(**_FLAGS)
def doubted(seen, wanted, weights, offset, count):
    """count `[n]` becomes small where weights and offset fit badly."""
    for k in range(wanted.size):
        off = offset - wanted[k]
        for i in range(weights.size):
            off += weights[i] * seen[i, k]
        count[k] = 1 / (1 + off * off)
