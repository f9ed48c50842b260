"""The compiled walk for those in a hurry: as `walk`, with one least-squares predictor over few inputs, no network, and three contexts."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.entropy.coder import FLAGS, code_one
from engine.hierarchical.least import TOGETHER, add, bits, gather, solve
from engine.hierarchical.leftover import code_size, memory
from engine.hierarchical.walk import CLIP, _half, _near

NEIGHBOURS = 6         # looked at: one to start from, five as inputs
INPUTS = 7             # and two of one parent
CONTEXTS = 3
SLOTS = 1 << 13


class SwiftState:
    """What the coder of one block learns as it goes; starts knowing nothing."""

    def __init__(self, channels: int) -> None:
        self.prob, self.count, self.weight, self.low_prob, self.low_count = memory(CONTEXTS, SLOTS, 65536 * 2 // 3)
        self.ls_a, self.ls_b = np.zeros((channels, INPUTS, INPUTS), np.int64), np.zeros((channels, INPUTS), np.int64)
        self.ls_w, self.ls_n = np.zeros((channels, INPUTS), np.int64), np.zeros(channels, np.int64)
        self.hist = np.full((channels, 2), 16, np.int64)


@njit(**FLAGS)
def walk(s, buf, q, skip, mag, rows, near, parents, shift, ls_a, ls_b, ls_w, ls_n, hist, prob, count, weight, low_prob, low_count, rate,
         stretch, squash):
    """See `walk.walk`; of the parents only the first counts."""
    s, buf, q, skip, mag, rows = borrowed(s), borrowed(buf), borrowed(q), borrowed(skip), borrowed(mag), borrowed(rows)
    near, parents, shift, ls_a, ls_b = borrowed(near), borrowed(parents), borrowed(shift), borrowed(ls_a), borrowed(ls_b)
    ls_w, ls_n, hist, prob, count = borrowed(ls_w), borrowed(ls_n), borrowed(hist), borrowed(prob), borrowed(count)
    weight, low_prob, low_count, rate = borrowed(weight), borrowed(low_prob), borrowed(low_count), borrowed(rate)
    stretch, squash = borrowed(stretch), borrowed(squash)
    channels, height, width = q.shape
    u = np.zeros(INPUTS, np.int64)
    idx = np.zeros(CONTEXTS, np.int64)
    dia = np.zeros(CONTEXTS, np.int64)
    low = np.zeros((INPUTS, INPUTS), np.int64)
    d = np.zeros(INPUTS, np.int64)
    sums = np.zeros((INPUTS + 1, INPUTS + 1), np.int64)
    waiting, filled = np.zeros((channels, INPUTS + 1, TOGETHER), np.int32), np.zeros(channels, np.int64)
    masked = skip.size > 0
    for r in range(rows.shape[0]):
        kind, y0, dy, x0, dx = rows[r, 0], rows[r, 2], rows[r, 3], rows[r, 4], rows[r, 5]
        n = min(rows[r, 6], NEIGHBOURS)
        for c in range(channels):
            for i in range(INPUTS):
                ls_b[c, i] >>= 3
                for j in range(i + 1):
                    ls_a[c, i, j] >>= 3
        for y in range(y0, height, dy):
            for x in range(x0, width, dx):
                for c in range(channels):
                    sh = shift[c]
                    found, both = False, False
                    ref = np.int64(0)
                    m0 = np.int64(0)
                    ya, xa = y + near[r, 0, 0], x + near[r, 0, 1]
                    yb, xb = y + near[r, 1, 0], x + near[r, 1, 1]
                    inside = 0 <= yb < height and 0 <= xb < width
                    if ya >= 0 and xa >= 0:
                        ref = q[c, ya, xa]
                        found, both = True, inside
                    elif inside:
                        ref = q[c, yb, xb]
                        ya, xa = yb, xb
                        found = True
                    for i in range(1, n):
                        yy, xx = y + near[r, i, 0], x + near[r, i, 1]
                        if yy >= 0 and xx >= 0 and yy < height and xx < width:
                            u[i - 1] = _near((q[c, yy, xx] - ref) >> sh, CLIP)
                        else:
                            u[i - 1] = 0
                    pm = np.int64(-1)
                    u[INPUTS - 2] = 0
                    u[INPUTS - 1] = 0
                    p = parents[c, 0]
                    if p >= 0:
                        pm = np.int64(mag[p, y, x])
                        if found:
                            base = q[p, ya, xa]
                            u[INPUTS - 2] = _near((q[p, y, x] - base) >> shift[p], CLIP)
                            if both:
                                u[INPUTS - 1] = _near((q[p, yb, xb] - base) >> shift[p], CLIP)
                    if found:
                        m0 = np.int64(mag[c, ya, xa])
                    m1 = np.int64(mag[c, yb, xb]) if both else m0
                    half = (u[0] << 15) if (both and kind > 0) else np.int64(0)
                    v = half
                    top, bottom = np.int64(0), np.int64(0)
                    for i in range(INPUTS):
                        v += ls_w[c, i] * u[i]
                        top = max(top, u[i])
                        bottom = min(bottom, u[i])
                    reach = (top - bottom + 2) << 16
                    v = min(max(v, (bottom << 16) - reach), (top << 16) + reach)
                    guess = ref + (((v + 32768) >> 16) << sh)
                    if masked and skip[c, y, x]:
                        if skip[c, y, x] == 1:
                            q[c, y, x] = guess
                            mag[c, y, x] = 0
                        continue
                    part = ((v + 32768) >> 13) & 7
                    fast, slow = hist[c, 0], hist[c, 1]
                    scale = (2 * fast + ((m0 + m1) << 4) + slow) >> 2
                    k = bits(scale >> 4) - 1
                    if k < 0:
                        k = 0
                    la, lf = _half(scale >> (1 + k)), _half(fast >> (1 + k))
                    lm = _half((2 * m0 + 2 * m1) >> k)
                    lu = _half(((abs(u[0]) + abs(u[1])) << sh) >> k)
                    lp = 0 if pm < 0 else 1 + min(_half((2 * pm) >> k), 14)
                    kf = min(k, 3)
                    dia[0] = ((la * 16 + lf) * 2 + (1 if kf else 0)) * 16
                    dia[1] = SLOTS + ((lu * 16 + lm) * 2 + (1 if kf else 0)) * 16
                    dia[2] = 2 * SLOTS + ((lp * 8 + part) * 4 + kf) * 16
                    rest = q[c, y, x] - guess
                    a = abs(rest)
                    value = code_size(s, buf, a, k, kf, 58, dia, idx, CONTEXTS, prob, count, weight, low_prob, low_count, rate, stretch,
                                      squash)
                    if value:
                        at = 2048 + (min(part, 7) * 3 + (0 if u[0] == 0 else 1 if u[0] > 0 else 2)) * 2 + (1 if value > 1 else 0)
                        if code_one(s, buf, 1 if rest < 0 else 0, low_prob, low_count, at, 250, rate):
                            value = -value
                    q[c, y, x] = guess + value
                    a = abs(value)
                    mag[c, y, x] = min(a, 1 << 28)
                    a = min(a, 1 << 40) << 4
                    hist[c, 0] += (a - fast) >> 2
                    hist[c, 1] += ((a - slow) + 16) >> 5
                    miss = ((_near((q[c, y, x] - ref) >> sh, CLIP) << 16) - half) >> 8
                    at = filled[c]
                    for i in range(INPUTS):
                        waiting[c, i, at] = u[i]
                    waiting[c, INPUTS, at] = miss
                    filled[c] = at + 1
                    ls_n[c] += 1
                    seen = ls_n[c]
                    ripe = seen & 63 == 0 or (seen < 64 and seen & 7 == 0)
                    if ripe or filled[c] == TOGETHER:
                        gather(waiting[c], filled[c], INPUTS, sums)
                        add(sums, ls_a[c], ls_b[c])
                        filled[c] = 0
                    if ripe:
                        solve(ls_a[c], ls_b[c], INPUTS, ls_w[c], low, d)
                        if seen >= 512 or ls_a[c, 0, 0] > (np.int64(1) << 54):
                            for i in range(INPUTS):
                                for j in range(i + 1):
                                    ls_a[c, i, j] -= ls_a[c, i, j] >> 4
                                ls_b[c, i] -= ls_b[c, i] >> 4
        for c in range(channels):
            if filled[c]:
                gather(waiting[c], filled[c], INPUTS, sums)
                add(sums, ls_a[c], ls_b[c])
                filled[c] = 0
