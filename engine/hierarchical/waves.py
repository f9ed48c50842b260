"""The compiled coder of lossy sound: steps of bands and quantised coefficients under mixed contexts; reader and writer are one function."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.entropy.coder import FLAGS, code_mixed, code_one, code_plain

CONTEXTS = 6
SLOTS = 1 << 14


@njit(**FLAGS)
def _size(v):
    """Class of a magnitude, at most 11."""
    if v < 5:
        return v
    if v < 7:
        return 5
    if v < 10:
        return 6
    if v < 15:
        return 7
    if v < 24:
        return 8
    if v < 40:
        return 9
    return 10 if v < 80 else 11


@njit(**FLAGS)
def run(s, buf, k, step, starts, first, last, table, prob, count, weight, low_prob, low_count, rate, stretch, squash):
    """Codes bands first .. last - 1 of k int64 `[C, F, N]` (signed counts) and step int64 `[C, F, B]` (places in `table`)."""
    s, buf, k, step, starts, table = borrowed(s), borrowed(buf), borrowed(k), borrowed(step), borrowed(starts), borrowed(table)
    prob, count, weight, low_prob, low_count = borrowed(prob), borrowed(count), borrowed(weight), borrowed(low_prob), borrowed(low_count)
    rate, stretch, squash = borrowed(rate), borrowed(stretch), borrowed(squash)
    channels, frames, bins = k.shape
    idx = np.zeros(CONTEXTS, np.int64)
    top = table.size - 1
    for f in range(frames):
        for c in range(channels):
            for b in range(first, last):
                # ---- the step: its difference to the frame before, else to the band below
                known = step[c, f - 1, b] if f > 0 else (step[c, f, b - 1] if b > first else np.int64(24))
                drift = step[c, f, b - 1] - step[c, f - 1, b - 1] if f > 0 and b > first else np.int64(0)
                row = 3000 + (min(max(drift, -3), 3) + 3) * 40 + (280 if f == 0 else 0)
                d = step[c, f, b] - known
                if code_one(s, buf, 1 if d != 0 else 0, low_prob, low_count, row, 250, rate):
                    minus = code_one(s, buf, 1 if d < 0 else 0, low_prob, low_count, row + 1, 250, rate)
                    size = abs(d)
                    got = np.int64(1)
                    while got < 95:
                        if code_one(s, buf, 1 if size > got else 0, low_prob, low_count, row + 2 + min(got, 30), 250, rate) == 0:
                            break
                        got += 1
                    d = -got if minus else got
                else:
                    d = np.int64(0)
                now = min(max(known + d, 0), top)
                step[c, f, b] = now
                width = table[now]
                # ---- the coefficients
                for i in range(starts[b], starts[b + 1]):
                    n1 = abs(k[c, f, i - 1]) if i > 0 else np.int64(0)
                    n2 = abs(k[c, f, i - 2]) if i > 1 else np.int64(0)
                    if i - 1 < starts[b] and b > 0:
                        w = table[step[c, f, b - 1]]
                        n1 = n1 * w // width
                        n2 = n2 * w // width
                    elif i - 2 < starts[b] and b > 0:
                        n2 = n2 * table[step[c, f, b - 1]] // width
                    p = np.int64(0)
                    q = np.int64(0)
                    far = np.int64(0)
                    if f > 0:
                        w = table[step[c, f - 1, b]]
                        mid = abs(k[c, f - 1, i]) * w
                        left = abs(k[c, f - 1, i - 1]) * w if i > 0 else mid
                        right = abs(k[c, f - 1, i + 1]) * w if i + 1 < starts[last] else mid
                        p = (left + 2 * mid + right) // (2 * width)
                        q = 2 * mid // width
                        if f > 1:
                            far = 2 * abs(k[c, f - 2, i]) * table[step[c, f - 2, b]] // width
                        if i + 2 < starts[last]:
                            far += abs(k[c, f - 1, i + 2]) * w // width
                    n3 = abs(k[c, f, i - 3]) if i - 3 >= starts[b] else n2
                    side = np.int64(0)
                    if c > 0:
                        side = 1 + min(2 * abs(k[0, f, i]) * table[step[0, f, b]] // width, 60)
                    near = _size(2 * n1 + n2)
                    past = _size(p)
                    place = min(i * 32 // bins, 31)
                    h0 = near * 12 + past
                    h1 = _size(n1) * 12 + _size(n2)
                    h2 = _size(q) * 12 + _size(far)
                    h3 = min(b, 47) * 12 + _size(n1 + n2 + n3)
                    h4 = _size(2 * n1 + n2 + p + n3 + far // 2) * 32 + place
                    h5 = _size(side) * 12 + _size(n1 + n2 + p)
                    v = k[c, f, i]
                    a = abs(v)
                    got = np.int64(0)
                    mixed = min(_size(n1 + n2 + p), 7)
                    while got < 18:
                        j = min(got, 15)
                        idx[0] = h0 * 16 + j
                        idx[1] = SLOTS + h1 * 16 + j
                        idx[2] = 2 * SLOTS + h2 * 16 + j
                        idx[3] = 3 * SLOTS + h3 * 16 + j
                        idx[4] = 4 * SLOTS + h4 * 16 + j
                        idx[5] = 5 * SLOTS + h5 * 16 + j
                        more = code_mixed(s, buf, 1 if a > got else 0, prob, count, idx, CONTEXTS, weight, min(got, 2) * 8 + mixed, 250,
                                          rate, stretch, squash)
                        if more == 0:
                            break
                        got += 1
                    if got == 18:
                        beyond = a - 17
                        length = np.int64(1)
                        while length < 24:
                            if code_one(s, buf, 1 if beyond >> length else 0, low_prob, low_count, 100 + length, 250, rate) == 0:
                                break
                            length += 1
                        low = np.int64(1) << (length - 1)
                        beyond = low | code_plain(s, buf, beyond & (low - 1), length - 1)
                        got = 17 + beyond
                    if got and code_plain(s, buf, 1 if v < 0 else 0, 1):
                        got = -got
                    k[c, f, i] = got
