"""The adaptive part of the codec's entropy coder: how contexts and mixing weights learn. Integers only, the same bits on every machine.

The arithmetic coder itself is `engine.entropy.coder`. Contexts here start from shipped tables and remember `MEMORY` decisions; a mixed
decision combines several of them in the logistic domain with weights that adapt (Mahoney, "Adaptive Weighing of Context Models for
Lossless Data Compression", 2005). What general data learns by (`engine.entropy`) has other constants, and files pin both.

Tables `stretch` and `squash` are part of the shipped model (`tables.py`), never computed on the host that reads a file.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy import coder
from engine.entropy.coder import END, FLAGS, POS, code, code_plain, finish

MEMORY = 6      # slot of the coder's state behind those of `engine.entropy.coder`
U = np.uint64   # of places: numba need not ask whether they count from the end, and runs loops over them on vectors
REMEMBER = 250  # a context adapts like the mean of at most this many decisions (a quarter of it where it decides alone)


def writer(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for writing up to `size` bytes; more only move `state[POS]` past `state[END]`."""
    state, buffer = coder.writer(size)
    return np.append(state, REMEMBER), buffer


def reader(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for reading `data`; past its end the coder reads zeros, so a hostile stream cannot run away."""
    state, buffer = coder.reader(data)
    return np.append(state, REMEMBER), buffer


def bits(s: np.ndarray) -> float:
    """What was written so far, in bits."""
    return 8 * int(s[POS]) - float(np.log2((int(s[coder.HIGH]) - int(s[coder.LOW]) + 1) / 2 ** 32))


@njit(inline="always")
def adapt(prob, count, k, bit, rate, limit):
    """Move probability k towards `bit`: fast while it is young (rate[n] = 65536 / (n + 1.5)), slowly later."""
    k = U(k)
    n = count[k]
    p = np.int64(prob[k])
    target = 65535 if bit else 0
    p += ((target - p) * rate[U(n)]) >> 16
    prob[k] = min(max(p, 32), 65503)
    if n < limit:
        count[k] = n + 1


@njit(**FLAGS)
def code_one(s, buf, bit, prob, count, k, rate):
    """A decision under a single adaptive context `k`."""
    bit = code(s, buf, bit, np.int64(prob[k]))
    adapt(prob, count, k, bit, rate, s[MEMORY] >> 2)
    return bit


@njit(**FLAGS)
def code_large(s, buf, value, prob, count, unary, first, rate):
    """A number from 1 to 2^14 - 1: its exponent in unary under contexts `unary`.., the next bit under `first` + exponent, then plain."""
    bits = np.int64(0)
    if s[coder.WRITING]:
        while (value >> (bits + 1)) > 0:
            bits += 1
    got = np.int64(0)
    while got < 13 and code_one(s, buf, 1 if got < bits else 0, prob, count, unary + got, rate):
        got += 1
    if got == 0:
        return np.int64(1)
    rest = value & ((np.int64(1) << got) - 1)
    top = code_one(s, buf, rest >> (got - 1), prob, count, first + got, rate)
    rest = (top << (got - 1)) | code_plain(s, buf, rest & ((np.int64(1) << (got - 1)) - 1), got - 1)
    return (np.int64(1) << got) | rest


@njit(inline="always")
def mixed(prob, idx, n, weight, row, stretch, squash):
    """Chance, of 65536, that a decision under contexts idx[0..n), mixed with weight[row], is 1."""
    dot = np.int64(0)
    for i in range(n):
        dot += np.int64(weight[U(row), U(i)]) * stretch[U(prob[U(idx[i])] >> 4)]
    dot >>= 16
    if dot > 2047:
        dot = 2047
    elif dot < -2047:
        dot = -2047
    return np.int64(squash[U(dot + 2048)])


@njit(inline="always")
def code_mixed(s, buf, bit, prob, count, rate, idx, n, weight, row, stretch, squash):
    """A decision under contexts idx[0..n), mixed with weight[row]. Updates probabilities and weights."""
    p = mixed(prob, idx, n, weight, row, stretch, squash)
    bit = code(s, buf, bit, p)
    err = ((65535 if bit else 0) - p) * 10
    for i in range(n):
        k = idx[i]
        weight[U(row), U(i)] += (np.int64(stretch[U(prob[U(k)] >> 4)]) * err + (1 << 19)) >> 20
        adapt(prob, count, k, bit, rate, s[MEMORY])
    return bit


__all__ = ["END", "FLAGS", "MEMORY", "POS", "REMEMBER", "U", "adapt", "code_mixed", "code_one", "code_plain", "finish", "mixed", "reader",
           "writer"]
