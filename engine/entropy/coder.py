"""Binary arithmetic coding with adaptive contexts and logistic mixing, in integers only: the same bits on every machine.

One function both writes and reads, so that writer and reader cannot disagree. Chances are 16 bits; mixing is Mahoney's ("Adaptive
Weighing of Context Models for Lossless Data Compression", 2005), and so is the 32-bit carry-less coder.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.startup import quick_loops

quick_loops()
LOW, HIGH, VALUE, POS, END, WRITING = range(6)      # slots of the coder's state, int64[6]
FLAGS = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


def writer(size: int) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for writing; the buffer grows by itself while `more_room` is asked between steps."""
    s = np.zeros(6, np.int64)
    s[HIGH], s[END], s[WRITING] = 0xFFFFFFFF, size, 1
    return s, np.empty(size + 16, np.uint8)     # not cleared: nobody reads further than what was written


def reader(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(state, buffer) for reading; past the end it reads zeros, so a hostile stream ends where its counts end."""
    s = np.zeros(6, np.int64)
    b = np.frombuffer(data, np.uint8).copy() if data else np.zeros(1, np.uint8)
    s[HIGH], s[END] = 0xFFFFFFFF, len(data)
    s[VALUE], s[POS] = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 4
    return s, b


def finish(s: np.ndarray, buf: np.ndarray) -> bytes:
    """The bytes written: enough to name one number inside the last interval; zeros at the end are implied."""
    low, high, tail = int(s[LOW]), int(s[HIGH]), b""
    if low:
        for n in range(1, 5):
            shift = 32 - 8 * n
            v = ((low + (1 << shift) - 1) >> shift) << shift
            if v <= high:
                tail = v.to_bytes(4, "big")[:n]
                break
    return (buf[:int(s[POS])].tobytes() + tail).rstrip(b"\0")


@njit(inline="always")
def code(s, buf, bit, p16):
    """Write `bit` (or read and return it) whose chance of being 1 is p16 / 65536, 1 <= p16 <= 65535."""
    low, high = s[LOW], s[HIGH]
    rng = high - low
    mid = low + (rng >> 16) * p16 + (((rng & 0xFFFF) * p16) >> 16)
    if s[WRITING] == 0:
        bit = 1 if s[VALUE] <= mid else 0
    if bit:
        high = mid
    else:
        low = mid + 1
    while (low ^ high) & 0xFF000000 == 0:
        if s[WRITING]:
            if s[POS] < s[END]:
                buf[s[POS]] = high >> 24
            s[POS] += 1
        else:
            nxt = 0
            if s[POS] < s[END]:
                nxt = buf[s[POS]]
            s[POS] += 1
            s[VALUE] = ((s[VALUE] << 8) & 0xFFFFFFFF) | nxt
        low = (low << 8) & 0xFFFFFFFF
        high = ((high << 8) & 0xFFFFFFFF) | 255
    s[LOW], s[HIGH] = low, high
    return bit


@njit(inline="always")
def code_mixed(s, buf, bit, prob, count, idx, n, weight, row, limit, rate, stretch, squash):
    """A decision under contexts idx[0..n), mixed in the logistic domain with weight[row]; all that took part learns from it."""
    dot = np.int64(0)
    for i in range(n):
        dot += np.int64(weight[row, i]) * stretch[prob[np.uint64(idx[i])] >> 4]
    dot >>= 16
    if dot > 2047:
        dot = 2047
    elif dot < -2047:
        dot = -2047
    p = np.int64(squash[dot + 2048])
    bit = code(s, buf, bit, p)
    target = 65535 if bit else 0
    err = (target - p) * 6
    for i in range(n):
        k = np.uint64(idx[i])      # unsigned: a place that cannot be counted from the end needs no look at its sign
        q = np.int64(prob[k])
        weight[row, i] += (stretch[q >> 4] * err + (1 << 17)) >> 18
        c = count[k]
        q += ((target - q) * rate[c]) >> 16
        prob[k] = min(max(q, 24), 65511)
        count[k] = c + (c < limit)      # always written: a branch would be guessed wrong too often
    return bit


@njit(inline="always")
def code_plain(s, buf, value, bits):
    """`bits` equiprobable bits of `value`, most significant first."""
    out = np.int64(0)
    for i in range(bits - 1, -1, -1):
        out = (out << 1) | code(s, buf, (value >> i) & 1, 32768)
    return out


@njit(inline="always")
def code_one(s, buf, bit, prob, count, k, limit, rate):
    """A decision under one adaptive context `k`."""
    q = np.int64(prob[k])
    bit = code(s, buf, bit, q)
    q += (((65535 if bit else 0) - q) * rate[count[k]]) >> 16
    prob[k] = min(max(q, 24), 65511)
    if count[k] < limit:
        count[k] += 1
    return bit
