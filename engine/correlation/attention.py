"""Attention among the members of a set, at every place by itself: one compiled loop instead of products of thousands of tiny matrices."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS
from engine.short import kept, read

_FLAGS = {**FLAGS, "fastmath": True}
_LOG2E = np.float32(1.4426950408889634)
_LEAST = np.float32(-80)  # e to that is nothing
# 2**f for f within half of nought: ln(2)**k / k!, within a hundredth of what bfloat16 can tell
_P1, _P2, _P3, _P4, _P5 = (np.float32(v) for v in (0.69314718, 0.24022651, 0.05550411, 0.00961813, 0.00133336))


@njit(**_FLAGS)
def _exponentials(x):
    """x `[n]`, at most nought, becomes e**x: nothing but arithmetic, many at a time."""
    for i in range(x.size):
        v = max(x[i], _LEAST) * _LOG2E
        whole = np.floor(v + np.float32(0.5))
        f = v - whole
        power = np.float32(1) + f * (_P1 + f * (_P2 + f * (_P3 + f * (_P4 + f * _P5))))
        x[i] = power * np.uint32(np.uint32(np.int32(whole) + np.int32(127)) << np.uint32(23)).view(np.float32)


@njit(**_FLAGS)
def _turned(t, at, times, out):
    """Channels from `at` on of t `[places, channels]` into out `[channels, places]`: places lie side by side and are worked on together."""
    for c in range(out.shape[0]):
        for p in range(out.shape[1]):
            out[c, p] = read(t[p, at + c]) * times


@njit(**_FLAGS)
def _look(q, keys, values, score, out):
    """What one member sees, into out `[channels, places]`: q of the same shape, keys and values `[members, channels, places]`."""
    size, width = score.shape
    most, total = np.full(width, np.float32(-1e30), np.float32), np.zeros(width, np.float32)
    for m in range(size):
        s = score[m]
        s[:] = 0
        for c in range(q.shape[0]):
            a, b = q[c], keys[m, c]
            for p in range(width):
                s[p] += a[p] * b[p]
        for p in range(width):
            most[p] = max(most[p], s[p])
    for m in range(size):
        s = score[m]
        for p in range(width):
            s[p] -= most[p]
        _exponentials(s)
        for p in range(width):
            total[p] += s[p]
    for p in range(width):
        total[p] = 1 / total[p]
    for c in range(q.shape[0]):
        o = out[c]
        o[:] = 0
        for m in range(size):
            s, v = score[m], values[m, c]
            for p in range(width):
                o[p] += s[p] * v[p]
        for p in range(width):
            o[p] *= total[p]


@njit(**_FLAGS)
def attend(t, size, heads, of, out):
    """What members `of` `[W]` (rising) see in their sets of `size`, into out `[W, places, C]`. t `[M, places, 3 C]`: query, key and value
    of all."""
    places, c = out.shape[1], out.shape[2]
    each = c // heads
    by = np.float32(1 / np.sqrt(each))
    keys, values = np.empty((size, each, places), np.float32), np.empty((size, each, places), np.float32)
    query, seen, score = np.empty((each, places), np.float32), np.empty((each, places), np.float32), np.empty((size, places), np.float32)
    w = 0
    for first in range(0, t.shape[0], size):
        end = w
        while end < of.size and of[end] < first + size:
            end += 1
        for at in range(0, c, each):
            for m in range(size):
                _turned(t[first + m], c + at, np.float32(1), keys[m])
                _turned(t[first + m], 2 * c + at, np.float32(1), values[m])
            for n in range(w, end):
                _turned(t[of[n]], at, by, query)
                _look(query, keys, values, score, seen)
                to = out[n]
                for p in range(places):
                    for k in range(each):
                        to[p, at + k] = kept(seen[k, p], to[p, at + k])
        w = end
