"""Rough motion from small pictures: where the search of the pictures themselves begins. Encoder only.

Vectors are whole pixels of a quarter-size picture, int16 in quarter pixels of the full size.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lanes import differ8
from engine.lorentzian.patches import FAST

DENSE = 8               # pixels within which every vector is tried, beyond it every other one
AWAY = np.float32(0.6)  # absolute difference that a vector must save for each pixel of its length
AROUND = 2              # pixels by which a vector of a larger block is moved to suit a smaller one


@njit(**FAST)
def _price(cur, ref, y0, x0, y1, x1, dy, dx):
    """Absolute differences of a window from where (dy, dx) takes it, and what going there costs. Windows are 8x8 but for the edge's."""
    s = AWAY * (abs(dy) + abs(dx))
    if y1 - y0 == 8 and x1 - x0 == 8:
        return s + differ8(cur, y0, x0, np.float32(1), (ref, y0 + dy, x0 + dx))
    for i in range(y0, y1):
        for j in range(x0, x1):
            s += abs(cur[i, j] - ref[i + dy, j + dx])
    return s


@njit(**FAST)
def _walk(cur, ref, y0, x0, y1, x1, at, span, step, beyond, best, found):
    """Try what lies within `span` of the vector `at` in steps, but for `beyond` around nothing; the best goes to `found`, its price is
    returned."""
    h, w = cur.shape
    cy, cx = at[0], at[1]
    for dy in range(cy - span, cy + span + 1, step):
        if y0 + dy < 0 or y1 + dy > h:
            continue
        for dx in range(cx - span, cx + span + 1, step):
            if x0 + dx < 0 or x1 + dx > w or (abs(dy) <= beyond and abs(dx) <= beyond):
                continue
            s = _price(cur, ref, y0, x0, y1, x1, dy, dx)
            if s < best:
                best = s
                found[0], found[1] = dy, dx
    return best


@njit(**FAST)
def coarse_field(cur, ref, reach, out):
    """Search of 4x4 blocks, under windows of 8x8, within +-reach of where they lie: out `[h / 4, w / 4, 2]`.

    cur, ref float32 `[h, w]`: quarter-size planes, blocks of 16x16 at full size; of smaller planes vectors are as many times too short.
    """
    h, w = cur.shape
    at, found = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for bi in range(out.shape[0]):
        for bj in range(out.shape[1]):
            y0, x0, y1, x1 = max(bi * 4 - 2, 0), max(bj * 4 - 2, 0), min(bi * 4 + 6, h), min(bj * 4 + 6, w)
            at[:], found[:] = 0, 0
            best = _price(cur, ref, y0, x0, y1, x1, 0, 0)
            best = _walk(cur, ref, y0, x0, y1, x1, at, min(reach, DENSE), 1, 0, best, found)
            if reach > DENSE:
                best = _walk(cur, ref, y0, x0, y1, x1, at, (reach - 1) // 2 * 2, 2, DENSE, best, found)
                if max(abs(found[0]), abs(found[1])) > DENSE:
                    at[:] = found
                    _walk(cur, ref, y0, x0, y1, x1, at, 1, 1, DENSE, best, found)
            out[bi, bj, 0], out[bi, bj, 1] = found[0] * 16, found[1] * 16


@njit(**FAST)
def far_field(cur, ref, wide, reach, near, out):
    """What lies further away than the `reach` that `near` was looked for in: out `[h16, w16, 2]`, near ones where nothing there is better.

    cur, ref: quarter-size planes; wide `[h32, w32, 2]`: vectors of 32x32 blocks, of which each smaller one tries the four around it.
    """
    h, w = cur.shape
    at, found = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for bi in range(out.shape[0]):
        for bj in range(out.shape[1]):
            y0, x0, y1, x1 = max(bi * 4 - 2, 0), max(bj * 4 - 2, 0), min(bi * 4 + 6, h), min(bj * 4 + 6, w)
            best = np.float32(-1)
            found[0], found[1] = near[bi, bj, 0] >> 4, near[bi, bj, 1] >> 4
            for part in range(4):
                ci = min(max((bi >> 1) + (part >> 1) * (1 if bi & 1 else -1), 0), wide.shape[0] - 1)
                cj = min(max((bj >> 1) + (part & 1) * (1 if bj & 1 else -1), 0), wide.shape[1] - 1)
                vy, vx = np.int64(wide[ci, cj, 0]) >> 4, np.int64(wide[ci, cj, 1]) >> 4
                if max(abs(vy), abs(vx)) <= reach or (part and vy == at[0] and vx == at[1]):
                    continue
                if best < 0:
                    best = _price(cur, ref, y0, x0, y1, x1, found[0], found[1])
                at[0], at[1] = vy, vx
                best = _walk(cur, ref, y0, x0, y1, x1, at, AROUND, 1, -1, best, found)
            out[bi, bj, 0], out[bi, bj, 1] = found[0] * 16, found[1] * 16
