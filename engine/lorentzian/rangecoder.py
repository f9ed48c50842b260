"""Binary arithmetic coding with adaptive probabilities and logistic mixing, in integers only: the same bits on every machine.

One function, `code`, both writes and reads, so that writer and reader cannot disagree about the model. Probabilities are 16-bit
chances of a 1. A mixed decision combines several context probabilities in the logistic domain with weights that adapt
(Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", 2005); the 32-bit carry-less coder is the same author's.

Tables `stretch` and `squash` are part of the shipped model (`tables.py`), never computed on the host that reads a file.
"""
from __future__ import annotations

import numpy as np
from numba import njit

# Slots of the coder state, int64[8].
LOW, HIGH, VALUE, POS, END, WRITING, FULL, MEMORY = range(8)
REMEMBER = 250  # a context adapts like the mean of at most this many decisions (a quarter of it where it decides alone)

FLAGS = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


def writer(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for writing up to `size` bytes."""
    s = np.zeros(8, np.int64)
    s[HIGH], s[END], s[WRITING], s[MEMORY] = 0xFFFFFFFF, size, 1, REMEMBER
    return s, np.zeros(size + 8, np.uint8)


def reader(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for reading `data`; past its end the coder reads zeros, so a hostile stream cannot run away."""
    s = np.zeros(8, np.int64)
    b = np.frombuffer(data, np.uint8).copy()
    s[HIGH], s[END], s[MEMORY] = 0xFFFFFFFF, len(b), REMEMBER
    v = 0
    for i in range(4):
        v = v << 8 | (int(b[i]) if i < len(b) else 0)
    s[VALUE], s[POS] = v, 4
    return s, b


@njit(**FLAGS)
def flush(s, buf):
    """End of a stream: enough bytes to name one number inside the interval (zeros that follow are implied)."""
    if s[LOW] == 0:
        return
    # The shortest byte string v000... with LOW <= v <= HIGH.
    for n in range(1, 5):
        shift = 32 - 8 * n
        v = ((s[LOW] + (1 << shift) - 1) >> shift) << shift
        if v <= s[HIGH]:
            for k in range(n):
                buf[s[POS]] = (v >> (24 - 8 * k)) & 255
                s[POS] += 1
            return


@njit(inline="always")
def code(s, buf, bit, p16):
    """Write `bit` (or read and return it) whose chance of being 1 is p16 / 65536, 1 <= p16 <= 65535."""
    rng = s[HIGH] - s[LOW]
    mid = s[LOW] + (rng >> 16) * p16 + (((rng & 0xFFFF) * p16) >> 16)
    if s[WRITING] == 0:
        bit = 1 if s[VALUE] <= mid else 0
    if bit:
        s[HIGH] = mid
    else:
        s[LOW] = mid + 1
    while (s[LOW] ^ s[HIGH]) & 0xFF000000 == 0:
        if s[WRITING]:
            if s[POS] >= s[END]:
                s[FULL] = 1
                s[POS] = 0
            buf[s[POS]] = s[HIGH] >> 24
            s[POS] += 1
        else:
            nxt = 0
            if s[POS] < s[END]:
                nxt = buf[s[POS]]
            s[POS] += 1
            s[VALUE] = ((s[VALUE] << 8) & 0xFFFFFFFF) | nxt
        s[LOW] = (s[LOW] << 8) & 0xFFFFFFFF
        s[HIGH] = ((s[HIGH] << 8) & 0xFFFFFFFF) | 255
    return bit


@njit(inline="always")
def adapt(prob, count, k, bit, rate, limit):
    """Move probability k towards `bit`: fast while it is young (rate[n] = 65536 / (n + 1.5)), slowly later."""
    n = count[k]
    p = np.int64(prob[k])
    target = 65535 if bit else 0
    p += ((target - p) * rate[n]) >> 16
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
def code_mixed(s, buf, bit, prob, count, rate, idx, n, weight, row, stretch, squash):
    """A decision under contexts idx[0..n), mixed with weight[row]. Updates probabilities and weights."""
    dot = np.int64(0)
    for i in range(n):
        dot += np.int64(weight[row, i]) * stretch[prob[idx[i]] >> 4]
    dot >>= 16
    if dot > 2047:
        dot = 2047
    elif dot < -2047:
        dot = -2047
    p = np.int64(squash[dot + 2048])
    bit = code(s, buf, bit, p)
    err = ((65535 if bit else 0) - p) * 10
    for i in range(n):
        k = idx[i]
        weight[row, i] += (np.int64(stretch[prob[k] >> 4]) * err + (1 << 19)) >> 20
        adapt(prob, count, k, bit, rate, s[MEMORY])
    return bit


@njit(**FLAGS)
def code_plain(s, buf, value, bits):
    """`bits` equiprobable bits of `value`, most significant first."""
    out = 0
    for i in range(bits - 1, -1, -1):
        out = out << 1 | code(s, buf, (value >> i) & 1, 32768)
    return out
