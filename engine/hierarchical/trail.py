"""The compiled coder of sound without loss: samples in the order of time. A sent linear predictor, an adaptive one over what it leaves, and
mixed contexts for the rest; all in whole numbers, reader and writer one function."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.entropy.coder import FLAGS, code_plain
from engine.hierarchical.least import bits
from engine.hierarchical.leftover import code_size

MOST = 32              # taps of the sent predictor
FRAME = 4096           # samples it holds for
ADAPTIVE = 24          # taps of the adaptive one over its own channel; as many over the channel before
CONTEXTS = 6
SLOTS = 1 << 14


@njit(**FLAGS)
def _half(v):
    """Class of a magnitude in half octaves, at most 15."""
    if v < 4:
        return max(v, 0)
    n = bits(v)
    c = 2 * n + ((v >> (n - 2)) & 1) - 2
    return c if c < 15 else 15


@njit(**FLAGS)
def _near(v, most):
    return min(max(v, -most), most)


@njit(**FLAGS)
def run(s, buf, x, taps, shift, prob, count, weight, low_prob, low_count, rate, stretch, squash):
    """Codes x int64 `[C, N]` below 2^33. taps int64 `[C, frames, MOST]` in 2^-shift, shift `[C, frames]`: the sent predictor, newest sample
    first."""
    s, buf, x, taps, shift, prob = borrowed(s), borrowed(buf), borrowed(x), borrowed(taps), borrowed(shift), borrowed(prob)
    count, weight, low_prob, low_count, rate = borrowed(count), borrowed(weight), borrowed(low_prob), borrowed(low_count), borrowed(rate)
    stretch, squash = borrowed(stretch), borrowed(squash)
    channels, n = x.shape
    idx = np.zeros(CONTEXTS, np.int64)
    dia = np.zeros(CONTEXTS, np.int64)
    inputs = 2 * ADAPTIVE
    left = np.zeros((channels, n + ADAPTIVE), np.int64)      # what the sent predictor leaves, from place ADAPTIVE on
    w = np.zeros((channels, inputs), np.int64)
    h = np.zeros(inputs, np.int64)
    fast = np.full(channels, 64, np.int64)
    slow = np.full(channels, 64 << 3, np.int64)
    last = np.zeros((channels, 2), np.int64)
    good = np.zeros((channels, 2), np.int64)                 # how far off lately: without, with the adaptive predictor
    for t in range(n):
        f = t // FRAME
        for c in range(channels):
            total = np.int64(0)
            for i in range(min(MOST, t)):
                total += taps[c, f, i] * x[c, t - 1 - i]
            sent = (total + (np.int64(1) << (shift[c, f] - 1))) >> shift[c, f] if shift[c, f] > 0 else total
            sent = _near(sent, np.int64(1) << 33)
            # ---- adaptive: over what was left before, and what was left of the channel before at this time too
            size = np.int64(1)
            for i in range(ADAPTIVE):
                h[i] = left[c, t + ADAPTIVE - 1 - i]
                h[ADAPTIVE + i] = left[c - 1, t + ADAPTIVE - i] if c > 0 else 0
            total = np.int64(0)
            used = inputs if c > 0 else ADAPTIVE
            for i in range(used):
                v = _near(h[i], np.int64(1) << 24)
                h[i] = v
                size += v * v
                total += w[c, i] * v
            more_ = _near((total + 32768) >> 16, np.int64(1) << 33)
            guess = sent + (more_ if good[c, 1] <= good[c, 0] else 0)
            # ---- the remainder
            scale = (2 * fast[c] + (slow[c] >> 3) + ((last[c, 0] + last[c, 1]) << 3)) >> 2
            k = bits(scale >> 4) - 2
            if k < 0:
                k = 0
            la, lf, ls = _half(scale >> (2 + k)), _half(fast[c] >> (2 + k)), _half(slow[c] >> (5 + k))
            l0, l1 = _half(last[c, 0] >> k), _half(last[c, 1] >> k)
            lm = _half(abs(more_) >> k)
            side = 0
            if c > 0:
                side = 1 + min(_half(abs(left[c - 1, t + ADAPTIVE]) >> k), 14)
            idx[0] = la * 16 + lf
            idx[1] = l0 * 16 + l1
            idx[2] = ls * 16 + lm
            idx[3] = min(k, 31) * 16 + la
            idx[4] = side * 16 + la
            idx[5] = (lf * 16 + l0) * 4 + min(ls >> 2, 3)
            rest = x[c, t] - guess
            a = abs(rest)
            for m in range(CONTEXTS):
                dia[m] = m * SLOTS + (idx[m] & 1023) * 16
            value = code_size(s, buf, a, k, min(la >> 2, 3), 40, dia, idx, CONTEXTS, prob, count, weight, low_prob, low_count, rate,
                              stretch, squash)
            if value and code_plain(s, buf, 1 if rest < 0 else 0, 1):
                value = -value
            x[c, t] = guess + value
            # ---- learning
            a = min(abs(value), np.int64(1) << 34)
            last[c, 1], last[c, 0] = last[c, 0], a
            fast[c] += ((a << 4) - fast[c]) >> 3
            slow[c] += ((a << 7) - slow[c]) >> 6
            now = x[c, t] - sent
            left[c, t + ADAPTIVE] = now
            miss = now - more_
            good[c, 0] += ((min(abs(now), np.int64(1) << 34) << 8) - good[c, 0]) >> 8
            good[c, 1] += ((min(abs(miss), np.int64(1) << 34) << 8) - good[c, 1]) >> 8
            miss = _near(miss, np.int64(1) << 24)
            over = max(0, bits(size) - 30)
            share = max(size >> over, 1)
            for i in range(used):
                w[c, i] = _near(w[c, i] + (((miss * h[i]) >> over) << 12) // share, np.int64(1) << 20)
