"""Motion search of the encoder: predictive search on the decoded neighbours, block by block, with the price of vectors in mind.

The decoder never runs this; any search that fills a field makes a valid file.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.motion import MV_LIMIT
from engine.lorentzian.patches import FAST, cost_of, sad, sad_both
from engine.lorentzian.vectors import MERGES, candidates, fill, median_vector

BIT = np.float32(0.1)   # squared steps worth one bit of motion
CLOSE = np.float32(100)  # a block's own motion this many bits above the best is still tuned
FARTHER = np.float32(0.85)  # share of what a near start leaves that a far one must stay under: far away much is alike by chance
STILL = 2                # of two sides the right one is the picture of a camera that stands still
SPLIT = np.float32(16)  # bits a block must cost before it is tried in parts
# Bits of a block's being as bright as its tile, by whether those above (1) and to the left (2) are not.
SWITCH = np.array([0.3, 1.5, 1.5, 4], np.float32)


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
def _tune(cur, left, right, y, x, size, m, v, pred, scale, bit, best, reach):
    """Move the vectors of a block by `reach` and one quarter pixels where that lowers its cost; v is changed. Returns the cost with the
    bits of the vectors. pred `[2, 2]`: predicted vectors."""
    for step in (reach, 1):
        for side in range(2):
            if m != 0 and m != side + 1:
                continue
            for d in range(4):
                wy, wx = v[side, 0], v[side, 1]
                v[side, 0] += step if d == 0 else -step if d == 1 else 0
                v[side, 1] += step if d == 2 else -step if d == 3 else 0
                bits = np.float32(0)
                for k in range(2):
                    if m == 0 or m == k + 1:
                        bits += _bits(v[k, 0] - pred[k, 0]) + _bits(v[k, 1] - pred[k, 1])
                c = cost_of(cur, left, right, y, x, size, m, v, scale) + bit * (4 + bits)
                if c < best:
                    best = c
                else:
                    v[side, 0], v[side, 1] = wy, wx
        if reach == 1:
            break
    return best


@njit(**FAST)
def _refine(cur, ref, y, x, size, my, mx, py, px, lam, depth):
    """Diamond search from (my, mx), whole pixels first, then half and quarter; (py, px) is the predicted vector."""
    best = sad(cur, ref, y, x, size, my, mx, np.float32(1e30)) + lam * (_bits(my - py) + _bits(mx - px))
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
                c = sad(cur, ref, y, x, size, ny, nx, best - price) + price
                if c < best:
                    best, my, mx, moved = c, ny, nx, True
        step >>= 1
    return best, my, mx


@njit(**FAST)
def _both(cur, left, right, y, x, v, rate, best):
    """SAD + rate of a two-sided block, each side moved by quarter pixels while that helps; v is changed where better than `best`."""
    s = sad_both(cur, left, right, y, x, v[0, 0], v[0, 1], v[1, 0], v[1, 1]) + rate
    if s >= best:
        return s
    for side in range(2):
        for d in range(4):
            was_y, was_x = v[side, 0], v[side, 1]
            v[side, 0] += 1 if d == 0 else -1 if d == 1 else 0
            v[side, 1] += 1 if d == 2 else -1 if d == 3 else 0
            t = sad_both(cur, left, right, y, x, v[0, 0], v[0, 1], v[1, 0], v[1, 1]) + rate
            if t < s:
                s = t
            else:
                v[side, 0], v[side, 1] = was_y, was_x
    return s


@njit(**FAST)
def _parts(cur, left, right, two, i, j, y, x, temporal, has_temporal, lam, scale, bit, m, v, limit,
           cmode, cmv, part, merge, mode, mv):
    """Cost of a 16x16 block in four parts, each with a neighbour's motion or its own; fills the field. Gives up above `limit`."""
    total = bit * np.float32(3)
    big = np.float32(1e30)
    for k in range(4):
        ii, jj, yy, xx = i + (k >> 1), j + (k & 1), y + (k >> 1) * 8, x + (k & 1) * 8
        n = candidates(ii, jj, 1, two, temporal, has_temporal, mode, mv, cmode, cmv)
        best, pick = big, np.int64(-1)
        for c in range(n):
            s = cost_of(cur, left, right, yy, xx, 8, cmode[c], cmv[c], scale) + bit * np.float32(1 + 0.9 * c)
            if s < best:
                best, pick = s, c
        own_mode = np.int64(0)
        if best > bit * 6:
            for side in range(2):
                if (m != 0 and m != side + 1) or (side == 1 and not two):
                    continue
                ref = left if side == 0 else right
                py, px, _ = median_vector(side, ii, jj, 1, mode, mv)
                s, sy, sx = _refine(cur, ref, yy, xx, 8, v[side, 0], v[side, 1], py, px, lam, 0)
                part[side, 0], part[side, 1] = sy, sx
                s = (cost_of(cur, left, right, yy, xx, 8, side + 1, part, scale)
                     + bit * (np.float32(3.5) + _bits(sy - py) + _bits(sx - px)))
                if s < best:
                    best, pick, own_mode = s, np.int64(-1), np.int64(side + 1)
        if pick >= 0:
            fill(ii, jj, 1, pick, cmode[pick], cmv[pick], merge, mode, mv)
        else:
            fill(ii, jj, 1, -1, own_mode, part, merge, mode, mv)
        total += best
        if total >= limit:
            break
    return total


@njit(**FAST)
def _block(cur, left, right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, bi, bj, y, x, merge, split, mode, mv,
           scratch):
    """Choose motion for the 16x16 block at (y, x); returns its cost."""
    cmode, cmv, pmode, pmv, pred, mvs, part, both = scratch
    big = np.float32(1e30)
    bit = BIT
    i, j = 2 * bi, 2 * bj
    split[bi, bj] = 0
    n = candidates(i, j, 2, two, temporal, has_temporal, mode, mv, cmode, cmv)
    best, pick = big, np.int64(-1)
    for c in range(n):
        s = cost_of(cur, left, right, y, x, 16, cmode[c], cmv[c], scale) + bit * np.float32(0.4 + 0.9 * c)
        if s < best:
            best, pick = s, np.int64(c)
    m = np.int64(1)
    if best > bit * 6:
        own = big
        for side in range(2 if two else 1):
            ref = left if side == 0 else right
            seed = seed_left if side == 0 else seed_right
            py, px, _ = median_vector(side, i, j, 2, mode, mv)
            if side == 1 and two == STILL:
                mvs[1] = 0
                s = cost_of(cur, left, right, y, x, 16, 2, mvs, scale) + bit * (4 + _bits(py) + _bits(px))
                if s < own:
                    own, m = s, np.int64(2)
                continue
            sy, sx = py, px
            s0 = sad(cur, ref, y, x, 16, py, px, big)
            for c in range(n + seed.shape[0]):
                if c < n:
                    if cmode[c] != 0 and cmode[c] != side + 1:
                        continue
                    ty, tx = cmv[c, side, 0], cmv[c, side, 1]
                else:
                    ty, tx = np.int64(seed[c - n, bi, bj, 0]), np.int64(seed[c - n, bi, bj, 1])
                price = lam * (_bits(ty - py) + _bits(tx - px))
                s = sad(cur, ref, y, x, 16, ty, tx, s0 - price) + price
                if s < (FARTHER * s0 if c > n else s0):
                    s0, sy, sx = s, ty, tx
            s, sy, sx = _refine(cur, ref, y, x, 16, sy, sx, py, px, lam, depth)
            mvs[side, 0], mvs[side, 1] = sy, sx
            s = (cost_of(cur, left, right, y, x, 16, side + 1, mvs, scale)
                 + bit * (4 + _bits(sy - py) + _bits(sx - px)))
            if s < own:
                own, m = s, np.int64(side + 1)
        if two:
            ly, lx, _ = median_vector(0, i, j, 2, mode, mv)
            ry, rx, _ = median_vector(1, i, j, 2, mode, mv)
            bits = 4 + _bits(mvs[0, 0] - ly) + _bits(mvs[0, 1] - lx) + _bits(mvs[1, 0] - ry) + _bits(mvs[1, 1] - rx)
            both[0], both[1] = mvs[0], mvs[1]
            _both(cur, left, right, y, x, both, lam * bits, big)
            s = cost_of(cur, left, right, y, x, 16, 0, both, scale) + bit * bits
            if s < own:
                own, m = s, np.int64(0)
                mvs[0], mvs[1] = both[0], both[1]
        if depth and own < best + bit * CLOSE:
            for side in range(2):
                pred[side, 0], pred[side, 1], _ = median_vector(side, i, j, 2, mode, mv)
            own = _tune(cur, left, right, y, x, 16, m, mvs, pred, scale, bit, own, 2)
        if own < best:
            best, pick = own, np.int64(-1)
        if depth and best > bit * SPLIT:
            s = _parts(cur, left, right, two, i, j, y, x, temporal, has_temporal, lam, scale, bit, m, mvs, best, pmode, pmv, part,
                       merge, mode, mv)
            if s < best:
                split[bi, bj] = 1
                return s
    if pick >= 0:
        fill(i, j, 2, pick, cmode[pick], cmv[pick], merge, mode, mv)
    else:
        fill(i, j, 2, -1, m, mvs, merge, mode, mv)
    return best


@njit(**FAST)
def search(cur, left, right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, oy, ox, merge, split, mode, mv):
    """Choose motion for every 16x16 block of `cur` `[H, W]` float32.

    left, right: half-pel references; two: 1 both sides allowed, STILL where on the right nothing has moved, 0 the left alone;
    seed_*: rough vectors `[n, h16, w16, 2]` to begin at, near ones first; temporal int16 `[2, h16, w16, 2]`.
    (oy, ox) is where the field's tile starts in the picture. Fills merge int8 (candidate number or -1), mode and mv on the 8x8 grid,
    and split uint8 `[h16, w16]`.
    """
    scratch = _scratch()
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            _block(cur, left, right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, bi, bj, oy + bi * 16,
                   ox + bj * 16, merge, split, mode, mv, scratch)


@njit(**FAST)
def search_lit(cur, left, right, lit_left, lit_right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, oy, ox, merge,
               split, mode, mv, plain):
    """The same where references may be taken as they are or as bright as `lit_left`, `lit_right`; plain uint8 `[h16, w16]` is filled, too:
    1 where a block takes them as they are."""
    scratch = _scratch()
    kept, vectors, few = np.zeros((2, 2, 2), np.int8), np.zeros((2, 2, 2, 2), np.int16), BIT * SPLIT
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            y, x, i, j = oy + bi * 16, ox + bj * 16, 2 * bi, 2 * bj
            around = 2 * (np.int64(plain[bi, bj - 1]) if bj > 0 else 0) + (np.int64(plain[bi - 1, bj]) if bi > 0 else 0)
            best = _block(cur, lit_left, lit_right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, bi, bj, y, x,
                          merge, split, mode, mv, scratch) + BIT * SWITCH[around]
            plain[bi, bj] = 0
            if best < few:
                continue
            kept[0], kept[1], parts = merge[i:i + 2, j:j + 2], mode[i:i + 2, j:j + 2], split[bi, bj]
            vectors[:] = mv[:, i:i + 2, j:j + 2]
            other = _block(cur, left, right, two, seed_left, seed_right, temporal, has_temporal, lam, scale, depth, bi, bj, y, x, merge,
                           split, mode, mv, scratch) + BIT * SWITCH[3 - around]
            if other < best:
                plain[bi, bj] = 1
            else:
                merge[i:i + 2, j:j + 2], mode[i:i + 2, j:j + 2], split[bi, bj] = kept[0], kept[1], parts
                mv[:, i:i + 2, j:j + 2] = vectors


@njit(inline="always")
def _scratch():
    return (np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64), np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64),
            np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64))
