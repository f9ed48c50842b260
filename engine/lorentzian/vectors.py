"""Coding of motion fields: merge with a neighbour's motion, or a mode and vector differences, per 16x16 block.

Merge candidates, in order: the block to the left, the block above, the co-located motion of the neighbour that was decoded last
(scaled by distance in time), no motion at all. Duplicates are kept out, so the list is short where nothing moves.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian import tables as T
from engine.lorentzian.rangecoder import FLAGS, code_mixed, code_one, code_plain

_CTX, _MV, _ROWS = T.CONTEXTS, T.MV, T.ROWS


@njit(inline="always")
def _add(n, m, ly, lx, ry, rx, cmode, cmv):
    for c in range(n):
        if cmode[c] == m and cmv[c, 0, 0] == ly and cmv[c, 0, 1] == lx and cmv[c, 1, 0] == ry and cmv[c, 1, 1] == rx:
            return n
    cmode[n] = m
    cmv[n, 0, 0], cmv[n, 0, 1], cmv[n, 1, 0], cmv[n, 1, 1] = ly, lx, ry, rx
    return n + 1


@njit(**FLAGS)
def candidates(bi, bj, two, temporal, has_temporal, mode, mv, cmode, cmv):
    """Merge candidates of block (bi, bj) into cmode `[4]` and cmv `[4, 2, 2]`; returns how many."""
    n = 0
    i, j = bi * 2, bj * 2
    if bj > 0:
        n = _add(n, np.int64(mode[i, j - 1]), np.int64(mv[0, i, j - 1, 0]), np.int64(mv[0, i, j - 1, 1]),
                 np.int64(mv[1, i, j - 1, 0]), np.int64(mv[1, i, j - 1, 1]), cmode, cmv)
    if bi > 0:
        n = _add(n, np.int64(mode[i - 1, j]), np.int64(mv[0, i - 1, j, 0]), np.int64(mv[0, i - 1, j, 1]),
                 np.int64(mv[1, i - 1, j, 0]), np.int64(mv[1, i - 1, j, 1]), cmode, cmv)
    base = 0 if two else 1
    if has_temporal:
        n = _add(n, base, np.int64(temporal[0, bi, bj, 0]), np.int64(temporal[0, bi, bj, 1]),
                 np.int64(temporal[1, bi, bj, 0]) if two else 0, np.int64(temporal[1, bi, bj, 1]) if two else 0, cmode, cmv)
    if n < 4:
        n = _add(n, base, 0, 0, 0, 0, cmode, cmv)
    return n


@njit(inline="always")
def _mid(a, b, c):
    return max(min(a, b), min(max(a, b), c))


@njit(**FLAGS)
def median_vector(side, i, j, width, mode, mv):
    """Median of the vectors left, above and above right of 8x8 block (i, j); absent ones count as zero, a single one wins."""
    w8 = mode.shape[1]
    ly = lx = ty = tx = ry = rx = np.int64(0)
    have = 0
    if j > 0 and (mode[i, j - 1] == 0 or mode[i, j - 1] == side + 1):
        ly, lx = np.int64(mv[side, i, j - 1, 0]), np.int64(mv[side, i, j - 1, 1])
        have |= 1
    if i > 0 and (mode[i - 1, j] == 0 or mode[i - 1, j] == side + 1):
        ty, tx = np.int64(mv[side, i - 1, j, 0]), np.int64(mv[side, i - 1, j, 1])
        have |= 2
    if i > 0 and j + width < w8 and i % 2 == 0 and (mode[i - 1, j + width] == 0 or mode[i - 1, j + width] == side + 1):
        ry, rx = np.int64(mv[side, i - 1, j + width, 0]), np.int64(mv[side, i - 1, j + width, 1])
        have |= 4
    if have == 1:
        return ly, lx
    if have == 2:
        return ty, tx
    if have == 4:
        return ry, rx
    return _mid(ly, ty, ry), _mid(lx, tx, rx)


@njit(**FLAGS)
def _difference(s, buf, d, base, ctx, prob, count, rate):
    """One component: exponent in unary under adaptive contexts, then plain bits and a sign."""
    mag = abs(np.int64(d))
    bits = np.int64(0)
    if s[5]:
        while (mag + 1) >> (bits + 1):
            bits += 1
    got = np.int64(0)
    while got < 13 and code_one(s, buf, 1 if got < bits else 0, prob, count, base + ctx + got, rate):
        got += 1
    if got == 0:
        return np.int64(0)
    low = np.int64(0)
    if got > 1:
        low = np.int64(code_one(s, buf, ((mag + 1) >> (got - 1)) & 1, prob, count, base + ctx + 14 + got, rate)) << (got - 1)
        low |= code_plain(s, buf, (mag + 1) & ((np.int64(1) << (got - 1)) - 1), got - 1)
    else:
        low = np.int64(code_one(s, buf, (mag + 1) & 1, prob, count, base + ctx + 14 + got, rate))
    mag = ((np.int64(1) << got) | low) - 1
    return -mag if code_plain(s, buf, 1 if d < 0 else 0, 1) else mag


@njit(**FLAGS)
def classes(merge, split, mv, out):
    """What kind of motion each 16x16 block has, for contexts: 0 merged and still, 1 merged and moving, 2 its own vector, 3 four of them."""
    for i in range(merge.shape[0]):
        for j in range(merge.shape[1]):
            if split[i, j]:
                out[i, j] = 3
            elif merge[i, j] < 0:
                out[i, j] = 2
            else:
                a, b = mv[0, 2 * i, 2 * j], mv[1, 2 * i, 2 * j]
                out[i, j] = 1 if a[0] != 0 or a[1] != 0 or b[0] != 0 or b[1] != 0 else 0


@njit(**FLAGS)
def code_field(s, buf, kind, two, temporal, has_temporal, hint, merge, split, mode, mv, prob, count, weight, rate, stretch, squash):
    """The motion field of one slice, read or written. Arrays as in `search.search`; vectors stay within +-MV_LIMIT.

    hint int8 `[h16, w16]`: `classes` of the right neighbour's field, zero where there is none.
    """
    idx = np.zeros(8, np.int64)
    h16, w16 = merge.shape
    base = kind * _CTX + _MV
    cmode = np.zeros(4, np.int64)
    cmv = np.zeros((4, 2, 2), np.int64)
    for bi in range(h16):
        for bj in range(w16):
            n = candidates(bi, bj, two, temporal, has_temporal, mode, mv, cmode, cmv)
            ctx = 0
            if bj > 0:
                ctx += 1 if merge[bi, bj - 1] >= 0 else 2
            if bi > 0:
                ctx += 3 if merge[bi - 1, bj] >= 0 else 6
            corner = 0
            if bi > 0 and bj + 1 < w16:
                corner = 1 if merge[bi - 1, bj + 1] >= 0 else 2
            busy = 1 if hint[bi, bj] > 1 else 0
            if bj + 1 < w16:
                busy += 1 if hint[bi, bj + 1] > 1 else 0
            if bi + 1 < h16:
                busy += 1 if hint[bi + 1, bj] > 1 else 0
            if bj > 0:
                busy += 1 if hint[bi, bj - 1] > 1 else 0
            idx[0] = base + 320 + ctx * 4 + np.int64(hint[bi, bj])
            idx[1] = base + 360 + n * 6 + (np.int64(merge[bi, bj - 1]) + 1 if bj > 0 else 5)
            idx[2] = base + 400 + busy * 3 + corner
            if code_mixed(s, buf, 1 if merge[bi, bj] >= 0 else 0, prob, count, rate, idx, 3, weight, kind * _ROWS + 52, stretch, squash):
                pick = np.int64(0)
                while pick < n - 1 and code_one(s, buf, 1 if merge[bi, bj] > pick else 0, prob, count, base + 16 + n * 4 + pick, rate):
                    pick += 1
                merge[bi, bj], split[bi, bj] = pick, 0
                for i in range(bi * 2, bi * 2 + 2):
                    for j in range(bj * 2, bj * 2 + 2):
                        mode[i, j] = cmode[pick]
                        for side in range(2):
                            mv[side, i, j, 0], mv[side, i, j, 1] = cmv[pick, side, 0], cmv[pick, side, 1]
                continue
            merge[bi, bj] = -1
            m = np.int64(1)
            if two:
                around = 0
                if bj > 0:
                    around += 1 + np.int64(mode[bi * 2, bj * 2 - 1])
                if code_one(s, buf, 1 if mode[bi * 2, bj * 2] == 0 else 0, prob, count, base + 40 + around, rate):
                    m = 0
                elif code_one(s, buf, 1 if mode[bi * 2, bj * 2] == 2 else 0, prob, count, base + 46 + around, rate):
                    m = 2
            parts = 1
            if m != 0 and code_one(s, buf, split[bi, bj], prob, count, base + 52, rate):
                parts = 4
            split[bi, bj] = 1 if parts == 4 else 0
            for part in range(parts):
                i, j = bi * 2 + (part >> 1), bj * 2 + (part & 1)
                for side in range(2):
                    vy = vx = np.int64(0)
                    if m == 0 or m == side + 1:
                        py, px = median_vector(side, i, j, 2 if parts == 1 else 1, mode, mv)
                        ctx = 64 if parts == 1 else 192
                        vy = py + _difference(s, buf, mv[side, i, j, 0] - py, base, ctx, prob, count, rate)
                        vx = px + _difference(s, buf, mv[side, i, j, 1] - px, base, ctx + 64, prob, count, rate)
                        vy, vx = max(-4095, min(4095, vy)), max(-4095, min(4095, vx))
                    for ii in range(i, bi * 2 + 2 if parts == 1 else i + 1):
                        for jj in range(j, bj * 2 + 2 if parts == 1 else j + 1):
                            mode[ii, jj] = m
                            mv[side, ii, jj, 0], mv[side, ii, jj, 1] = vy, vx


@njit(**FLAGS)
def temporal_candidate(mode, mv, from_span, left_span, right_span, out):
    """Scale the motion of a neighbour's field (it looked `from_span` frames back) to a slice between: out int16 `[2, h16, w16, 2]`.

    left_span: frames from the slice back to its left neighbour; right_span: frames forward to its right neighbour.
    """
    h16, w16 = out.shape[1], out.shape[2]
    for bi in range(h16):
        for bj in range(w16):
            m = mode[bi * 2, bj * 2]
            for c in range(2):
                v = np.int64(mv[0, bi * 2, bj * 2, c]) if m != 2 else -np.int64(mv[1, bi * 2, bj * 2, c])
                out[0, bi, bj, c] = (v * left_span * 2 + from_span) // (2 * from_span)
                out[1, bi, bj, c] = -((v * right_span * 2 + from_span) // (2 * from_span))
