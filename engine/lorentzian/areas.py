"""Areas that move as one: several blocks take over one motion where that is cheaper than what each found by itself.

Block by block, a motion of its own is taken wherever it saves a few bits of what is left, though all blocks that come later then have one
more to choose from. So areas of 4, 16, 64 and 256 blocks are tried with the motion of each of their blocks and of those beside them, moved
a little. Only the encoder does this; it finds what larger prediction blocks are to H.265 (ITU-T H.265, 7.3.8.5).
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.motion import MV_LIMIT
from engine.lorentzian.overlap import Lit, _rate, in_light, motion_of
from engine.lorentzian.patches import FAST, cost_of
from engine.lorentzian.search import BIT
from engine.lorentzian.vectors import MERGES, _add, candidates, fill

SIDES = (2, 4, 8, 16)      # blocks of an area in each direction, one after the other
FOLLOWS = np.float32(0.4)  # bits of a block that moves as those to its left and above


@njit(**FAST)
def _left(cur, usual, other, plain, scale, oy, ox, split, mode, mv, v, out):
    """What coding the rest of each block costs with the motion that it has, out float32 `[h16, w16]`."""
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            left, right = other if plain[bi, bj] else usual
            width = 1 if split[bi, bj] else 2
            out[bi, bj] = 0
            for part in range(4 if width == 1 else 1):
                i, j = 2 * bi + (part >> 1), 2 * bj + (part & 1)
                for side in range(2):
                    v[side, 0], v[side, 1] = np.int64(mv[side, i, j, 0]), np.int64(mv[side, i, j, 1])
                out[bi, bj] += cost_of(cur, left, right, oy + 8 * i, ox + 8 * j, 8 * width, np.int64(mode[i, j]), v, scale)


@njit(**FAST)
def _as_it_is(area, now, two, temporal, has_temporal, split, mode, mv, cmode, cmv, v):
    """(what coding the rest of an area (top, left, bottom, right in blocks of 16) costs, the same and its motion)."""
    s, bits = np.float32(0), np.float32(0)
    for bi in range(area[0], area[2]):
        for bj in range(area[1], area[3]):
            s += now[bi, bj]
            width = 1 if split[bi, bj] else 2
            for part in range(4 if width == 1 else 1):
                i, j = 2 * bi + (part >> 1), 2 * bj + (part & 1)
                bits += motion_of(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv, v)[1]
    return s, s + BIT * bits


@njit(**FAST)
def _as_one(cur, usual, other, plain, scale, oy, ox, area, now, rest, mode, mv, m, v, n, cmode, cmv, best):
    """Cost of an area all of which has mode m and vectors v. n, cmode, cmv: candidates of its first block; rest: sum of `now` over it.
    Given up where it is `best` already if blocks still to come leave no less than they do now, which they seldom do."""
    s = rest + BIT * (_rate(2 * area[0], 2 * area[1], 2, m, v, n, cmode, cmv, mode, mv)[0]
                      + FOLLOWS * np.float32((area[2] - area[0]) * (area[3] - area[1]) - 1))
    for bi in range(area[0], area[2]):
        for bj in range(area[1], area[3]):
            if s >= best:
                return s
            left, right = other if plain[bi, bj] else usual
            s += cost_of(cur, left, right, oy + 16 * bi, ox + 16 * bj, 16, m, v, scale) - now[bi, bj]
    return s


@njit(**FAST)
def _broaden(cur, usual, other, plain, two, temporal, has_temporal, scale, oy, ox, side, now, merge, split, mode, mv):
    h16, w16 = split.shape
    cmode, cmv = np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64)
    most = side * side + 4  # motions of its blocks and of those beside it
    ms, vs = np.zeros(most, np.int64), np.zeros((most, 2, 2), np.int64)
    v, tried = np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64)
    for top in range(0, h16, side):
        for lf in range(0, w16, side):
            area = (top, lf, min(top + side, h16), min(lf + side, w16))
            known, parts = 0, 0
            for bi in range(top, area[2]):
                for bj in range(lf, area[3]):
                    parts += split[bi, bj]
                    known = _add(known, mode, mv, 2 * bi, 2 * bj, ms, vs)
            if known == 1 and parts == 0:
                continue
            if lf > 0:
                known = _add(known, mode, mv, 2 * top, 2 * lf - 1, ms, vs)
                if area[2] < h16:
                    known = _add(known, mode, mv, 2 * area[2], 2 * lf - 1, ms, vs)
            if top > 0:
                known = _add(known, mode, mv, 2 * top - 1, 2 * lf, ms, vs)
                if area[3] < w16:
                    known = _add(known, mode, mv, 2 * top - 1, 2 * area[3], ms, vs)
            rest, best = _as_it_is(area, now, two, temporal, has_temporal, split, mode, mv, cmode, cmv, v)
            n = candidates(2 * top, 2 * lf, 2, two, temporal, has_temporal, mode, mv, cmode, cmv)
            pick = -1
            for k in range(known):
                s = _as_one(cur, usual, other, plain, scale, oy, ox, area, now, rest, mode, mv, ms[k], vs[k], n, cmode, cmv, best)
                if s < best:
                    best, pick = s, k
            if pick < 0:
                continue
            m = ms[pick]
            v[:] = vs[pick]
            for step in (2, 1):
                for way in range(8):
                    s, d = way >> 2, way & 3
                    if m != 0 and m != s + 1:
                        continue
                    tried[:] = v
                    tried[s, d >> 1] += step if d & 1 else -step
                    if abs(tried[s, d >> 1]) > MV_LIMIT:
                        continue
                    cost = _as_one(cur, usual, other, plain, scale, oy, ox, area, now, rest, mode, mv, m, tried, n, cmode, cmv, best)
                    if cost < best:
                        best = cost
                        v[:] = tried
            for bi in range(top, area[2]):
                for bj in range(lf, area[3]):
                    split[bi, bj] = 0
                    fill(2 * bi, 2 * bj, 2, -1, m, v, merge, mode, mv)
                    left, right = other if plain[bi, bj] else usual
                    now[bi, bj] = cost_of(cur, left, right, oy + 16 * bi, ox + 16 * bj, 16, m, v, scale)


@njit(**FAST)
def _named(two, temporal, has_temporal, merge, split, mode, mv):
    """Candidates that blocks take over are numbered anew: those before them have changed."""
    cmode, cmv, v = np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64), np.zeros((2, 2), np.int64)
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            width = 1 if split[bi, bj] else 2
            for part in range(4 if width == 1 else 1):
                i, j = 2 * bi + (part >> 1), 2 * bj + (part & 1)
                m, _, pick = motion_of(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv, v)
                fill(i, j, width, pick, m, v, merge, mode, mv)


def broaden(cur: np.ndarray, left: np.ndarray, right: np.ndarray, two: bool, temporal: np.ndarray, has_temporal: bool, scale: np.float32,
            oy: int, ox: int, merge: np.ndarray, split: np.ndarray, mode: np.ndarray, mv: np.ndarray, lit: Lit | None = None) -> None:
    """Let areas of a tile's field move as one where that is cheaper, in place; arguments as of `overlap.again`."""
    usual, as_is, plain = in_light(left, right, split.shape, lit)
    now = np.empty(split.shape, np.float32)
    _left(cur, usual, as_is, plain, scale, oy, ox, split, mode, mv, np.zeros((2, 2), np.int64), now)
    for side in SIDES:
        _broaden(cur, usual, as_is, plain, two, temporal, has_temporal, scale, oy, ox, side, now, merge, split, mode, mv)
    _named(two, temporal, has_temporal, merge, split, mode, mv)
