"""A second look at motion once a whole field is known: each block again, with what its neighbours lay over it.

Prediction is overlapped, so what a vector is worth depends on those around it, which the first search (`search.py`) does not know yet. Here
every block in turn takes over another neighbour's motion, or moves its own a little, where the overlapped prediction is then cheaper to
mend. Only the encoder does this (overlapped block motion compensation: Orchard and Sullivan, 1994, who iterate likewise).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from engine.lorentzian.motion import MV_LIMIT, WINDOW, predict_luma
from engine.lorentzian.patches import FAST, fetch, worth
from engine.lorentzian.priced import laid8, laid16, lay8, lay16
from engine.lorentzian.search import BIT, _bits
from engine.lorentzian.vectors import MERGES, candidates, fill, median_vector

WORTH = np.float32(6)  # bits that a block and what is around it must cost before it is looked at again
GAIN = np.float32(4.0)  # bits that a change must save: those that come after took over the motion that was
RIM = 8  # pixels around a block that are looked at with it


class Lit(NamedTuple):
    """References of a tile as bright as its weights make them, and the weights of its blocks, int16 `[h16, w16, 2, 2]` (`light.py`)."""

    left: np.ndarray
    right: np.ndarray
    light: np.ndarray


Pair = tuple[np.ndarray, np.ndarray]


def in_light(left: np.ndarray, right: np.ndarray, shape: tuple[int, ...], lit: Lit | None) -> tuple[Pair, Pair, np.ndarray]:
    """(references of most blocks, those as they are, bool `[h16, w16]`: blocks that look at the latter)."""
    if lit is None:
        return (left, right), (left, right), np.zeros(shape, bool)
    return (lit.left, lit.right), (left, right), np.asarray(~lit.light.any((2, 3)))


@njit(inline="always")
def _weights(n, first, last, win, out):
    """Weight along one axis of a block of n pixels, from 8 before it to 8 behind: none beyond the edges of the tile, towards them 1."""
    for k in range(8):
        out[4 + k] = win[7 - k] if not first else np.float32(1) if k >= 4 else np.float32(0)
        out[4 + n + k] = win[k] if not last else np.float32(1) if k < 4 else np.float32(0)
    for k in range(12, n + 4):
        out[k] = 1
    for k in range(4):
        out[k] = 0
        out[n + 12 + k] = 0


@njit(**FAST)
def _cost(rest, y, x, size, wy, wx, own, scale, best):
    """Price of what is left of a block of `size` and of the 8x8 blocks around, but for the corners, where little of it shows; rest: what
    all others leave, the block's surroundings beginning at (y, x) of it; own: what it predicts itself. Given up above `best`."""
    s = np.float32(0)
    for p in range(8, size + 8, 8):
        s += laid16(rest, y + p, x, p, 0, scale, wy, wx, own)
        if size == 8:
            s += laid8(rest, y + p, x + 16, p, 16, scale, wy, wx, own)
        else:
            s += laid16(rest, y + p, x + 16, p, 16, scale, wy, wx, own)
        if s > best:
            return s
    for p in (0, size + 8):
        if size == 8:
            s += laid8(rest, y + p, x + 8, p, 8, scale, wy, wx, own)
        else:
            s += laid16(rest, y + p, x + 8, p, 8, scale, wy, wx, own)
    return s


@njit(**FAST)
def _lay(rest, y, x, size, wy, wx, own, times):
    """Add to `rest`, `times` times, what a block predicts itself."""
    for p in range(0, size + 16, 8):
        lay16(rest, y + p, x, p, 0, times, wy, wx, own)
        if size == 8:
            lay8(rest, y + p, x + 16, p, 16, times, wy, wx, own)
        else:
            lay16(rest, y + p, x + 16, p, 16, times, wy, wx, own)


@njit(inline="always")
def _rate(i, j, width, m, v, n, cmode, cmv, mode, mv):
    """(bits, number of the candidate or -1) of a motion."""
    for c in range(n):
        if cmode[c] == m and cmv[c, 0, 0] == v[0, 0] and cmv[c, 0, 1] == v[0, 1] and cmv[c, 1, 0] == v[1, 0] and cmv[c, 1, 1] == v[1, 1]:
            return np.float32((0.4 if width == 2 else 1.0) + 0.9 * c), np.int64(c)
    bits = np.float32(4 if width == 2 else 3.5)
    for side in range(2):
        if m == 0 or m == side + 1:
            py, px, _ = median_vector(side, i, j, width, mode, mv)
            bits += _bits(v[side, 0] - py) + _bits(v[side, 1] - px)
    return bits, np.int64(-1)


@njit(inline="always")
def motion_of(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv, v):
    """(mode, bits, number of the candidate or -1) of the motion that a block has; v is filled with its vectors."""
    n = candidates(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv)
    m = np.int64(mode[i, j])
    for side in range(2):
        v[side, 0], v[side, 1] = np.int64(mv[side, i, j, 0]), np.int64(mv[side, i, j, 1])
    bits, pick = _rate(i, j, width, m, v, n, cmode, cmv, mode, mv)
    return m, bits, pick


@njit(**FAST)
def _again(rest, usual, other, plain, two, temporal, has_temporal, scale, reach, oy, ox, merge, split, mode, mv, win):
    h8, w8 = mode.shape
    cmode, cmv = np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64)
    v, best_v = np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64)
    own, one = np.zeros((32, 32), np.float32), np.float32(1)
    big = np.float32(1e30)
    wy, wx = np.zeros(32, np.float32), np.zeros(32, np.float32)
    bit = BIT
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            left, right = other if plain[bi, bj] else usual
            width = 1 if split[bi, bj] else 2
            size = 8 * width
            for part in range(4 if width == 1 else 1):
                i, j = 2 * bi + (part >> 1), 2 * bj + (part & 1)
                y, x = 8 * i, 8 * j
                n = candidates(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv)
                m = np.int64(mode[i, j])
                for side in range(2):
                    v[side, 0], v[side, 1] = np.int64(mv[side, i, j, 0]), np.int64(mv[side, i, j, 1])
                bits, pick = _rate(i, j, width, m, v, n, cmode, cmv, mode, mv)
                _weights(size, i == 0, i + width == h8, win, wy)
                _weights(size, j == 0, j + width == w8, win, wx)
                fetch(left, right, oy + y - 4, ox + x - 4, size + 8, m, v, own)
                _lay(rest, y, x, size, wy, wx, own, one)
                best = _cost(rest, y, x, size, wy, wx, own, scale, big) + bit * bits
                best_m, best_pick = m, pick
                best_v[:] = v
                if best > bit * WORTH:
                    for c in range(n):
                        if c == pick:
                            continue
                        fetch(left, right, oy + y - 4, ox + x - 4, size + 8, cmode[c], cmv[c], own)
                        r = np.float32((0.4 if width == 2 else 1.0) + 0.9 * c)
                        s = _cost(rest, y, x, size, wy, wx, own, scale, best) + bit * (r + GAIN)
                        if s < best:
                            best, best_m, best_pick = s, np.int64(cmode[c]), np.int64(c)
                            best_v[:] = cmv[c]
                    step = reach
                    while step >= 1:
                        for side in range(2):
                            if best_m != 0 and best_m != side + 1:
                                continue
                            for d in range(4):
                                v[:] = best_v
                                v[side, 0] += step if d == 0 else -step if d == 1 else 0
                                v[side, 1] += step if d == 2 else -step if d == 3 else 0
                                if abs(v[side, 0]) > MV_LIMIT or abs(v[side, 1]) > MV_LIMIT:
                                    continue
                                fetch(left, right, oy + y - 4, ox + x - 4, size + 8, best_m, v, own)
                                r, p = _rate(i, j, width, best_m, v, n, cmode, cmv, mode, mv)
                                s = _cost(rest, y, x, size, wy, wx, own, scale, best) + bit * (r + GAIN)
                                if s < best:
                                    best, best_pick = s, p
                                    best_v[:] = v
                        step >>= 1
                fill(i, j, width, best_pick, best_m, best_v, merge, mode, mv)
                fetch(left, right, oy + y - 4, ox + x - 4, size + 8, best_m, best_v, own)
                _lay(rest, y, x, size, wy, wx, own, -one)


def again(cur: np.ndarray, left: np.ndarray, right: np.ndarray, two: bool, temporal: np.ndarray, has_temporal: bool, scale: np.float32,
          reach: int, oy: int, ox: int, merge: np.ndarray, split: np.ndarray, mode: np.ndarray, mv: np.ndarray,
          straight: bool = False, lit: Lit | None = None) -> np.ndarray:
    """Arguments as of `search.search`, whose field is made better in place; reach: quarter pixels that vectors are moved by at first;
    straight: blocks lie beside each other. Returns `left_over` of it."""
    rest = np.pad(left_over(cur, left, right, oy, ox, mode, mv, straight, lit), RIM)  # nothing is left beyond the tile
    usual, as_is, plain = in_light(left, right, split.shape, lit)
    _again(rest, usual, as_is, plain, two, temporal, has_temporal, scale, reach, oy, ox, merge, split, mode, mv, WINDOW[int(straight)])
    return rest[RIM:-RIM, RIM:-RIM]


def left_over(cur: np.ndarray, left: np.ndarray, right: np.ndarray, oy: int, ox: int, mode: np.ndarray, mv: np.ndarray,
              straight: bool = False, lit: Lit | None = None) -> np.ndarray:
    """What a tile's prediction leaves of it, float32 `[h, w]`."""
    h, w = 8 * mode.shape[0], 8 * mode.shape[1]
    flags = np.full((h // 16, w // 16), straight, np.uint8)
    both = predict_luma(left, right, np.array([[oy, ox], [oy, ox]], np.int64), mode, mv, flags, None if lit is None else lit.light)
    rest: np.ndarray = cur[oy:oy + h, ox:ox + w] - both.mean(0)
    return rest


@njit(**FAST)
def price(rest, scale, two, temporal, has_temporal, split, mode, mv):
    """What a tile costs: `patches.worth` of all that is left `[h, w]` of it, and its motion, roughly."""
    cmode, cmv, v = np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64), np.zeros((2, 2), np.int64)
    s = np.float64(0)
    for bi in range(split.shape[0]):
        for bj in range(split.shape[1]):
            s += worth(rest, 16 * bi, 16 * bj, 16, scale)
            width = 1 if split[bi, bj] else 2
            for part in range(4 if width == 1 else 1):
                i, j = 2 * bi + (part >> 1), 2 * bj + (part & 1)
                s += BIT * motion_of(i, j, width, two, temporal, has_temporal, mode, mv, cmode, cmv, v)[1]
    return s
