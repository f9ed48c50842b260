"""Motion search of the encoder: predictive search on the decoded neighbours, block by block, with the price of vectors in mind.

The decoder never runs this; any search that fills a field makes a valid file.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.motion import FAST, MARGIN, MV_LIMIT, _inside
from engine.lorentzian.vectors import candidates, median_vector


@njit(inline="always")
def _bits(d):
    """Roughly what a vector difference costs, in bits."""
    d = abs(d)
    n = np.float32(1.0)
    while d > 0:
        n += np.float32(1.6)
        d >>= 1
    return n


@njit(**FAST)
def _sad(cur, ref, y, x, size, mvy, mvx, best):
    h, w = ref.shape[1] - 2 * MARGIN, ref.shape[2] - 2 * MARGIN
    qy = _inside(y * 4 + mvy, size, h) + MARGIN * 4
    qx = _inside(x * 4 + mvx, size, w) + MARGIN * 4
    ay, ax = qy >> 1, qx >> 1
    pa = ref[(ay & 1) * 2 + (ax & 1)]
    y0, x0 = ay >> 1, ax >> 1
    s = np.float32(0)
    if (qy & 1) == 0 and (qx & 1) == 0:
        for i in range(size):
            r = np.float32(0)
            for j in range(size):
                r += abs(cur[y + i, x + j] - pa[y0 + i, x0 + j])
            s += r
            if s > best:
                return s
    else:
        by, bx = (qy + 1) >> 1, (qx + 1) >> 1
        pb = ref[(by & 1) * 2 + (bx & 1)]
        y1, x1 = by >> 1, bx >> 1
        half = np.float32(0.5)
        for i in range(size):
            r = np.float32(0)
            for j in range(size):
                r += abs(cur[y + i, x + j] - half * (pa[y0 + i, x0 + j] + pb[y1 + i, x1 + j]))
            s += r
            if s > best:
                return s
    return s


@njit(**FAST)
def _sad_both(cur, left, right, y, x, size, ly, lx, ry, rx, tmp):
    """SAD of the mean of two patches."""
    h, w = left.shape[1] - 2 * MARGIN, left.shape[2] - 2 * MARGIN
    for i in range(size):
        for j in range(size):
            tmp[i, j] = 0
    half = np.float32(0.5)
    for side in range(2):
        ref = left if side == 0 else right
        qy = _inside(y * 4 + (ly if side == 0 else ry), size, h) + MARGIN * 4
        qx = _inside(x * 4 + (lx if side == 0 else rx), size, w) + MARGIN * 4
        ay, ax = qy >> 1, qx >> 1
        by, bx = (qy + 1) >> 1, (qx + 1) >> 1
        pa, pb = ref[(ay & 1) * 2 + (ax & 1)], ref[(by & 1) * 2 + (bx & 1)]
        y0, x0, y1, x1 = ay >> 1, ax >> 1, by >> 1, bx >> 1
        for i in range(size):
            for j in range(size):
                tmp[i, j] += half * half * (pa[y0 + i, x0 + j] + pb[y1 + i, x1 + j])
    s = np.float32(0)
    for i in range(size):
        r = np.float32(0)
        for j in range(size):
            r += abs(cur[y + i, x + j] - tmp[i, j])
        s += r
    return s


@njit(**FAST)
def _refine(cur, ref, y, x, size, my, mx, py, px, lam, depth):
    """Diamond search from (my, mx), whole pixels first, then half and quarter; (py, px) is the predicted vector."""
    best = _sad(cur, ref, y, x, size, my, mx, np.float32(1e30)) + lam * (_bits(my - py) + _bits(mx - px))
    step = 16 if depth > 1 else 8 if depth else 4
    while step >= 1:
        tries = 0
        moved = True
        while moved and tries < (12 if step >= 4 else 3):
            moved = False
            tries += 1
            cy, cx = my, mx
            for d in range(8):
                if d >= 4 and step > 2:
                    break
                ny = cy + (step if d == 0 or d == 4 or d == 5 else -step if d == 1 or d == 6 or d == 7 else 0)
                nx = cx + (step if d == 2 or d == 4 or d == 6 else -step if d == 3 or d == 5 or d == 7 else 0)
                if abs(ny) > MV_LIMIT or abs(nx) > MV_LIMIT:
                    continue
                price = lam * (_bits(ny - py) + _bits(nx - px))
                c = _sad(cur, ref, y, x, size, ny, nx, best - price) + price
                if c < best:
                    best, my, mx, moved = c, ny, nx, True
        step >>= 1
    return best, my, mx


@njit(**FAST)
def coarse_field(cur, ref, reach, out):
    """Full search of 4x4 blocks (16x16 at full size) on quarter-size planes, windows 8x8, within +-reach.

    out `[h16, w16, 2]` in quarter pixels of the full size.
    """
    h16, w16 = out.shape[0], out.shape[1]
    h, w = cur.shape
    for bi in range(h16):
        for bj in range(w16):
            y0, x0 = max(bi * 4 - 2, 0), max(bj * 4 - 2, 0)
            y1, x1 = min(bi * 4 + 6, h), min(bj * 4 + 6, w)
            best = np.float32(1e30)
            for dy in range(-reach, reach + 1):
                if y0 + dy < 0 or y1 + dy > h:
                    continue
                for dx in range(-reach, reach + 1):
                    if x0 + dx < 0 or x1 + dx > w:
                        continue
                    s = np.float32(0.6) * (abs(dy) + abs(dx))
                    for i in range(y0, y1):
                        for j in range(x0, x1):
                            s += abs(cur[i, j] - ref[i + dy, j + dx])
                        if s >= best:
                            break
                    if s < best:
                        best = s
                        out[bi, bj, 0], out[bi, bj, 1] = dy * 16, dx * 16


@njit(**FAST)
def search(cur, left, right, two, seed_left, seed_right, temporal, has_temporal, lam, depth, oy, ox, merge, split, mode, mv):
    """Choose motion for every 16x16 block of `cur` `[H, W]` float32.

    left, right: half-pel references; two: both sides allowed; seed_*: coarse vectors `[h16, w16, 2]`; temporal int16 `[2, h16, w16, 2]`.
    (oy, ox) is where the field's tile starts in the picture. Fills merge int8 `[h16, w16]` (candidate number or -1), split uint8, and
    mode and mv on the 8x8 grid.
    """
    h16, w16 = merge.shape
    tmp = np.zeros((16, 16), np.float32)
    cmode = np.zeros(4, np.int64)
    cmv = np.zeros((4, 2, 2), np.int64)
    mvs = np.zeros((2, 2), np.int64)
    sub = np.zeros((4, 2), np.int64)
    big = np.float32(1e30)
    for bi in range(h16):
        for bj in range(w16):
            y, x = oy + bi * 16, ox + bj * 16
            n = candidates(bi, bj, two, temporal, has_temporal, mode, mv, cmode, cmv)
            best, best_merge = big, -1
            for c in range(n):
                if cmode[c] == 0:
                    s = _sad_both(cur, left, right, y, x, 16, cmv[c, 0, 0], cmv[c, 0, 1], cmv[c, 1, 0], cmv[c, 1, 1], tmp)
                elif cmode[c] == 1:
                    s = _sad(cur, left, y, x, 16, cmv[c, 0, 0], cmv[c, 0, 1], big)
                else:
                    s = _sad(cur, right, y, x, 16, cmv[c, 1, 0], cmv[c, 1, 1], big)
                s += lam * np.float32(0.4 + 0.8 * c)
                if s < best:
                    best, best_merge = s, c
            merge_cost = best
            if merge_cost < lam * 6:  # nothing to gain
                merge[bi, bj], split[bi, bj] = best_merge, 0
                _fill(mode, mv, bi, bj, cmode[best_merge], cmv[best_merge])
                continue
            costs0, costs1 = big, big
            for side in range(2 if two else 1):
                ref = left if side == 0 else right
                seed = seed_left if side == 0 else seed_right
                py, px = median_vector(side, bi * 2, bj * 2, 2, mode, mv)
                sy, sx = py, px
                s0 = _sad(cur, ref, y, x, 16, py, px, big)
                for c in range(n + 1):
                    if c < n:
                        if cmode[c] != 0 and cmode[c] != side + 1:
                            continue
                        ty, tx = cmv[c, side, 0], cmv[c, side, 1]
                    else:
                        ty, tx = np.int64(seed[bi, bj, 0]), np.int64(seed[bi, bj, 1])
                    price = lam * (_bits(ty - py) + _bits(tx - px))
                    s = _sad(cur, ref, y, x, 16, ty, tx, s0 - price) + price
                    if s < s0:
                        s0, sy, sx = s, ty, tx
                s, sy, sx = _refine(cur, ref, y, x, 16, sy, sx, py, px, lam, depth)
                mvs[side, 0], mvs[side, 1] = sy, sx
                if side == 0:
                    costs0 = s + lam * 3
                else:
                    costs1 = s + lam * 3
            m, own = 1, costs0
            if two:
                if costs1 < own:
                    m, own = 2, costs1
                ply, plx = median_vector(0, bi * 2, bj * 2, 2, mode, mv)
                pry, prx = median_vector(1, bi * 2, bj * 2, 2, mode, mv)
                rate = lam * (3 + _bits(mvs[0, 0] - ply) + _bits(mvs[0, 1] - plx) + _bits(mvs[1, 0] - pry) + _bits(mvs[1, 1] - prx))
                s = _sad_both(cur, left, right, y, x, 16, mvs[0, 0], mvs[0, 1], mvs[1, 0], mvs[1, 1], tmp) + rate
                if s < own:
                    m, own = 0, s
                    # one joint step: move each side a quarter pixel at a time while it helps
                    for side in range(2):
                        for d in range(4):
                            was_y, was_x = mvs[side, 0], mvs[side, 1]
                            mvs[side, 0] += 1 if d == 0 else -1 if d == 1 else 0
                            mvs[side, 1] += 1 if d == 2 else -1 if d == 3 else 0
                            s = _sad_both(cur, left, right, y, x, 16, mvs[0, 0], mvs[0, 1], mvs[1, 0], mvs[1, 1], tmp) + rate
                            if s < own:
                                own = s
                            else:
                                mvs[side, 0], mvs[side, 1] = was_y, was_x
            if merge_cost <= own:
                merge[bi, bj], split[bi, bj] = best_merge, 0
                _fill(mode, mv, bi, bj, cmode[best_merge], cmv[best_merge])
                continue
            merge[bi, bj], split[bi, bj] = -1, 0
            _fill(mode, mv, bi, bj, m, mvs)
            if depth and own > lam * 24 and m != 0:
                # four vectors instead of one, when they pay
                side = m - 1
                ref = left if side == 0 else right
                total = lam * 4
                for k in range(4):
                    yy, xx = y + (k >> 1) * 8, x + (k & 1) * 8
                    s, sy, sx = _refine(cur, ref, yy, xx, 8, mvs[side, 0], mvs[side, 1], mvs[side, 0], mvs[side, 1], lam, 0)
                    total += s
                    sub[k, 0], sub[k, 1] = sy, sx
                    if total > own:
                        break
                if total < own:
                    split[bi, bj] = 1
                    for k in range(4):
                        for c in range(2):
                            mv[side, bi * 2 + (k >> 1), bj * 2 + (k & 1), c] = sub[k, c]


@njit(**FAST)
def _fill(mode, mv, bi, bj, m, v):
    for i in range(bi * 2, bi * 2 + 2):
        for j in range(bj * 2, bj * 2 + 2):
            mode[i, j] = m
            for side in range(2):
                for c in range(2):
                    mv[side, i, j, c] = v[side, c] if (m == 0 or m == side + 1) else 0
