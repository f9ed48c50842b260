"""Coding of motion fields: each 16x16 block takes a neighbour's motion, or has a mode and vectors of its own, or is split into
four 8x8 parts which do the same.

Merge candidates, in order: left, above, the co-located motion of another slice's field (scaled by distance in time), above right,
below left, above left, no motion at all. Duplicates are kept out, so the list is short where nothing moves.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.lorentzian import tables as T
from engine.lorentzian.rangecoder import FLAGS, code_mixed, code_one, code_plain

_CTX, _MV, _ROWS = T.CONTEXTS, T.MV, T.ROWS
MERGES = 6
# Contexts of this module, from tables.MV on.
_FLAG, _SPLIT, _PART, _PICK, _MODE, _D0, _D1, _D2 = 0, 152, 192, 272, 368, 432, 768, 936  # ends at 964


@njit(inline="always")
def _add(n, mode, mv, i, j, cmode, cmv):
    """Append the motion of 8x8 block (i, j) to the list unless it is there."""
    m = np.int64(mode[i, j])
    for c in range(n):
        if (cmode[c] == m and cmv[c, 0, 0] == mv[0, i, j, 0] and cmv[c, 0, 1] == mv[0, i, j, 1]
                and cmv[c, 1, 0] == mv[1, i, j, 0] and cmv[c, 1, 1] == mv[1, i, j, 1]):
            return n
    cmode[n] = m
    for side in range(2):
        cmv[n, side, 0], cmv[n, side, 1] = mv[side, i, j, 0], mv[side, i, j, 1]
    return n + 1


@njit(inline="always")
def _add_values(n, m, ly, lx, ry, rx, cmode, cmv):
    for c in range(n):
        if cmode[c] == m and cmv[c, 0, 0] == ly and cmv[c, 0, 1] == lx and cmv[c, 1, 0] == ry and cmv[c, 1, 1] == rx:
            return n
    cmode[n] = m
    cmv[n, 0, 0], cmv[n, 0, 1], cmv[n, 1, 0], cmv[n, 1, 1] = ly, lx, ry, rx
    return n + 1


@njit(**FLAGS)
def candidates(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv):
    """Merge candidates of the block of `width` (2: 16x16, 1: 8x8) at 8x8 position (i, j) into cmode `[MERGES]` and cmv `[MERGES, 2, 2]`;
    returns how many."""
    n = 0
    w8 = mode.shape[1]
    if j > 0:
        n = _add(n, mode, mv, i, j - 1, cmode, cmv)
    if i > 0:
        n = _add(n, mode, mv, i - 1, j, cmode, cmv)
    base = 0 if two else 1
    if has_temporal:
        bi, bj = i >> 1, j >> 1
        n = _add_values(n, base, np.int64(temporal[0, bi, bj, 0]), np.int64(temporal[0, bi, bj, 1]),
                        np.int64(temporal[1, bi, bj, 0]) if two else 0, np.int64(temporal[1, bi, bj, 1]) if two else 0, cmode, cmv)
    last_part = width == 1 and (i & 1) == 1 and (j & 1) == 1
    if i > 0 and j + width < w8 and not last_part:
        n = _add(n, mode, mv, i - 1, j + width, cmode, cmv)
    if j > 0 and (i & 1) == 0 and (j & 1) == 0:
        n = _add(n, mode, mv, i + 1, j - 1, cmode, cmv)
    if i > 0 and j > 0 and n < MERGES:
        n = _add(n, mode, mv, i - 1, j - 1, cmode, cmv)
    if n < MERGES:
        n = _add_values(n, base, 0, 0, 0, 0, cmode, cmv)
    return n


@njit(inline="always")
def _mid(a, b, c):
    return max(min(a, b), min(max(a, b), c))


@njit(**FLAGS)
def median_vector(side, i, j, width, mode, mv):
    """(dy, dx, spread): median of the vectors left, above and above right of a block, as `candidates` names blocks; absent ones count
    as zero, a single one wins. spread: how far those at hand disagree."""
    w8 = mode.shape[1]
    ly = lx = ty = tx = ry = rx = np.int64(0)
    have = 0
    if j > 0 and (mode[i, j - 1] == 0 or mode[i, j - 1] == side + 1):
        ly, lx = np.int64(mv[side, i, j - 1, 0]), np.int64(mv[side, i, j - 1, 1])
        have |= 1
    if i > 0 and (mode[i - 1, j] == 0 or mode[i - 1, j] == side + 1):
        ty, tx = np.int64(mv[side, i - 1, j, 0]), np.int64(mv[side, i - 1, j, 1])
        have |= 2
    last_part = width == 1 and (i & 1) == 1 and (j & 1) == 1
    if i > 0 and j + width < w8 and not last_part and (mode[i - 1, j + width] == 0 or mode[i - 1, j + width] == side + 1):
        ry, rx = np.int64(mv[side, i - 1, j + width, 0]), np.int64(mv[side, i - 1, j + width, 1])
        have |= 4
    if have == 1:
        return ly, lx, np.int64(20)
    if have == 2:
        return ty, tx, np.int64(20)
    if have == 4:
        return ry, rx, np.int64(20)
    spread = abs(ly - ty) + abs(lx - tx)
    if have & 4:
        spread = max(spread, abs(ry - ty) + abs(rx - tx))
    return _mid(ly, ty, ry), _mid(lx, tx, rx), spread


@njit(inline="always")
def _bucket(spread):
    return 0 if spread < 1 else 1 if spread < 3 else 2 if spread < 7 else 3 if spread < 16 else 4 if spread < 48 else 5


@njit(**FLAGS)
def _difference(s, buf, d, size, axis, spread, before, prob, count, weight, base, kind, idx, rate, stretch, squash):
    """(difference, exponent) of one component: exponent in unary under mixed contexts, then plain bits and a sign.

    size: 0 whole block, 1 part; axis: 0 vertical, 1 horizontal; before: exponent of the vertical component (for the horizontal one).
    """
    mag = abs(np.int64(d))
    bits = np.int64(0)
    if s[5]:
        while (mag + 1) >> (bits + 1):
            bits += 1
    got = np.int64(0)
    while got < 13:
        idx[0] = base + _D0 + ((size * 2 + axis) * 6 + _bucket(spread)) * 14 + got
        idx[1] = base + _D1 + (axis * 6 + min(before, 5)) * 14 + got
        if code_mixed(s, buf, 1 if got < bits else 0, prob, count, rate, idx, 2, weight, kind * _ROWS + 55 + axis, stretch, squash) == 0:
            break
        got += 1
    if got == 0:
        return np.int64(0), got
    tail = base + _D2 + size * 14 + got
    if got > 1:
        low = np.int64(code_one(s, buf, ((mag + 1) >> (got - 1)) & 1, prob, count, tail, rate)) << (got - 1)
        low |= code_plain(s, buf, (mag + 1) & ((np.int64(1) << (got - 1)) - 1), got - 1)
    else:
        low = np.int64(code_one(s, buf, (mag + 1) & 1, prob, count, tail, rate))
    mag = ((np.int64(1) << got) | low) - 1
    return (-mag if code_plain(s, buf, 1 if d < 0 else 0, 1) else mag), got


@njit(**FLAGS)
def classes(merge, split, mv, out):
    """What kind of motion each 16x16 block has, for contexts: 0 merged and still, 1 merged and moving, 2 its own vector, 3 in parts."""
    for i in range(split.shape[0]):
        for j in range(split.shape[1]):
            if split[i, j]:
                out[i, j] = 3
            elif merge[2 * i, 2 * j] < 0:
                out[i, j] = 2
            else:
                a, b = mv[0, 2 * i, 2 * j], mv[1, 2 * i, 2 * j]
                out[i, j] = 1 if a[0] != 0 or a[1] != 0 or b[0] != 0 or b[1] != 0 else 0


@njit(**FLAGS)
def fill(i, j, width, pick, m, v, merge, mode, mv):
    """Give a block of `width` its motion: candidate number or -1, mode, vectors `v` `[2, 2]` (zero where the mode does not use them)."""
    for ii in range(i, i + width):
        for jj in range(j, j + width):
            merge[ii, jj] = pick
            mode[ii, jj] = m
            for side in range(2):
                for c in range(2):
                    mv[side, ii, jj, c] = v[side, c] if m == 0 or m == side + 1 else 0


@njit(**FLAGS)
def _pick(s, buf, chosen, n, size, prob, count, base, rate):
    """Number of the merge candidate, in unary."""
    pick = np.int64(0)
    while pick < n - 1 and code_one(s, buf, 1 if chosen > pick else 0, prob, count, base + _PICK + (size * 8 + n) * 6 + pick, rate):
        pick += 1
    return pick


@njit(**FLAGS)
def _own(s, buf, i, j, width, two, kind, merge, mode, mv, v, prob, count, weight, base, idx, rate, stretch, squash):
    """A block's own mode and vectors, as differences from the median of its neighbours'."""
    size = 2 - width
    m = np.int64(1)
    if two:
        around = size * 16
        if j > 0:
            around += 1 + np.int64(mode[i, j - 1])
        if i > 0:
            around += 4 * (1 + np.int64(mode[i - 1, j]))
        if code_one(s, buf, 1 if mode[i, j] == 0 else 0, prob, count, base + _MODE + around, rate):
            m = 0
        elif code_one(s, buf, 1 if mode[i, j] == 2 else 0, prob, count, base + _MODE + 32 + around, rate):
            m = 2
    for side in range(2):
        v[side, 0] = v[side, 1] = 0
        if m == 0 or m == side + 1:
            py, px, spread = median_vector(side, i, j, width, mode, mv)
            dy, before = _difference(s, buf, mv[side, i, j, 0] - py, size, 0, spread, 0, prob, count, weight, base, kind, idx, rate,
                                     stretch, squash)
            dx, before = _difference(s, buf, mv[side, i, j, 1] - px, size, 1, spread, before, prob, count, weight, base, kind, idx, rate,
                                     stretch, squash)
            v[side, 0], v[side, 1] = max(-4095, min(4095, py + dy)), max(-4095, min(4095, px + dx))
    fill(i, j, width, -1, m, v, merge, mode, mv)


@njit(**FLAGS)
def code_field(s, buf, kind, two, temporal, has_temporal, hint, merge, split, mode, mv, prob, count, weight, rate, stretch, squash):
    """The motion field of one slice, read or written. Arrays as in `search.search`; vectors stay within +-4095.

    hint int8 `[h16, w16]`: `classes` of the field that the temporal candidate comes from, zero where there is none.
    """
    _code_field(s, buf, kind, two, temporal, has_temporal, hint, merge, split, mode, mv, prob, count, weight, rate, stretch, squash,
                np.zeros(8, np.int64), np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64), np.zeros((2, 2), np.int64))


@njit(**FLAGS)
def _code_field(s, buf, kind, two, temporal, has_temporal, hint, merge, split, mode, mv, prob, count, weight, rate, stretch, squash, idx,
                cmode, cmv, v):
    s, buf, temporal, hint, merge, split = borrowed(s), borrowed(buf), borrowed(temporal), borrowed(hint), borrowed(merge), borrowed(split)
    mode, mv, prob, count, weight, rate = borrowed(mode), borrowed(mv), borrowed(prob), borrowed(count), borrowed(weight), borrowed(rate)
    stretch, squash, idx, cmode, cmv, v = borrowed(stretch), borrowed(squash), borrowed(idx), borrowed(cmode), borrowed(cmv), borrowed(v)
    h16, w16 = split.shape
    base = kind * _CTX + _MV
    for bi in range(h16):
        for bj in range(w16):
            i, j = 2 * bi, 2 * bj
            n = candidates(i, j, 2, two, temporal, has_temporal, mode, mv, cmode, cmv)
            left = 0 if bj == 0 else 3 if split[bi, bj - 1] else 1 if merge[i, j - 1] >= 0 else 2
            top = 0 if bi == 0 else 3 if split[bi - 1, bj] else 1 if merge[i - 1, j] >= 0 else 2
            corner = 0
            if bi > 0 and bj + 1 < w16:
                corner = 3 if split[bi - 1, bj + 1] else 1 if merge[i - 1, j + 2] >= 0 else 2
            busy = 1 if hint[bi, bj] > 1 else 0
            if bj + 1 < w16:
                busy += 1 if hint[bi, bj + 1] > 1 else 0
            if bi + 1 < h16:
                busy += 1 if hint[bi + 1, bj] > 1 else 0
            if bj > 0:
                busy += 1 if hint[bi, bj - 1] > 1 else 0
            here = np.int64(hint[bi, bj])
            idx[0] = base + _FLAG + (left * 4 + top) * 4 + here
            idx[1] = base + _FLAG + 64 + n * 8 + (np.int64(merge[i, j - 1]) + 1 if bj > 0 else 7)
            idx[2] = base + _FLAG + 128 + busy * 4 + corner
            whole = 1 if split[bi, bj] == 0 and merge[i, j] >= 0 else 0
            if code_mixed(s, buf, whole, prob, count, rate, idx, 3, weight, kind * _ROWS + 52, stretch, squash):
                split[bi, bj] = 0
                pick = _pick(s, buf, merge[i, j], n, 0, prob, count, base, rate)
                fill(i, j, 2, pick, cmode[pick], cmv[pick], merge, mode, mv)
                continue
            idx[0] = base + _SPLIT + (left * 4 + top)
            idx[1] = base + _SPLIT + 16 + busy * 4 + here
            split[bi, bj] = code_mixed(s, buf, split[bi, bj], prob, count, rate, idx, 2, weight, kind * _ROWS + 53, stretch, squash)
            if split[bi, bj] == 0:
                _own(s, buf, i, j, 2, two, kind, merge, mode, mv, v, prob, count, weight, base, idx, rate, stretch, squash)
                continue
            merged = 0
            for part in range(4):
                ii, jj = i + (part >> 1), j + (part & 1)
                n = candidates(ii, jj, 1, two, temporal, has_temporal, mode, mv, cmode, cmv)
                near = 0 if jj == 0 else 1 if merge[ii, jj - 1] >= 0 else 2
                near += 0 if ii == 0 else 3 if merge[ii - 1, jj] >= 0 else 6
                idx[0] = base + _PART + part * 4 + merged
                idx[1] = base + _PART + 16 + n * 9 + near
                same = 1 if merge[ii, jj] >= 0 else 0
                if code_mixed(s, buf, same, prob, count, rate, idx, 2, weight, kind * _ROWS + 54, stretch, squash):
                    pick = _pick(s, buf, merge[ii, jj], n, 1, prob, count, base, rate)
                    fill(ii, jj, 1, pick, cmode[pick], cmv[pick], merge, mode, mv)
                    merged += 1
                else:
                    _own(s, buf, ii, jj, 1, two, kind, merge, mode, mv, v, prob, count, weight, base, idx, rate, stretch, squash)


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
